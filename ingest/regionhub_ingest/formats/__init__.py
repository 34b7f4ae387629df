"""The message formats of the LoRaWAN network servers, by name."""

from __future__ import annotations

from functools import lru_cache

from regionhub.envelope import MAX_BODY_BYTES, Envelope
from regionhub.errors import InputError, MessageTooLarge, NoTime, ParseError
from regionhub.euis import eui_by_server
from regionhub.uplinks import Ignored, Message
from regionhub_ingest.formats import (
    chirpstack_v3,
    chirpstack_v4,
    keys,
    loriot,
    mapped,
    thingpark,
    tts_v3,
)
from regionhub_ingest.formats.format import Format, Reader
from regionhub_ingest.formats.likeness import likeness
from regionhub_ingest.formats.mapping import GENERIC, read_mapping_file

__all__ = [
    "FORMATS",
    "GENERIC",
    "MAX_BODY_BYTES",
    "Format",
    "Reader",
    "find",
    "named",
    "parse",
    "read_mapping_file",
    "reader",
    "without_keys",
]

#: What a source may speak, by name, in the order people are shown them: a module each, then the
#: mappings that come with us. What is none of them is GENERIC, with a mapping of the source's own.
FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        chirpstack_v4.FORMAT,
        tts_v3.FORMAT,
        chirpstack_v3.FORMAT,
        loriot.FORMAT,
        thingpark.FORMAT,
        *mapped.FORMATS,
    )
}


def find(name: str) -> Format | None:
    """Return the format of that name, None if there is none."""
    return mapped.FORMAT if name == GENERIC else FORMATS.get(name)


def named(name: str) -> Format:
    """Return the format of that name.

    Raises:
        InputError: there is none; the sentence names those there are.
    """
    found = find(name)
    if found is None:
        raise InputError(f"unknown format {name!r}, known are {', '.join(FORMATS)} and {GENERIC}")
    return found


@lru_cache(maxsize=1024)
def reader(format_name: str, mapping: str | None = None) -> Reader:
    """Return what reads the messages of a source: its format and its own mapping (JSON), if any.

    Raises:
        InputError: no such format, or an entry of the mapping that cannot be used.
    """
    chosen = named(format_name)
    if mapping is None and chosen.parse is not None:
        return chosen.parse
    if chosen.with_mapping is None:
        raise InputError(f"the format {format_name} takes no mapping")
    return chosen.with_mapping(mapping)


def without_keys(envelope: Envelope) -> Envelope:
    """Return the message without session keys, whatever format it has."""
    return keys.blanked(envelope, FORMATS.values())


def parse(format_name: str, envelope: Envelope, mapping: str | None = None) -> Message:
    """Read one message of a network server.

    Raises:
        InputError: no such format, or its mapping cannot be used.
        MessageTooLarge: the body is over MAX_BODY_BYTES.
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
        like = likeness(envelope.body, FORMATS.values())
        if like in {None, format_name}:
            raise
        raise ParseError(f"{error.detail}; it looks like a message of {like}") from None
    if not isinstance(message, Ignored) and message.dev_eui is not None:
        _check_topic(named(format_name), envelope.topic, message.dev_eui)
    return message


def _check_topic(chosen: Format, topic: str, dev_eui: str) -> None:
    """Brokers grant rights by topic, so what names a device there must not carry another one."""
    if chosen.device_in_topic is None or f"/{dev_eui}/" in topic:  # how most topics are
        return
    level = chosen.device_in_topic.search(topic)
    eui = None if level is None else eui_by_server(level[1])
    if eui not in (None, dev_eui):
        raise ParseError(f"the topic is of device {eui}, the body of {dev_eui}")
