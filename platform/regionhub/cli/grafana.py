"""The settings of Grafana, put together into what brings solutions there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from regionhub.cli.run import owner_connection, read_settings
from regionhub.errors import InputError
from regionhub.settings import Settings
from regionhub.store.database import Connection
from regionhub.store.databases import address_of
from regionhub_dashboards.clone.cloner import Cloner
from regionhub_dashboards.clone.desired import Hub
from regionhub_dashboards.clone.grafana import Grafana
from regionhub_dashboards.packages import catalogue


@contextmanager
def open_cloner() -> Iterator[Cloner]:
    """What brings solutions into the Grafana of the settings.

    Raises:
        InputError: no Grafana is set.
    """
    with owner_connection() as connection, cloner(read_settings(), connection) as made:
        yield made


@contextmanager
def cloner(settings: Settings, connection: Connection) -> Iterator[Cloner]:
    """The same over a connection of the owner.

    Raises:
        InputError: no Grafana is set.
    """
    if not (settings.grafana_url and settings.grafana_login):
        raise InputError(
            "no Grafana is set: name it and a server administrator of it with "
            "REGIONHUB_GRAFANA_URL, REGIONHUB_GRAFANA_LOGIN and REGIONHUB_GRAFANA_LOGIN_PASSWORD"
        )
    address = address_of(settings.database_url)
    grafana = Grafana(settings.grafana_url, settings.grafana_login, settings.grafana_login_password)
    with closing(grafana):
        yield Cloner(
            grafana=grafana,
            connection=connection,
            solutions=catalogue(connection),
            hub=Hub(
                database=settings.grafana_database or address.place,
                ssl_mode=address.ssl_mode,
                portal_url=settings.portal_url,
                tile_url=settings.tile_url,
                attribution=settings.tile_attribution,
            ),
        )
