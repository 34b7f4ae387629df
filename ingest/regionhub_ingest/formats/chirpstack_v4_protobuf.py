"""ChirpStack v4 events as binary protobuf (`json=false`), turned into what its JSON would be.

The field numbers are those of ChirpStack's public definitions (api/proto/integration, gw and
common); only fields that the reader asks for are listed, the others are skipped on the wire.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable
from math import isfinite
from typing import Any

import numpy as np
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    struct_pb2,
    timestamp_pb2,
)
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

from regionhub.errors import ParseError
from regionhub.times import NS_PER_SECOND
from regionhub_ingest.formats import fields as read

_PACKAGE = "regionhub.chirpstack_v4"
_TIMESTAMP = ".google.protobuf.Timestamp"
_EVENT = {
    "deduplication_id": (1, "string"),
    "time": (2, _TIMESTAMP),
    "device_info": (3, "DeviceInfo"),
}
# Message -> field -> number and type; "*" marks a list.
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "DeviceInfo": {"dev_eui": (8, "string")},
    "KeyEnvelope": {"aes_key": (2, "bytes")},
    "JoinServerContext": {"session_key_id": (1, "string"), "app_s_key": (2, "KeyEnvelope")},
    "Location": {"latitude": (1, "double"), "longitude": (2, "double")},
    "Lora": {"bandwidth": (1, "uint32"), "spreading_factor": (2, "uint32")},
    "Other": {},
    "Modulation": {"lora": (3, "Lora"), "fsk": (4, "Other"), "lr_fhss": (5, "Other")},
    "TxInfo": {"frequency": (1, "uint32"), "modulation": (2, "Modulation")},
    "RxInfo": {
        "gateway_id": (1, "string"),
        "gw_time": (3, _TIMESTAMP),
        "ns_time": (17, _TIMESTAMP),
        "rssi": (6, "int32"),
        "snr": (7, "float"),
    },
    "up": {
        **_EVENT,
        "dev_addr": (4, "string"),
        "dr": (6, "uint32"),
        "f_cnt": (7, "uint32"),
        "f_port": (8, "uint32"),
        "confirmed": (9, "bool"),
        "data": (10, "bytes"),
        "object": (11, ".google.protobuf.Struct"),
        "rx_info": (12, "RxInfo*"),
        "tx_info": (13, "TxInfo"),
        "join_server_context": (15, "JoinServerContext"),
    },
    "join": {**_EVENT, "dev_addr": (4, "string"), "join_server_context": (6, "JoinServerContext")},
    "status": {
        **_EVENT,
        "margin": (5, "int32"),
        "external_power_source": (6, "bool"),
        "battery_level_unavailable": (7, "bool"),
        "battery_level": (8, "float"),
    },
    "location": {**_EVENT, "location": (4, "Location")},
}
_READ = {"up", "join", "status", "location"}
_EVENTS = _READ | {"ack", "txack", "log", "integration"}
_WITH_KEYS = ("up", "join")
# How an event begins: its first, or with an empty id its second field.
_FIRST_BYTES = (b"\x0a", b"\x08", b"\x12")
_WHITESPACE = b" \t\r\n"


def looks_binary(body: bytes) -> bool:
    """Whether a body is not JSON; a line feed may begin either."""
    return (
        body[:1] != b"{" and body.startswith(_FIRST_BYTES) and body.lstrip(_WHITESPACE)[:1] != b"{"
    )


def event(body: bytes, topic_event: str | None, topic: str) -> tuple[str, dict[str, Any]]:
    """Read one event as its name and the object that its JSON would be.

    Protobuf does not say which message it is. Where the topic has not the layout of ChirpStack, its
    last level may still name the event; without that only an uplink can be told, because nothing
    else has receptions.

    Raises:
        ParseError: it is malformed, or which event it is cannot be told.
    """
    last_level = topic.rpartition("/")[2]
    name = topic_event or (last_level if last_level in _EVENTS else None)
    if name is not None:
        return name, _as_json(_read(name if name in _READ else "Other", body))
    if (uplink := _uplink(body)) is not None:
        return "up", _as_json(uplink)
    raise ParseError(
        "a protobuf body does not say which event it is: let the topic end in /event/<name>"
    )


def _uplink(body: bytes) -> Any | None:
    try:
        message = _read("up", body)
    except ParseError:  # another event, or none
        return None
    return message if message.rx_info and message.HasField("tx_info") else None


def without_keys(body: bytes) -> bytes | None:
    """The event without a session key that a join server handed out unwrapped; None if JSON."""
    if not looks_binary(body):
        return None
    for name in _WITH_KEYS:
        try:
            message = _read(name, body)
        except ParseError:
            continue
        if message.join_server_context.app_s_key.aes_key:
            message.join_server_context.app_s_key.aes_key = b""
            return bytes(message.SerializeToString())
    return body


def _read(name: str, body: bytes) -> Any:
    try:
        return _CLASSES[name].FromString(body)
    except DecodeError:
        raise ParseError(f"the body is not a protobuf {name} event of ChirpStack 4") from None


def _as_json(message: Message) -> dict[str, Any]:
    """The fields that are set, named and written as in JSON; times stay numbers."""
    return {
        name: [convert(item) for item in value] if many else convert(value)
        for field, value in message.ListFields()
        for name, many, convert in [_CONVERSIONS[field]]
    }


def _conversion(field: FieldDescriptor) -> tuple[str, bool, Callable[[Any], Any]]:
    convert: Callable[[Any], Any] = _same
    if field.message_type is not None:
        convert = _MESSAGE_CONVERSIONS.get(field.message_type.full_name, _as_json)
    elif field.type == FieldDescriptor.TYPE_BYTES:
        convert = _base64
    elif field.type == FieldDescriptor.TYPE_FLOAT:
        convert = _shortest
    return field.json_name, field.is_repeated, convert


def _same(value: Any) -> Any:
    return value


def _base64(value: bytes) -> str:
    return b2a_base64(value, newline=False).decode()


def _shortest(value: float) -> float:
    """The decimal number that was meant: 12.3, not 12.300000190734863."""
    return float(str(np.float32(value)))


def _object(struct: Any) -> dict[str, Any]:
    return {key: _value(value) for key, value in struct.fields.items()}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _object(value.struct_value)
    if kind == "list_value":
        return [_value(item) for item in value.list_value.values]
    if kind == "number_value" and not isfinite(value.number_value):
        return None  # as the server writes it in JSON
    return None if kind in {None, "null_value"} else getattr(value, kind)


def _instant(timestamp: Any) -> read.Instant:
    return read.Instant(timestamp.seconds * NS_PER_SECOND + timestamp.nanos)


_MESSAGE_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "google.protobuf.Timestamp": _instant,
    "google.protobuf.Struct": _object,
}


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{_PACKAGE}.proto",
        package=_PACKAGE,
        syntax="proto3",
        dependency=[timestamp_pb2.DESCRIPTOR.name, struct_pb2.DESCRIPTOR.name],
    )
    for message_name, fields in _MESSAGES.items():
        message = file.message_type.add(name=message_name)
        for field_name, (number, type_name) in fields.items():
            field = message.field.add(name=field_name, number=number)
            repeated = type_name.endswith("*")
            field.label = field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
            scalar = getattr(field, f"TYPE_{type_name.upper()}", None)
            if scalar is not None:
                field.type = scalar
            else:
                field.type = field.TYPE_MESSAGE
                own = type_name.rstrip("*")
                field.type_name = own if own.startswith(".") else f".{_PACKAGE}.{own}"
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _MESSAGES
    }


_CLASSES = _classes()
_CONVERSIONS = {
    field: _conversion(field)
    for message in _CLASSES.values()
    for field in message.DESCRIPTOR.fields
}
