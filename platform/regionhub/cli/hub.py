"""What the operator's pages and `regionhub town` are given by the parts that they put together."""

from __future__ import annotations

from regionhub.features.onboarding.drafts import Usual
from regionhub.features.onboarding.files import import_file
from regionhub.features.onboarding.load import Town
from regionhub.features.solutions.new_town import Broker, Hub, Network, TakenFile
from regionhub.sealing import Secrets
from regionhub.settings import Settings
from regionhub.store.database import Connection, Database
from regionhub.store.roles import login_url
from regionhub.web.api.registration import Profiles
from regionhub_ingest.formats import FORMATS

#: Who sets up a town does one thing at a time.
_CONNECTIONS = 2


def networks() -> dict[str, Network]:
    """Kinds of network servers that can push to the hub's broker: they have topics of their own."""
    return {
        name: Network(format=name, protocol=each.protocol, topics=each.topics)
        for name, each in FORMATS.items()
        if each.topics
    }


def broker(settings: Settings) -> Broker:
    """The hub's own broker."""
    return Broker(
        url=settings.broker_url,
        password=settings.broker_password,
        secrets=Secrets(settings.key_file),
    )


def operator_database(settings: Settings) -> Database | None:
    """The database as the operator, who logs in; None: there is no password to do so."""
    if not settings.operator_password:
        return None
    url = login_url(settings.database_url, kind="operator", password=settings.operator_password)
    return Database(url, size=_CONNECTIONS, role="operator")


def hub(towns: Database, broker: Broker) -> Hub:
    """What the operator's pages work with."""
    return Hub(towns=towns, broker=broker, networks=networks(), take_file=_take_file)


def _take_file(
    connection: Connection,
    tenant_id: int,
    profiles: Profiles,
    who: str,
    content: bytes,
    language: str,
) -> TakenFile:
    town = Town(connection, tenant_id, profiles, who=who, why="beim Einrichten der Kommune")
    loaded = import_file(town, content, Usual(), only_good=True).loaded
    return TakenFile(
        sites=sum(row.new_site for row in loaded.good),
        devices=sum(row.device is not None for row in loaded.good),
        bad=[
            (row.number, "; ".join(fault.text(language) for fault in row.faults))
            for row in loaded.bad
        ],
    )
