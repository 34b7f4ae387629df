"""ChirpStack v4: a device and its key through the gRPC service api.DeviceService.

The field numbers are those of ChirpStack's public definitions (api/proto/api/device.proto). Of a
device of LoRaWAN 1.0.x the AppKey stands in `nwk_key`, as its comments say; of one of 1.1 each key
has its own.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from regionhub.features.onboarding.servers.answers import ServerError
from regionhub.features.onboarding.servers.device import Server, Wanted
from regionhub.features.onboarding.servers.grpc import Channel, GrpcError, connect

#: Of the sources whose network server this is.
FORMAT = "chirpstack-v4"
_SERVICE = "/api.DeviceService/"
_PACKAGE = "regionhub.chirpstack_v4_api"
_FIELDS = {
    "Device": {
        "dev_eui": 1,
        "name": 2,
        "description": 3,
        "application_id": 4,
        "device_profile_id": 5,
        "join_eui": 10,
    },
    "Keys": {"dev_eui": 1, "nwk_key": 2, "app_key": 3},
    "DevEui": {"dev_eui": 1},
}
#: Messages with one of these as their first field: requests and answers.
_AROUND = {"WithDevice": "Device", "WithKeys": "Keys"}
#: What ChirpStack wants where LoRaWAN 1.0.x has no key.
_NO_KEY = "0" * 32
_LONGEST_NAME = 100
#: Statuses of gRPC.
_INVALID, _NOT_FOUND, _EXISTS, _DENIED, _EXHAUSTED, _UNKNOWN_METHOD = 3, 5, 6, 7, 8, 12
_UNAVAILABLE, _UNAUTHENTICATED = 14, 16
_CODES = {
    _NOT_FOUND: "unknown_target",
    _DENIED: "wrong_token",
    _EXHAUSTED: "busy",
    _UNKNOWN_METHOD: "unreadable",
    _UNAVAILABLE: "busy",
    _UNAUTHENTICATED: "wrong_token",
}


def create(server: Server, wanted: Wanted) -> None:
    """Create the device, or complete it where it is there already.

    Raises:
        ServerError: it could not be.
    """
    with connect(server) as channel:
        try:
            _create(channel, server, wanted)
        except GrpcError as error:
            code = _CODES.get(error.status, "refused")
            raise ServerError(code, error.message) from None


def _create(channel: Channel, server: Server, wanted: Wanted) -> None:
    device = _MESSAGES["Device"](
        dev_eui=wanted.dev_eui,
        name=wanted.name[:_LONGEST_NAME],
        description="regionhub",
        application_id=server.application_id,
        device_profile_id=server.device_profile_id or "",
        join_eui=wanted.keys.join_eui,
    )
    try:
        channel.call(f"{_SERVICE}Create", _MESSAGES["WithDevice"](value=device).SerializeToString())
    except GrpcError as error:
        if error.status != _EXISTS:
            raise
        _check_is_ours(channel, server, wanted)
    network, application = wanted.keys.app_key, _NO_KEY
    if wanted.keys.nwk_key is not None:
        network, application = wanted.keys.nwk_key, wanted.keys.app_key
    keys = _MESSAGES["Keys"](dev_eui=wanted.dev_eui, nwk_key=network, app_key=application)
    given = _MESSAGES["WithKeys"](value=keys).SerializeToString()
    try:
        channel.call(f"{_SERVICE}CreateKeys", given)
    except GrpcError as error:
        if error.status != _EXISTS:
            raise
        channel.call(f"{_SERVICE}UpdateKeys", given)


def _check_is_ours(channel: Channel, server: Server, wanted: Wanted) -> None:
    """A device that is there already is meant if it is in the application of the town."""
    asked = _MESSAGES["DevEui"](dev_eui=wanted.dev_eui).SerializeToString()
    try:
        found = _MESSAGES["WithDevice"].FromString(channel.call(f"{_SERVICE}Get", asked))
    except GrpcError as error:
        raise ServerError("taken", error.message) from None
    except DecodeError:
        raise ServerError("unreadable", "no device") from None
    if found.value.application_id != server.application_id:
        raise ServerError("taken")


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{_PACKAGE}.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for field, number in fields.items():
            message.field.add(name=field, number=number, type="TYPE_STRING", label="LABEL_OPTIONAL")
    for name, inner in _AROUND.items():
        message = file.message_type.add(name=name)
        message.field.add(
            name="value",
            number=1,
            type="TYPE_MESSAGE",
            label="LABEL_OPTIONAL",
            type_name=f".{_PACKAGE}.{inner}",
        )
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in (*_FIELDS, *_AROUND)
    }


_MESSAGES = _classes()
