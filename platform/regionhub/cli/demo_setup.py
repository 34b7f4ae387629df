"""Fill a new demo database: towns, people, sources, sites and devices, all simulated."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from regionhub.access import people
from regionhub.access.accounts import create_account, create_api_key
from regionhub.archive.stored_profiles import save_profile
from regionhub.features.gauges.river.links import put_link
from regionhub.features.watering.rounds import save_crew
from regionhub.profiles import DeviceProfile, load_profiles, read_profile
from regionhub.registry.devices import create_device
from regionhub.registry.installations import install
from regionhub.registry.sites import create_site, sites
from regionhub.registry.sources import change_source, create_source, sources_of_all
from regionhub.registry.tenants import create_tenant
from regionhub.store.database import Connection
from regionhub.store.roles import acting_as
from regionhub_ingest.formats import named
from regionhub_simulators.model import WEATHER_STATION
from regionhub_simulators.region import DemoRegion, DemoSite, DemoTown


class Brokers(Protocol):
    """Where sources find their broker."""

    def of(self, protocol: str) -> str:
        """The address for a version of MQTT, "5" or "3.1.1"."""


PASSWORD = "regionhub-demo"  # noqa: S105 - printed at every start, for a server on loopback only
REGION_LOGIN = "region"


def set_up(connection: Connection, region: DemoRegion, brokers: Brokers, days: float) -> str:
    """Create everything in one transaction; returns the secret of an API key of the first town."""
    station = weather_station()
    profiles = {**load_profiles(), station.id: station}
    with connection.transaction():
        save_profile(connection, station, tenant_id=None, by="Demo")
        secret = ""
        for town in region.towns:
            tenant_id = _create_town(connection, town, brokers, days, profiles)
            _link_gauges(connection, town)
            if not secret:
                secret = create_api_key(
                    connection, tenant_id=tenant_id, name="Demo", scopes=["read"]
                ).secret
        tenant_id = create_tenant(
            connection, slug="suedwestfalen", name="Südwestfalen", kind="region"
        )
        _create_account(connection, tenant_id, REGION_LOGIN, "Region (Demo)", "admin")
        region_admin = people.person_by_login(connection, tenant_id=tenant_id, login=REGION_LOGIN)
        people.set_operator(
            connection, tenant_id=tenant_id, account_id=region_admin.account_id, operator=True
        )
    return secret


def follow_brokers(connection: Connection, region: DemoRegion, brokers: Brokers) -> None:
    """Point the demo's sources to where its broker listens this time; others stay as they are."""
    own = {(town.slug, town.source) for town in region.towns}
    with connection.transaction():
        for source in sources_of_all(connection):
            if (source.tenant, source.name) in own:
                change_source(
                    connection,
                    source_id=source.source_id,
                    broker_url=brokers.of(source.protocol),
                )


def _create_town(
    connection: Connection,
    town: DemoTown,
    brokers: Brokers,
    days: float,
    profiles: Mapping[str, DeviceProfile],
) -> int:
    tenant_id = create_tenant(
        connection,
        slug=town.slug,
        name=town.name,
        ags=town.ags,
        latitude=town.latitude,
        longitude=town.longitude,
        shares_with_region=True,
    )
    _create_account(connection, tenant_id, town.slug, f"{town.name} (Demo)", "admin")
    protocol = named(town.lns).protocol
    create_source(
        connection,
        tenant_id=tenant_id,
        name=town.source,
        format=town.lns,
        broker_url=brokers.of(protocol),
        topics=[town.topic_filter],
        protocol=protocol,
    )
    installed = datetime.now(UTC) - timedelta(days=days + 1)
    with acting_as(connection, town.slug):
        for site in town.sites:
            _create_site(connection, tenant_id, site, installed, profiles)
        save_crew(
            connection,
            tenant_id,
            name="Kolonne 1",
            tank_litres=2000,
            depot="Bauhof (Demo)",
            latitude=town.latitude,
            longitude=town.longitude,
        )
    return tenant_id


def _link_gauges(connection: Connection, town: DemoTown) -> None:
    """The gauges of a river, each below the next one above it."""
    with acting_as(connection, town.slug):
        ids = {row.name: row.site_id for row in sites(connection, kind="gauge")}
        gauges = {
            (site.device.river, site.device.river_position): ids[site.name]
            for site in town.sites
            if site.name in ids
        }
        for (river, position), site_id in gauges.items():
            if (above := gauges.get((river, position - 1))) is not None:
                put_link(connection, site_id, above, minutes=None, by=town.name)


def _create_account(
    connection: Connection, tenant_id: int, login: str, name: str, role: str
) -> None:
    create_account(
        connection,
        tenant_id=tenant_id,
        login=login,
        display_name=name,
        password=PASSWORD,
        role=role,
    )


def _create_site(
    connection: Connection,
    tenant_id: int,
    site: DemoSite,
    installed: datetime,
    profiles: Mapping[str, DeviceProfile],
) -> None:
    simulated = site.device
    stages = site.information_levels_cm or (None, None, None)
    created = create_site(
        connection,
        tenant_id,
        {
            "name": site.name,
            "kind": site.kind,
            "latitude": simulated.latitude,
            "longitude": simulated.longitude,
            "soil_texture": simulated.soil_texture,
            "planted_year": site.planting_year,
            "water_body": simulated.river,
            "gauge_zero_m": site.gauge_zero_m_nhn,
            "stage_1_cm": stages[0],
            "stage_2_cm": stages[1],
            "stage_3_cm": stages[2],
            "note": "Simulierter Standort der Demo",
        },
    )
    for simulated in (site.device, *site.instruments):
        profile = profiles[simulated.profile]
        device = create_device(
            connection,
            tenant_id=tenant_id,
            dev_eui=simulated.dev_eui,
            name=simulated.name,
            profile_id=simulated.profile,
            parameters=profile.read_parameters({}),
            interval_seconds=simulated.interval_s,
        )
        install(
            connection,
            device.device_id,
            site_id=created.site_id,
            time=installed,
            mounting_height_cm=simulated.mounting_height_cm,
            depth_cm=simulated.depth_cm,
        )


def weather_station() -> DeviceProfile:
    """The mapping of the fields that the network servers of the demo decode for their stations."""
    text = (files(__package__) / "demo_weather_station.yaml").read_text(encoding="utf-8")
    return read_profile(WEATHER_STATION, text, "")


def settings_of(data: Path, url: str, port: int, broker: str) -> dict[str, str]:
    """The settings of the demo's processes. Its key, which seals secrets, is made once."""
    key = data / "key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_hex(32))
    return {
        "REGIONHUB_DATABASE_URL": url,
        "REGIONHUB_BROKER_URL": broker,
        "REGIONHUB_HTTP_PORT": str(port),
        "REGIONHUB_SECURE_COOKIES": "false",
        "REGIONHUB_PORTAL_URL": f"http://127.0.0.1:{port}",
        "REGIONHUB_KEY_FILE": str(key),
        "REGIONHUB_OPERATOR_PASSWORD": secrets.token_hex(16),
        "REGIONHUB_ALARM_NETWORKS": "127.0.0.0/8",  # the demo's mailbox
    }
