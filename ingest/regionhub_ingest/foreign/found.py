"""What a checkout says about a device, in one form for all layouts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
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
    """Read a file, whatever case its name has and whatever it is encoded in.

    Raises:
        Unreadable: it is not there, not in the checkout, no file or too long.
    """
    try:
        if not file.is_file() and file.parent.is_dir():
            name = file.name.lower()
            file = next((each for each in file.parent.iterdir() if each.name.lower() == name), file)
        if not file.resolve().is_relative_to(root.resolve()):
            raise Unreadable(f"{file.name} lies outside of the checkout")
        about = file.stat()
        if not S_ISREG(about.st_mode):
            raise Unreadable(f"{file.name} is no file")
        if about.st_size > _LONGEST_FILE:
            raise Unreadable(f"{file.name} is longer than {_LONGEST_FILE} bytes")
        return _decoded(file.read_bytes())
    except FileNotFoundError:
        raise Unreadable(f"{file.relative_to(root).as_posix()} is not there") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise Unreadable(f"{file.name[:100]!r} cannot be read: {why}") from None


def _decoded(content: bytes) -> str:
    """A text as Windows may have written it, too: a comment in another encoding spoils no codec."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def as_line(text: object, most: int = 200) -> str:
    """A text of others as one line that can be shown and stored."""
    line = "".join(letter for letter in " ".join(str(text).split()) if letter.isprintable())
    return line[:most]


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
