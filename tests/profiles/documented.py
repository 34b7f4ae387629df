"""The device profile that docs/device-profiles.md builds up, so that its recipe stays true."""

from __future__ import annotations

import re
from pathlib import Path

DEVICE_PROFILES = (Path(__file__).parents[2] / "docs" / "device-profiles.md").read_text("utf-8")


def write_documented_profile(directory: Path) -> None:
    """Write the files that the page shows, as profiles below `directory`.

    The first line of a block names its file; further blocks of one file are added to it.
    """
    blocks = re.findall(
        r"^```\w+\n(?://|#) device_profiles/([^\s,]+)[^\n]*\n(.*?)^```$",
        DEVICE_PROFILES,
        re.DOTALL | re.MULTILINE,
    )
    for name, text in blocks:
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as out:
            out.write(text)
