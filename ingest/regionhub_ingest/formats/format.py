"""What is known of one message format, all in one place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from regionhub.envelope import Envelope
from regionhub.uplinks import Message

Reader = Callable[[Envelope], Message]


class Storage(Protocol):
    """What a network server keeps of its messages."""

    @property
    def server(self) -> str:
        """Its address, https://host."""
        ...

    def uplinks(self, after: datetime, before: datetime) -> Iterator[tuple[str, Envelope]]:
        """Every uplink that the server received in a time, with words for which one it is."""
        ...


class OpenStorage(Protocol):
    """Names what one application has stored at a server, by what `source backfill` is given."""

    def __call__(self, *, server: str, application: str, user: str, key: str) -> Storage:
        """`server` is https://host, `user` the login at its broker, `key` an API key."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How the messages of one kind of network server come and are read.

    Args:
        name: what a source and the command line call it.
        parse: reads one message or raises ParseError; None if only a source's own mapping says how.
        with_mapping: returns what reads the messages of a source with a mapping of its own (JSON),
            or raises InputError; None if the format takes no mapping.
        protocol: the version of MQTT that the server's broker speaks, "5" or "3.1.1".
        topics: what to subscribe to where the operator left the server's topics as they are; empty
            if the server has none of its own.
        device_in_topic: where the server's own topics name the device by its EUI: brokers grant
            rights by topic, so the message has to be of the same one. Any other level of a topic
            may look as it likes.
        likeness: whether the object at the root of a JSON body is of this server and no other; for
            the sentence about a message that another format cannot read.
        without_keys: returns a body that is not JSON with its session keys blanked, None if the
            body is none of this format's.
        storage: opens what the server keeps of its messages, if that can be fetched.
    """

    name: str
    parse: Reader | None
    with_mapping: Callable[[str | None], Reader] | None = None
    protocol: str = "5"
    topics: tuple[str, ...] = ()
    device_in_topic: re.Pattern[str] | None = None
    likeness: Callable[[Mapping[str, Any]], bool] | None = None
    without_keys: Callable[[bytes], bytes | None] | None = None
    storage: OpenStorage | None = None
