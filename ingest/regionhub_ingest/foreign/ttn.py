"""The layout of The Things Network's device repository (TheThingsNetwork/lorawan-devices).

vendor/index.yaml lists the vendors, vendor/<vendor>/index.yaml its devices; a device names its
LoRaWAN profile and codec for each firmware and region, a codec names its script and examples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from regionhub.errors import InputError
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
from regionhub_ingest.foreign.loose import load_yaml

#: The band of Germany; another one is taken only where it is missing.
_REGION = "EU863-870"
_FILE_NAME = re.compile(
    r"^uplinkDecoder:.*?^\s+fileName:\s*['\"]?([^\s'\"#]+)", re.DOTALL | re.MULTILINE
)


def is_checkout(root: Path) -> bool:
    """Whether a folder has this layout."""
    return (root / "vendor").is_dir()


def devices(root: Path, only: str | None) -> Iterator[Found]:
    """Every device of a checkout, of one vendor, or one `vendor/device`."""
    vendor_only, _, device_only = (only or "").partition("/")
    names, drafts = _vendors(root)
    for folder in sorted((root / "vendor").iterdir()):
        vendor = folder.name
        if not folder.is_dir() or (vendor_only and vendor != vendor_only):
            continue
        if vendor in drafts and not vendor_only:
            continue
        for device in _listed(root, folder):
            if device_only and device != device_only:
                continue
            yield from _devices(root, folder, names.get(vendor, vendor), device)


def _vendors(root: Path) -> tuple[dict[str, str], set[str]]:
    """Names by id, and which are drafts (the documented example)."""
    with suppress(Unreadable):
        index = load_yaml(read_text(root / "vendor" / "index.yaml", root), "index.yaml", texts=True)
        rows = [row for row in _list(index.get("vendors")) if isinstance(row, dict)]
        names = {str(row.get("id")): str(row.get("name") or row.get("id")) for row in rows}
        return names, {str(row.get("id")) for row in rows if row.get("draft") == "true"}
    return {}, {"example"}


def _listed(root: Path, folder: Path) -> list[str]:
    """The devices that the vendor lists; without a readable list, all files that are one."""
    with suppress(Unreadable):
        index = load_yaml(read_text(folder / "index.yaml", root), "index.yaml", texts=True)
        listed = [str(name) for name in _list(index.get("endDevices"))]
        if listed:
            return list(dict.fromkeys(listed))
    return sorted(file.stem for file in folder.glob("*.yaml") if _is_device(file, root))


def _is_device(file: Path, root: Path) -> bool:
    with suppress(Unreadable):
        return bool(re.search(r"^firmwareVersions:", read_text(file, root), re.MULTILINE))
    return False


def _devices(root: Path, folder: Path, vendor: str, device: str) -> Iterator[Found]:
    name = f"{folder.name}/{device}"
    try:
        facts = load_yaml(read_text(folder / f"{device}.yaml", root), f"{device}.yaml", texts=True)
    except Unreadable as error:
        yield Refused(name, str(error))
        return
    codecs = _codecs(facts)
    if not codecs:
        yield Refused(name, "names no codec: only its maker knows the payload")
    for number, (codec, (firmware, region, profile)) in enumerate(codecs.items()):
        suffix = () if number == 0 else (firmware,)
        made = _device(root, folder, facts, codec, region, profile)
        if isinstance(made, str):
            yield Refused(" ".join((name, *suffix)), made)
            continue
        others = len(codecs) - 1
        notes = (f"firmware {firmware}",) if others else ()
        yield replace(
            made,
            profile_id=f"{as_id(folder.name)}/{as_id(device, *suffix)}",
            vendor=vendor,
            firmware=firmware,
            notes=(*made.notes, *notes),
        )


def _codecs(facts: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """For each codec, the newest firmware first: that firmware, its region and LoRaWAN profile."""
    found: dict[str, tuple[str, str, dict[str, Any]]] = {}
    for version in reversed(_list(facts.get("firmwareVersions"))):
        regions = version.get("profiles") if isinstance(version, dict) else None
        if not isinstance(regions, dict):
            continue
        for region in sorted(regions, key=lambda each: each != _REGION):
            profile = regions[region]
            codec = profile.get("codec") if isinstance(profile, dict) else None
            if codec:
                found.setdefault(str(codec), (str(version.get("version")), region, profile))
                break
    return found


def _device(
    root: Path,
    folder: Path,
    facts: dict[str, Any],
    codec: str,
    region: str,
    profile: dict[str, Any],
) -> ForeignDevice | str:
    """The device, or why there is none."""
    notes: list[str] = [] if region == _REGION else [f"not for {_REGION}, but {region}"]
    examples: tuple[ForeignExample, ...] = ()
    try:
        text = read_text(folder / f"{codec}.yaml", root)
        try:
            decoder = load_yaml(text, f"{codec}.yaml").get("uplinkDecoder")
            entries = decoder if isinstance(decoder, dict) else {}
            file = entries.get("fileName")
            examples = tuple(map(_example, _list(entries.get("examples"))))

        except Unreadable as error:
            # the script can still be named by what cannot be read as a whole
            match = _FILE_NAME.search(text)
            if match is None:
                raise
            file = match[1]
            notes.append(f"its examples are lost: {error}")
        if not file:
            return f"{codec}.yaml has no uplinkDecoder"
        source = read_text(folder / str(file), root)
    except Unreadable as error:
        return str(error)
    mac_version, device_class, activation, note = _lorawan(root, folder, profile)
    return ForeignDevice(
        profile_id="",
        vendor="",
        name=str(facts.get("name") or folder.name),
        description=str(facts.get("description") or facts.get("name") or ""),
        codec=source,
        origin=f"vendor/{folder.name}/{codec}.yaml of The Things Network's device repository",
        mac_version=mac_version,
        region=region,
        device_class=device_class,
        activation=activation,
        sensors=tuple(map(str, _list(facts.get("sensors")))),
        datasheet=_link(facts.get("dataSheetURL")) or _link(facts.get("productURL")),
        examples=examples,
        notes=(*notes, *note),
    )


def examples_of(codec_yaml: str) -> tuple[ForeignExample, ...]:
    """The examples in the text of a codec's YAML file, or in a list of them alone.

    Raises:
        InputError: it is no YAML, or holds none.
    """
    try:
        content = load_yaml(codec_yaml, "examples")
    except Unreadable as error:
        raise InputError(str(error), de=f"Die Beispiele sind kein YAML: {error}") from None
    decoder = content.get("uplinkDecoder", content)
    return tuple(map(_example, _list(decoder.get("examples") if isinstance(decoder, dict) else 0)))


def _lorawan(
    root: Path, folder: Path, profile: dict[str, Any]
) -> tuple[str, str, str, tuple[str, ...]]:
    """MAC version, class and activation; a profile may stand with another vendor."""
    home = folder.parent / str(profile.get("vendorID") or folder.name)
    try:
        name = f"{profile.get('id')}.yaml"
        facts = load_yaml(read_text(home / name, root), name, texts=True)
    except Unreadable as error:
        return "unknown", "A", "OTAA", (f"LoRaWAN facts are unknown: {error}",)
    letter = "C" if facts.get("supportsClassC") == "true" else "A"
    letter = "B" if letter == "A" and facts.get("supportsClassB") == "true" else letter
    activation = "ABP" if facts.get("supportsJoin") == "false" else "OTAA"
    return str(facts.get("macVersion") or "unknown"), letter, activation, ()


def _example(entry: Any) -> ForeignExample:
    if not isinstance(entry, dict):
        return ForeignExample(description="?", problem="is no example")
    description = str(entry.get("description") or "without a description")
    given, output = entry.get("input"), entry.get("output")
    if not isinstance(given, dict) or not isinstance(output, dict):
        return ForeignExample(description=description, problem="has no input or no output")
    try:
        payload = as_bytes(given.get("bytes"))
    except (ValueError, TypeError):
        return ForeignExample(description=description, problem="its bytes cannot be read")
    time_ns = None
    with suppress(TypeError, ValueError):
        time_ns = from_rfc3339(given.get("recvTime", ""))
    port = given.get("fPort")
    return ForeignExample(
        description=description,
        f_port=port if type(port) is int else None,
        payload=payload,
        time_ns=time_ns,
        data=output.get("data"),
        errors=tuple(map(str, _list(output.get("errors")))),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _link(value: Any) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(r"https://\S+", value) else None
