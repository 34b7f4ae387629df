"""The message formats of the LoRaWAN network servers, by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from regionhub.envelope import Envelope
from regionhub.errors import InputError, MessageTooLarge, ParseError
from regionhub.uplinks import Ignored, Message
from regionhub_ingest.formats import chirpstack_v4, tts_v3

#: What a source may be configured to speak.
FORMATS: Mapping[str, Callable[[Envelope], Message]] = {
    "chirpstack-v4": chirpstack_v4.parse,
    "tts-v3": tts_v3.parse,
}

#: No network server sends more; a larger body is not worth the parser's memory. Bytes.
MAX_BODY_BYTES = 64 * 1024

_TOPIC_EUI = re.compile(
    r"(?:^|/)(?:eui-)?((?:[0-9a-f]{2}[-:]?){7}[0-9a-f]{2})(?=/|$)", re.IGNORECASE
)


def parse(format_name: str, envelope: Envelope) -> Message:
    """Read one message of a network server.

    Raises:
        InputError: no such format.
        MessageTooLarge: the body is over 64 KiB.
        ParseError: the body is not a message of this format, or its topic is another device's.
    """
    adapter = FORMATS.get(format_name)
    if adapter is None:
        raise InputError(f"unknown format {format_name!r}, known are {', '.join(FORMATS)}")
    if len(envelope.body) > MAX_BODY_BYTES:
        raise MessageTooLarge(f"the body is over {MAX_BODY_BYTES} bytes")
    message = adapter(envelope)
    if not isinstance(message, Ignored):
        _check_topic(envelope.topic, message.dev_eui)
    return message


def _check_topic(topic: str, dev_eui: str) -> None:
    """Brokers grant rights by topic, so a topic with an EUI must not carry another device."""
    if f"/{dev_eui}/" in topic:  # how most topics are, and much faster than the search below
        return
    euis = [eui.replace("-", "").replace(":", "").lower() for eui in _TOPIC_EUI.findall(topic)]
    if euis and dev_eui not in euis:
        raise ParseError(f"the topic is of device {euis[-1]}, the body of {dev_eui}")
