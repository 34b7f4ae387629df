"""What the mapping of a JSON format says: where each value stands in a message. Checked.

A mapping is data: those in `mappings/` come with regionhub and are formats of their own, a town's
own one belongs to its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)

from regionhub.errors import InputError
from regionhub.euis import read_dev_eui
from regionhub.profiles import paths
from regionhub.times import NS_PER_SECOND
from regionhub.yaml_text import load_yaml
from regionhub_ingest.formats import fields as read

#: The format of a source with a mapping of its own.
GENERIC = "generic"

#: Characters; a list of ten thousand devices has half of them.
_LONGEST_FILE = 1024 * 1024
_DEEPEST = 20
_DIRECTORY = Path(__file__).parent / "mappings"
#: The formats that are mappings.
SHIPPED = tuple(sorted(file.stem for file in _DIRECTORY.glob("*.yaml")))

#: The units of a frequency in hertz, and of an epoch time in nanoseconds.
HERTZ = {"Hz": 1, "kHz": 1_000, "MHz": 1_000_000}
EPOCHS = {"epoch_s": NS_PER_SECOND, "epoch_ms": NS_PER_SECOND // 1_000}


_FAULTS = {"extra_forbidden": "a mapping has no such entry", "missing": "is missing"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands in a message: as it was written, and as steps."""

    text: str
    path: paths.Path


def _read_place(text: object) -> object:
    if not isinstance(text, str):
        raise ValueError("must be a field path such as meta.frame_port")  # noqa: TRY004
    path = paths.parse_path(text)
    if paths.many(path):
        raise ValueError("leads to several values; a message has one")
    return Place(text, path)


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


FieldPlace = Annotated[Place, BeforeValidator(_read_place)]
Scalar = StrictBool | StrictInt | StrictFloat | StrictStr | None


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _FieldEntry(_Entry):
    """An entry about one field; where nothing else needs saying, the path alone will do."""

    field: FieldPlace

    @model_validator(mode="before")
    @classmethod
    def _path_alone(cls, given: Any) -> Any:
        return {"field": given} if isinstance(given, str) else given


class Condition(_FieldEntry):
    """A field is there or, with `is`, has one of these values; null stands for absent."""

    values: Annotated[list[Scalar] | None, BeforeValidator(_as_list), Field(alias="is")] = None


class Ignore(Condition):
    """Messages that say nothing we keep: `event` counts them, `why` completes "the message …".

    `unless` is a field that they do not have.
    """

    event: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    why: StrictStr
    unless: FieldPlace | None = None


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError(f"no time zone {name[:40]!r}; one is Europe/Berlin, another UTC") from None
    return name


class Moment(_FieldEntry):
    """A time; `zone` is where the clock stands of one that is written without an offset."""

    format: Literal["rfc3339", "epoch_s", "epoch_ms"] = "rfc3339"
    zone: Annotated[StrictStr, AfterValidator(_known_zone)] | None = None


class Frequency(_FieldEntry):
    """A frequency or bandwidth."""

    unit: Literal["Hz", "kHz", "MHz"] = "Hz"


class Payload(_FieldEntry):
    """The bytes of the frame."""

    encoding: read.Encoding


class Receptions(_Entry):
    """The list of gateways that heard the frame; the other paths start at one of its items.

    Without a list the message itself says how one gateway heard it.
    """

    list: FieldPlace | None = None
    gateway: FieldPlace | None = None
    rssi: FieldPlace | None = None
    snr: FieldPlace | None = None


_Kind = TypeVar("_Kind", bound=BaseModel)

#: For each id by which a server calls a device, its DevEUI.
Devices = dict[StrictStr, Annotated[StrictStr, AfterValidator(read_dev_eui)]]


class DeviceList(_Entry):
    """The mapping of a format that needs no other: which device is which."""

    devices: Devices = {}


