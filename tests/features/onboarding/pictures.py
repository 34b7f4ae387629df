"""docs/pictures: what somebody sees on the way to the first value, made by
`python -m tests.features.onboarding.pictures`.

The walk through the portal takes screenshots; those of a phone that the docs show are kept, small.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

WALK = Path(__file__).parent
FOLDER = WALK.parents[2] / "docs" / "pictures"
#: Steps of the walk, in its order.
STEPS = ("begin", "device", "waiting", "heard", "site")
_COLOURS = 64
#: What a phone shows without scrolling.
_SCREEN = (0, 0, 360, 740)


def keep(screenshots: Path) -> None:
    """Keep the pictures of the docs, with few colours."""
    FOLDER.mkdir(exist_ok=True)
    for step in STEPS:
        with Image.open(screenshots / f"onboarding-{step}-360.png") as picture:
            small = (
                picture.convert("RGB").crop(_SCREEN).quantize(_COLOURS, dither=Image.Dither.NONE)
            )
            small.save(FOLDER / f"onboarding-{step}.png", optimize=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", "0", str(WALK / "test_walk.py")],
            env=os.environ | {"REGIONHUB_TEST_SCREENSHOTS": folder},
            check=True,
        )
        keep(Path(folder))
