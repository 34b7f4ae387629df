"""A new device profile, to be written on."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path

from regionhub.errors import InputError

_ID = re.compile(r"[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*")


def write_skeleton(directory: Path, profile_id: str) -> Path:
    """Write a commented profile that passes its own tests; returns its folder.

    Raises:
        InputError: the id is none, or there is such a profile already.
    """
    if not _ID.fullmatch(profile_id):
        raise InputError(
            f"a profile is called vendor/model in lower case, digits and hyphens, not {profile_id}"
        )
    folder = directory / profile_id
    text, codec = skeleton(profile_id)
    try:
        folder.mkdir(parents=True)
        (folder / "profile.yaml").write_text(text, "utf-8")
        (folder / "codec.js").write_text(codec, "utf-8")
    except FileExistsError:
        raise InputError(f"there is a profile at {folder} already") from None
    except OSError as error:
        raise InputError(f"cannot write {folder}: {error.strerror}") from None
    return folder


def skeleton(profile_id: str) -> tuple[str, str]:
    """Both files of a commented profile that passes its own tests."""
    vendor, _, model = profile_id.partition("/")
    name = f"{vendor.capitalize()} {model.upper()}"
    names = {
        "id": profile_id,
        "vendor": json.dumps(vendor.capitalize()),
        "model": json.dumps(model.upper()),
        "name": json.dumps(name),
    }
    return _text("profile.yaml").format(**names), _text("codec.js").replace("{name}", name)


def _text(name: str) -> str:
    return (resources.files(__name__) / name).read_text("utf-8")