class MessageMapping(_Entry):
    """Where the values of an uplink stand. docs/lns-formats.md explains every entry."""

    server: str | None = None
    recognised_by: list[Condition] = []
    wrapped_in: FieldPlace | None = None
    numbers_as_text: StrictBool = False
    take: list[Condition] = []
    ignore: list[Ignore] = []
    dev_eui: FieldPlace | None = None
    dev_eui_in_topic: StrictBool = False
    device_ref: FieldPlace | None = None
    devices: Devices = {}
    payload: Payload
    f_cnt: FieldPlace | None = None
    f_port: FieldPlace | None = None
    time: Moment | None = None
    network_time: Moment | None = None
    late_time: Moment | None = None
    late: Condition | None = None
    confirmed: Condition | None = None
    encrypted: Condition | None = None
    event_id: FieldPlace | None = None
    dev_addr: FieldPlace | None = None
    decoded: FieldPlace | None = None
    frequency: Frequency | None = None
    data_rate: FieldPlace | None = None
    sf: FieldPlace | None = None
    bandwidth: Frequency | None = None
    receptions: Receptions | None = None

    @model_validator(mode="after")
    def _names_a_device(self) -> MessageMapping:
        if self.dev_eui is None and self.device_ref is None and not self.dev_eui_in_topic:
            raise ValueError("needs dev_eui, dev_eui_in_topic or device_ref")
        if self.devices and self.device_ref is None:
            raise ValueError("devices needs device_ref: which field holds their ids")
        return self


def load_mapping(format_name: str, own: str | None) -> MessageMapping:
    """Return the mapping of a format; entries of the source's own one (JSON) replace shipped ones.

    Raises:
        InputError: one entry cannot be used; the sentence names it.
    """
    content: dict[str, Any] = {}
    if format_name in SHIPPED:
        content = load_yaml((_DIRECTORY / f"{format_name}.yaml").read_text("utf-8"))
    elif own is None:
        raise InputError(
            f"the format {GENERIC} needs a mapping: give with --mapping a file "
            "that says where each value stands"
        )
    return _checked(MessageMapping, content, own)


def read_devices(own: str | None) -> Mapping[str, str]:
    """Return which device is which, from a mapping (JSON) that says nothing else.

    Raises:
        InputError: one entry cannot be used; the sentence names it.
    """
    return _checked(DeviceList, {}, own).devices


def _checked(kind: type[_Kind], content: dict[str, Any], own: str | None) -> _Kind:
    entries = orjson.loads(own or "{}")
    if not isinstance(entries, dict):
        raise InputError("the mapping must be an object with entries")
    try:
        return kind.model_validate({**content, **entries})
    except ValidationError as error:
        first = error.errors()[0]
        entry = ".".join(str(part) for part in first["loc"])
        where = f"the mapping, {entry}:" if entry else "the mapping"
        fault = _FAULTS.get(first["type"], first["msg"].removeprefix("Value error, "))
        raise InputError(f"{where} {fault}") from None


def read_mapping_file(file: Path) -> str:
    """Read a mapping that somebody wrote as YAML; returns it as JSON, not yet checked.

    Raises:
        InputError: the file cannot be read or is no YAML.
    """
    try:
        text = file.read_text("utf-8")
        _check_size(file, text)
        content = load_yaml(text)
    except OSError as error:
        raise InputError(f"cannot read {str(file)!r}: {error.strerror}") from None
    # ValueError: bytes that are no text
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"{file} is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise InputError(f"{file} must be a mapping of entries")
    try:
        return orjson.dumps(content).decode()
    except orjson.JSONEncodeError as error:
        raise InputError(f"{file}: {error}; quote texts that look like numbers or dates") from None


def _check_size(file: Path, text: str) -> None:
    """Refuse what would take all memory or time before it is read."""
    if len(text) > _LONGEST_FILE:
        raise InputError(f"{file} is longer than {_LONGEST_FILE} characters")
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):  # ten lines can stand for more than memory holds
            raise InputError(f"{file}: write values out instead of *aliases")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise InputError(f"{file} is nested too deeply")
