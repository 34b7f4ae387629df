"""The layout of ChirpStack's device profiles (chirpstack/chirpstack-device-profiles)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from regionhub.times import from_rfc3339
from regionhub_ingest.foreign.found import (
    ForeignDevice,
    ForeignExample,
    Found,
    Refused,
    Unreadable,
    as_bytes,
    as_id,
    read_text,
)
from regionhub_ingest.foreign.loose import load_json

_REGION = "EU868"


def is_checkout(root: Path) -> bool:
    """Whether a folder has this layout."""
    return (root / "vendors").is_dir()


def devices(root: Path, only: str | None) -> Iterator[Found]:
    """Every device of a checkout, of one vendor, or one `vendor/device`."""
    vendor_only, _, device_only = (only or "").partition("/")
    for folder in sorted((root / "vendors").iterdir()):
        if not folder.is_dir() or (vendor_only and folder.name != vendor_only):
            continue
        if folder.name == "example-vendor" and not vendor_only:
            continue
        try:
            vendor = str(_toml(folder / "vendor.toml", root, "vendor").get("name") or folder.name)
        except Unreadable:
            vendor = folder.name
        for file in sorted(folder.glob("devices/*.toml")):
            if not device_only or file.stem == device_only:
                yield from _devices(root, folder, vendor, file)


def _devices(root: Path, folder: Path, vendor: str, file: Path) -> Iterator[Found]:
    name = f"{folder.name}/{file.stem}"
    try:
        device = _toml(file, root, "device")
    except Unreadable as error:
        yield Refused(name, str(error))
        return
    codecs: dict[str, dict[str, Any]] = {}
    for firmware in reversed(device.get("firmware") or []):
        if isinstance(firmware, dict) and firmware.get("codec"):
            codecs.setdefault(str(firmware["codec"]), firmware)
    if not codecs:
        yield Refused(name, "names no codec: only its maker knows the payload")
    for number, (codec, firmware) in enumerate(codecs.items()):
        suffix = () if number == 0 else (str(firmware.get("version")),)
        try:
            source = read_text(folder / "codecs" / codec, root)
        except Unreadable as error:
            yield Refused(" ".join((name, *suffix)), str(error))
            continue
        examples, notes = _examples(root, folder, Path(codec).stem)
        mac_version, device_class, activation, note = _lorawan(root, folder, firmware)
        yield ForeignDevice(
            profile_id=f"{as_id(folder.name)}/{as_id(file.stem, *suffix)}",
            vendor=vendor,
            name=str(device.get("name") or file.stem),
            description=str(device.get("description") or device.get("name") or ""),
            codec=source,
            origin=f"vendors/{folder.name}/devices/{file.name} of ChirpStack's device profiles",
            firmware=str(firmware.get("version") or ""),
            mac_version=mac_version,
            device_class=device_class,
            activation=activation,
            datasheet=_link(device),
            examples=examples,
            notes=(*notes, *note),
        )


def _examples(
    root: Path, folder: Path, codec: str
) -> tuple[tuple[ForeignExample, ...], tuple[str, ...]]:
    """Those of the codec; one file may serve all variants of a codec with parameters."""
    name = codec
    while name and not (folder / "codecs" / f"test_decode_{name}.json").is_file():
        name = name.rpartition("-")[0]
    if not name:
        return (), ()
    file = folder / "codecs" / f"test_decode_{name}.json"
    try:
        rows = load_json(read_text(file, root), file.name)
    except Unreadable as error:
        return (), (f"its examples are lost: {error}",)
    return tuple(map(_example, rows if isinstance(rows, list) else [])), ()


def _example(entry: Any) -> ForeignExample:
    if not isinstance(entry, dict):
        return ForeignExample(description="?", problem="is no example")
    description = str(entry.get("name") or "without a name")
    given, expected = entry.get("input"), entry.get("expected")
    if not isinstance(given, dict) or not isinstance(expected, dict):
        return ForeignExample(description=description, problem="has no input or nothing expected")
    try:
        payload = as_bytes(given.get("bytes"))
    except (ValueError, TypeError):
        return ForeignExample(description=description, problem="its bytes cannot be read")
    try:
        time_ns: int | None = from_rfc3339(given.get("recvTime", ""))
    except (TypeError, ValueError):
        time_ns = None
    port, variables = given.get("fPort"), given.get("variables")
    return ForeignExample(
        description=description,
        f_port=port if type(port) is int else None,
        payload=payload,
        time_ns=time_ns,
        variables=variables if isinstance(variables, dict) else {},
        data=expected.get("data"),
        errors=tuple(map(str, expected.get("errors") or ())),
    )


def _lorawan(
    root: Path, folder: Path, firmware: dict[str, Any]
) -> tuple[str, str, str, tuple[str, ...]]:
    names = [str(name) for name in firmware.get("profiles") or ()]
    for name in sorted(names, key=lambda each: _REGION not in each):
        try:
            facts = _toml(folder / "profiles" / name, root, "profile")
        except Unreadable as error:
            return "unknown", "A", "OTAA", (f"LoRaWAN facts are unknown: {error}",)
        version = str(facts.get("mac_version") or "unknown")
        letters = ((letter, facts.get(f"supports_class_{letter.lower()}")) for letter in "CB")
        letter = next((letter for letter, supported in letters if supported), "A")

        wrong = version.replace(".", "_") not in name and bool(re.search(r"1_\d_\d", name))
        note = (f"{name} says LoRaWAN {version}",) if wrong else ()
        return version, letter, "OTAA" if facts.get("supports_otaa", True) else "ABP", note
    return "unknown", "A", "OTAA", ("names no LoRaWAN profile",)


def _toml(file: Path, root: Path, table: str) -> dict[str, Any]:
    try:
        content = tomllib.loads(read_text(file, root))
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(f"{file.name} is no TOML: {error}") from None
    found = content.get(table)
    if not isinstance(found, dict):
        raise Unreadable(f"{file.name} has no [{table}]")
    return found


def _link(device: dict[str, Any]) -> str | None:
    metadata = device.get("metadata")
    links = metadata if isinstance(metadata, dict) else {}
    for key in ("documentation_url", "product_url"):
        link = links.get(key)
        if isinstance(link, str) and re.fullmatch(r"https://\S+", link):
            return link
    return None
