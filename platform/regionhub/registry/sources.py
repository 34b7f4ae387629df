"""Sources: the network servers that towns are connected to, and how they are doing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from regionhub.devices import broker_url as checked_url
from regionhub.devices import check_topic_filter
from regionhub.errors import Conflict, InputError
from regionhub.lines import read_name
from regionhub.sealing import Secrets
from regionhub.store.database import Connection, select_all, select_one, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "sources")
_REFUSALS: Refusals = {
    pg.UniqueViolation: Conflict(
        "this town has a source of that name already",
        de="Einen Netzwerkserver dieses Namens hat die Kommune schon.",
    ),
    pg.CheckViolation: InputError(
        "a source needs a broker such as mqtts://broker.example:8883 (the login is given "
        "apart from it) and MQTT 5 or 3.1.1"
    ),
}
_SESSION_REFUSALS: Refusals = {
    pg.CheckViolation: InputError(
        "several sessions need a source that speaks MQTT 5: older brokers cannot share messages"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A network server that the town is connected to; never a password."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    source_id: int
    tenant_id: int
    name: str
    format: str
    broker_url: str
    topics: list[str]
    protocol: str
    username: str | None
    enabled: bool
    sessions: Annotated[int, Field(description="Sessions at the broker that share the messages.")]
    sessions_connected: int
    connected_since: Annotated[
        datetime | None,
        Field(description="Since the oldest connection; null unless every session is connected."),
    ]
    last_message_at: datetime | None
    messages_last_minute: int
    lag_seconds: Annotated[
        float | None,
        Field(
            description="How long the oldest message that is received and not acknowledged yet "
            "has been waiting; null without a word of ingest."
        ),
    ]
    reported_at: Annotated[datetime | None, Field(description="The last word of ingest.")]
    problem: Annotated[str | None, Field(description="A stable word.", examples=["wrong_password"])]
    problem_detail: Annotated[
        str | None, Field(description="What broker, network or database said.")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class TownSource(Source):
    """One of any town; `tenant` is its slug."""

    tenant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """What goes with an encrypted connection, as PEM; what is None is not given, '' takes away.

    `ca` signed the broker's certificate, `certificate` and `private_key` are ours.
    """

    ca: str | None = None
    certificate: str | None = None
    private_key: str | None = None


NO_CERTIFICATES = Certificates()


def sources(connection: Connection) -> list[Source]:
    """Those of a town, under its role."""
    return select_all(connection, Source, _SQL["sources"])


def sources_of_all(connection: Connection) -> list[TownSource]:
    """Those of all towns, as the owner."""
    return select_all(
        connection, TownSource, _SQL["sources_of_all"], {"tenant_id": None, "name": None}
    )


def source_by_name(connection: Connection, *, tenant_id: int, name: str) -> TownSource:
    """One of a town, as the owner.

    Raises:
        InputError: the town has no source of that name.
    """
    chosen = {"tenant_id": tenant_id, "name": name}
    found = select_one(connection, TownSource, _SQL["sources_of_all"], chosen)
    if found is None:
        raise InputError(f"this town has no source called {name!r}: see `regionhub source list`")
    return found


def create_source(
    connection: Connection,
    *,
    tenant_id: int,
    name: str,
    format: str,  # noqa: A002 - the word of the whole code base
    broker_url: str,
    topics: list[str],
    protocol: str = "5",
    username: str | None = None,
    password: str | None = None,
    certificates: Certificates = NO_CERTIFICATES,
    mapping: str | None = None,
    secrets: Secrets | None = None,
) -> int:
    """A connection to a town's network server; ingest picks it up within seconds.

    As the owner, or as the operator if it pushes to the hub's own broker. `mapping` is JSON, as in
    `devices.Source`; `secrets` seals the password and the key. Returns its id.

    Raises:
        InputError: one of the values is malformed.
        Conflict: the town has a source of that name.
    """
    name = read_name("the name of a source", name)
    for topic in topics:
        check_topic_filter(topic)
    seal = (secrets or Secrets()).seal
    values = {
        "tenant_id": tenant_id,
        "name": name,
        "format": format,
        "broker_url": checked_url(broker_url),
        "topics": topics,
        "protocol": protocol,
        "username": username,
        "password": password and seal(password),
        **_stored(certificates, seal),
        "mapping": mapping,
    }
    with explained(_REFUSALS):
        source_id = select_value(connection, int, _SQL["create_source"], values)
    assert source_id is not None
    return source_id


def change_source(
    connection: Connection,
    *,
    source_id: int,
    broker_url: str | None = None,
    topics: list[str] | None = None,
    protocol: str | None = None,
    username: str | None = None,
    password: str | None = None,
    certificates: Certificates = NO_CERTIFICATES,
    enabled: bool | None = None,
    secrets: Secrets | None = None,
) -> None:
    """Change what is given, as the owner; ingest picks it up within seconds.

    An empty user name or password is none.

    Raises:
        InputError: one of the values is malformed, or does not go with the others.
    """
    seal = (secrets or Secrets()).seal
    for topic in topics or []:
        check_topic_filter(topic)
    if protocol == "3.1.1":
        sessions = select_value(connection, int, _SQL["shared_sessions"], {"source_id": source_id})
        if sessions is not None and sessions > 1:
            raise InputError(
                "the source has several sessions at its broker, which only MQTT 5 can end: set one "
                "with `regionhub source sessions`, and wait until ingest has emptied the others"
            )
    with explained(_REFUSALS):
        connection.execute(
            _SQL["update_source"],
            {
                "source_id": source_id,
                "broker_url": None if broker_url is None else checked_url(broker_url),
                "topics": topics,
                "protocol": protocol,
                "username": username,
                "password": password and seal(password),
                **_stored(certificates, seal),
                "enabled": enabled,
            },
        )


def _stored(certificates: Certificates, seal: Callable[[str], str]) -> dict[str, str | None]:
    key = certificates.private_key
    return asdict(certificates) | {"private_key": key and seal(key)}


def set_source_sessions(connection: Connection, *, source_id: int, sessions: int) -> None:
    """Let this many sessions at the broker share the messages, as the owner.

    Raises:
        InputError: the source does not speak MQTT 5.
    """
    with explained(_SESSION_REFUSALS):
        connection.execute(
            _SQL["update_source_sessions"], {"source_id": source_id, "sessions": sessions}
        )


def set_source_mapping(connection: Connection, *, source_id: int, mapping: str) -> None:
    """Replace the mapping (JSON), as the owner; ingest picks it up within seconds."""
    connection.execute(_SQL["update_source_mapping"], {"source_id": source_id, "mapping": mapping})
