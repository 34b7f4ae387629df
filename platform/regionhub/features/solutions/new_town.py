"""Setting up a town, step by step; each may be repeated: what is there stays.

For `regionhub town new` and for the pages of the hub's operator.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from regionhub.access import people
from regionhub.access.people import Link
from regionhub.errors import Conflict, InputError, NotFound
from regionhub.features.solutions import store
from regionhub.registry.broker_access import READER, Access, give_access
from regionhub.registry.sources import create_source
from regionhub.registry.tenants import Tenant, create_tenant, find_tenant
from regionhub.sealing import Secrets
from regionhub.solutions import Manifest
from regionhub.store.database import Connection, Database
from regionhub.web.api.registration import Profiles

#: What the network server of a new town is called.
_SOURCE = "LNS"
#: Where alerts of a town go is its own; everything else may be as in the town that it follows.
_OWN = {"email", "url"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A kind of network server: its message format, version of MQTT and topics."""

    format: str
    protocol: str
    topics: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """The hub's own, the password of its user who reads, and what seals that."""

    url: str
    password: str
    secrets: Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenFile:
    """What became of a file of sites and devices; `bad` are rows with what is wrong with them."""

    sites: int
    devices: int
    bad: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """What the operator's pages work with.

    Args:
        towns: the database under the operator's role, which no request of a town can take.
        broker: to which network servers push.
        networks: kinds of network servers by format.
        take_file: registers the good rows of a file; given are a connection under the town's role,
            its id, the profiles, who does it, the content, and the language of what is said.
    """

    towns: Database
    broker: Broker
    networks: Mapping[str, Network]
    take_file: Callable[[Connection, int, Profiles, str, bytes, str], TakenFile]


def make_town(
    connection: Connection,
    *,
    slug: str,
    name: str,
    ags: str,
    latitude: float | None = None,
    longitude: float | None = None,
    share: bool = False,
) -> tuple[Tenant, bool]:
    """The town, and whether it is new; as the owner or the operator.

    Raises:
        InputError: a value is malformed.
        Conflict: there is one with this short name and another AGS, or this AGS is taken.
    """
    known = find_tenant(connection, slug)
    if known is None:
        create_tenant(
            connection,
            slug=slug,
            name=name,
            ags=ags,
            latitude=latitude,
            longitude=longitude,
            shares_with_region=share,
        )
    elif known.ags != ags:
        raise Conflict(
            f"{slug} is there already, with the AGS {known.ags}",
            de=f"{known.name} gibt es schon, mit dem AGS {known.ags}: Prüfen Sie AGS und Kurzname.",
        )
    found = known or find_tenant(connection, slug)
    assert found is not None
    return found, known is None


def invite_first(connection: Connection, tenant_id: int, *, login: str, name: str) -> Link | None:
    """A one-time link for who administers the town at first; None: they are there already.

    Under the api role or as the owner.

    Raises:
        InputError: login or name is none.
        Conflict: the login is taken.
    """
    try:
        people.person_by_login(connection, tenant_id=tenant_id, login=login)
    except NotFound:
        return people.invite(
            connection, tenant_id=tenant_id, login=login, display_name=name, role="admin"
        )
    return None


def connect_network(
    connection: Connection, tenant_id: int, network: Network, broker: Broker
) -> Access:
    """Let the network server of a town push to the hub's broker, as the owner or the operator.

    Returns its user there, with the password, which nobody sees again.

    Raises:
        InputError: the hub has no broker, or the network server has no topics of its own.
        Conflict: the town has a network server of this name.
    """
    if not broker.url:
        raise InputError(
            "the hub has no broker of its own: set REGIONHUB_BROKER_URL, or connect the town's "
            "with `regionhub source add --broker`",
            de="Der Hub hat keinen eigenen Broker: Setzen Sie REGIONHUB_BROKER_URL, oder verbinden "
            "Sie den Broker der Kommune mit „regionhub source add --broker“.",
        )
    with connection.transaction():
        source_id = create_source(
            connection,
            tenant_id=tenant_id,
            name=_SOURCE,
            format=network.format,
            broker_url=broker.url,
            topics=list(network.topics),
            protocol=network.protocol,
            username=READER,
            password=broker.password or None,
            secrets=broker.secrets,
        )
        return give_access(connection, source_id=source_id)


def chosen(
    catalogue: Mapping[str, Manifest],
    names: Mapping[str, Mapping[str, str]],
    used: Collection[str],
    given: Mapping[str, str],
) -> dict[str, dict[str, str]]:
    """The parameters of solutions that the town does not use yet.

    Args:
        catalogue: all there are.
        names: which ones, with the parameters of a town that is followed; never its addresses.
        used: what the town uses.
        given: parameters, each for all solutions that have it.

    Raises:
        InputError: there is no such solution, or a parameter is none.
    """
    if unknown := ", ".join(sorted(set(names) - set(catalogue))):
        raise InputError(
            f"there is no solution {unknown}", de=f"Eine Lösung {unknown} gibt es nicht."
        )
    of_any = {each.name for name in names for each in catalogue[name].parameters}
    if strange := ", ".join(sorted(set(given) - of_any)):
        raise InputError(f"none of these solutions has a parameter {strange}")
    return {
        name: catalogue[name].read_parameters(
            {key: given.get(key, value) for key, value in followed(catalogue[name], kept).items()}
        )
        for name, kept in names.items()
        if name not in used
    }


def followed(manifest: Manifest, kept: Mapping[str, str]) -> dict[str, str]:
    """The parameters of another town as a new one takes them over: without its addresses."""
    return {
        each.name: "" if each.kind in _OWN else kept.get(each.name, "")
        for each in manifest.parameters
    }


def adopt(
    connection: Connection,
    tenant_id: int,
    catalogue: Mapping[str, Manifest],
    parameters: Mapping[str, dict[str, str]],
    *,
    by: str,
) -> None:
    """Let a town use solutions, as the owner or under its role; a service stands at once."""
    for name, values in parameters.items():
        store.want(connection, tenant_id, name, values, by=by)
        if catalogue[name].kind == "service":
            store.mark_applied(connection, tenant_id, name, catalogue[name].version)
