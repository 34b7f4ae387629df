"""Finding and reading device profiles: `<vendor>/<model>/{profile.yaml,codec.js}`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

import regionhub
from regionhub.errors import ProfileError
from regionhub.profiles.model import DeviceProfile
from regionhub.yaml_text import load_yaml

#: Longer sources are not codecs; the longest public one has 235 kB.
MAX_CODEC_BYTES = 512 * 1024


def default_directory() -> Path:
    """Return the profiles that come with regionhub, installed or in a checkout."""
    package = Path(regionhub.__file__).parent
    installed = package / "device_profiles"
    return installed if installed.is_dir() else package.parents[1] / "device_profiles"


def load_profiles(directory: Path | None = None) -> Mapping[str, DeviceProfile]:
    """Return all profiles by id, in the order of their ids.

    Raises:
        ProfileError: the directory is missing or shows no profile, or one cannot be used.
    """
    directory = directory or default_directory()
    if not directory.is_dir():
        raise ProfileError(f"no directory of device profiles at {directory}")
    ids = sorted(
        file.parent.relative_to(directory).as_posix() for file in directory.glob("*/*/profile.yaml")
    )
    if not ids:  # searching does not tell an empty directory from one that may not be read
        raise ProfileError(
            f"no device profile in {directory}: is it empty, or may this user not read it?"
        )
    return {profile_id: load_profile(directory, profile_id) for profile_id in ids}


def load_profile(directory: Path | None, profile_id: str) -> DeviceProfile:
    """Return one profile, such as "dragino/lse01"; `directory` None means the default one.

    Raises:
        ProfileError: there is none, or it cannot be used.
    """
    folder = (directory or default_directory()) / profile_id
    text = _read(folder / "profile.yaml")
    content = _content(profile_id, text)
    without = content.get("decoder") == "network_server"
    return _profile(profile_id, text, content, "" if without else _read(folder / "codec.js"))


def read_profile(profile_id: str, text: str, codec: str) -> DeviceProfile:
    """Return the profile that two texts make, profile.yaml and codec.js.

    Raises:
        ProfileError: they make none.
    """
    return _profile(profile_id, text, _content(profile_id, text), codec)


def _profile(profile_id: str, text: str, content: dict[str, Any], codec: str) -> DeviceProfile:
    file = f"{profile_id}/profile.yaml"
    if len(codec) > MAX_CODEC_BYTES:
        raise ProfileError(f"{profile_id}/codec.js is longer than {MAX_CODEC_BYTES} bytes")
    if re.search(r"[\0\ud800-\udfff]", codec):
        raise ProfileError(f"{profile_id}/codec.js has characters that are none")
    for key in ("id", "version", "codec", "text"):
        if key in content:
            raise ProfileError(f"{file}: {key}: is not written by hand")
    version = hashlib.sha256(f"{text}\0{codec}".encode()).hexdigest()[:16]
    try:
        return DeviceProfile(id=profile_id, version=version, codec=codec, text=text, **content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ProfileError(f"{file}: {key}: {first['msg']}") from None


def _content(profile_id: str, text: str) -> dict[str, Any]:
    file = f"{profile_id}/profile.yaml"
    try:
        content = load_yaml(text)
    except yaml.YAMLError as error:
        raise ProfileError(f"{file} is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise ProfileError(f"{file} must be a mapping of keys, which are words")
    return content


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        raise ProfileError(f"no file {'/'.join(file.parts[-3:])}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{'/'.join(file.parts[-3:])} cannot be read: {error}") from None
