"""The message formats of the LoRaWAN network servers, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from regionhub.envelope import Envelope
from regionhub.errors import InputError, MessageTooLarge, NoTime, ParseError
from regionhub.euis import euis_in_topic
from regionhub.uplinks import Ignored, Message
from regionhub_ingest.formats import (
    chirpstack_v3,
    chirpstack_v4,
    loriot,
    thingpark,
    tts_v3,
)
from regionhub_ingest.formats.keys import without_keys
from regionhub_ingest.formats.likeness import likeness
from regionhub_ingest.formats.mapped import MappedReader
from regionhub_ingest.formats.mapping import GENERIC, SHIPPED, load_mapping, read_mapping_file

__all__ = [
    "FORMATS",
    "GENERIC",
    "MAX_BODY_BYTES",
    "Reader",
    "parse",
    "read_mapping_file",
    "reader",
    "without_keys",
]

Reader = Callable[[Envelope], Message]

_MODULES: Mapping[str, Reader] = {
    "chirpstack-v4": chirpstack_v4.parse,
    "tts-v3": tts_v3.parse,
    "chirpstack-v3": chirpstack_v3.parse,
    "loriot": loriot.parse,
    "thingpark": thingpark.parse,
}
#: What a source may speak, modules and the mappings that come with us. What is in none of them
#: is GENERIC, with a mapping of the source's own.
FORMATS = (*_MODULES, *SHIPPED)

#: No network server sends more; a larger body is not worth the parser's memory. Bytes.
MAX_BODY_BYTES = 64 * 1024


@lru_cache(maxsize=1024)
def reader(format_name: str, mapping: str | None = None) -> Reader:
    """Return what reads the messages of a source: its format and its own mapping (JSON), if any.

    Raises:
        InputError: no such format, or an entry of the mapping that cannot be used.
    """
    if format_name in SHIPPED or format_name == GENERIC:
        return MappedReader(load_mapping(format_name, mapping)).parse
    if format_name not in _MODULES:
        known = ", ".join(FORMATS)
        raise InputError(f"unknown format {format_name!r}, known are {known} and {GENERIC}")
    if mapping is not None:
        raise InputError(f"the format {format_name} takes no mapping")
    return _MODULES[format_name]


def parse(format_name: str, envelope: Envelope, mapping: str | None = None) -> Message:
    """Read one message of a network server.

    Raises:
        InputError: no such format, or its mapping cannot be used.
        MessageTooLarge: the body is over 64 KiB.
        ParseError: the body is not a message of this format, or its topic is another device's.
    """
    read = reader(format_name, mapping)
    if len(envelope.body) > MAX_BODY_BYTES:
        raise MessageTooLarge(f"the body is over {MAX_BODY_BYTES} bytes")
    try:
        message = read(envelope)
    except NoTime:
        raise
    except ParseError as error:
        like = likeness(envelope.body)
        if like in {None, format_name}:
            raise
        raise ParseError(f"{error.detail}; it looks like a message of {like}") from None
    if not isinstance(message, Ignored) and message.dev_eui is not None:
        _check_topic(envelope.topic, message.dev_eui)
    return message


def _check_topic(topic: str, dev_eui: str) -> None:
    """Brokers grant rights by topic, so a topic with an EUI must not carry another device."""
    if f"/{dev_eui}/" in topic:  # how most topics are, and much faster than the search below
        return
    euis = euis_in_topic(topic)
    if euis and dev_eui not in euis:
        raise ParseError(
            f"the topic is of device {euis[-1]}, the body of {dev_eui}; "
            "if the topic names a gateway, use one without it"
        )
