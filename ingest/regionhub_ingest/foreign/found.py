"""What a checkout says about a device, in one form for all layouts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Longer files are no part of a device repository. Bytes.
_LONGEST_FILE = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignExample:
    """A payload and what its codec should give.

    `data` are the fields, None where errors are expected; `problem` says why it cannot be tried.
    """

    description: str
    f_port: int | None = None
    payload: bytes = b""
    time_ns: int | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    data: Any = None
    errors: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignDevice:
    """A device with the codec of one of its firmwares."""

    profile_id: str
    vendor: str
    name: str
    description: str
    codec: str
    origin: str
    firmware: str = ""
    mac_version: str = "unknown"
    region: str = "EU863-870"
    device_class: str = "A"
    activation: str = "OTAA"
    sensors: tuple[str, ...] = ()
    datasheet: str | None = None
    examples: tuple[ForeignExample, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A device that cannot become a profile, and why."""

    device: str
    why: str


Found = ForeignDevice | Refused


class Unreadable(Exception):
    """A file of the checkout cannot be used; the text says why."""


def read_text(file: Path, root: Path) -> str:
    """Read a file, whatever case its name has.

    Raises:
        Unreadable: it is not there, not in the checkout, too long or no text.
    """
    if not file.is_file() and file.parent.is_dir():
        name = file.name.lower()
        file = next((each for each in file.parent.iterdir() if each.name.lower() == name), file)
    if not file.resolve().is_relative_to(root.resolve()):
        raise Unreadable(f"{file.name} lies outside of the checkout")
    try:
        if file.stat().st_size > _LONGEST_FILE:
            raise Unreadable(f"{file.name} is longer than {_LONGEST_FILE} bytes")
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise Unreadable(f"{file.relative_to(root).as_posix()} is not there") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{file.name} cannot be read: {error}") from None


def as_id(*parts: str) -> str:
    """Part of a profile's id: lower case, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-") or "device"


def as_script(codec: str) -> str:
    """A codec without what makes a module of it: `export` before its functions."""
    without_lists = re.sub(r"^export\s*\{[^}]*\};?[ \t]*$", "", codec, flags=re.MULTILINE)
    return re.sub(r"^export\s+(?:default\s+)?", "", without_lists, flags=re.MULTILINE)


def as_bytes(value: Any) -> bytes:
    """A payload as examples write it: numbers, texts of numbers, or hexadecimal digits.

    Raises:
        ValueError: it is none of them.
    """
    if isinstance(value, str):
        return bytes.fromhex(re.sub(r"0x|[\s,:-]", "", value, flags=re.IGNORECASE))
    if isinstance(value, Sequence):
        return bytes(int(each, 0) if isinstance(each, str) else int(each) for each in value)
    raise ValueError("bytes are missing")
