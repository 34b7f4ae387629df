"""A town, and what is made for it; `World.town` of tests/world.py makes one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import uuid4
from zoneinfo import ZoneInfo

from regionhub.access.accounts import create_api_key
from regionhub.access.passwords import hash_password
from regionhub.registry.devices import create_device
from regionhub.registry.sites import create_site
from regionhub.registry.sources import create_source
from regionhub.sealing import Secrets
from regionhub.sites import SiteKind
from tests.devices import Device, Point
from tests.rows import Connection

if TYPE_CHECKING:
    from tests.world import World

_TOUCH: LiteralString = (
    "insert into core.touched (device_ids, times) "
    "select array[device_id], array[now()] from core.device where dev_eui = %s"
)
#: Days of people begin there.
BERLIN = ZoneInfo("Europe/Berlin")
#: Seals what sources have in the database.
KEY_FILE = Path(__file__).parent / "data" / "source.key"
SECRETS = Secrets(KEY_FILE)
#: Of every account.
PASSWORD = "correct horse battery"  # gitleaks:allow


@cache
def password_hash() -> str:
    """Made once: it is slow on purpose."""
    return hash_password(PASSWORD)


@dataclass(frozen=True)
class Town:
    """A town, and what is made for it."""

    world: World
    tenant_id: int
    slug: str

    @property
    def role(self) -> str:
        """Its database role, without the prefix."""
        return f"t_{self.slug.replace('-', '_')}"

    @property
    def dashboards(self) -> str:
        """The role of its dashboards."""
        return f"g_{self.slug.replace('-', '_')}"

    def acting(self, *, decided: bool = True) -> AbstractContextManager[Connection]:
        """A transaction under its role, see `World.acting`."""
        return self.world.acting(self.role, decided=decided)

    def select(
        self, statement: LiteralString, *parameters: Any, **named: Any
    ) -> list[dict[str, Any]]:
        """Rows as the town sees them."""
        return self.world.ask(self.role, statement, *parameters, **named)

    def row(self, view: str, **key: Any) -> dict[str, Any]:
        """The one row of a view with this key, as the town sees it."""
        where = " and ".join(f"{name} = %s" for name in key)
        [found] = self.select(f"select * from api.{view} where {where}", *key.values())
        return found

    # Who may come in ------------------------------------------------------------------------------

    def account(self, role: str = "viewer", login: str | None = None, **columns: Any) -> str:
        """Somebody who can sign in with `PASSWORD`; returns the login."""
        login = login or f"{role}@{self.slug}.example"
        usual = {"display_name": role.title(), "password_hash": password_hash()}
        given = {"tenant_id": self.tenant_id, "login": login, "role": role}
        self.world.add("auth.account", **usual | given | columns)
        return login

    def key(self, *scopes: str) -> str:
        """A key of a program, which may read and write if nothing else is said."""
        made = create_api_key(
            self.world.owner,
            tenant_id=self.tenant_id,
            name="test",
            scopes=scopes or ("read", "write"),
        )
        return made.secret

    # What stands where ----------------------------------------------------------------------------

    def source(self, name: str = "lns", **values: Any) -> int:
        """A network server that nobody answers for."""
        usual: dict[str, Any] = {
            "format": "chirpstack-v4",
            "broker_url": "mqtt://127.0.0.1:1",
            "topics": ["application/+/device/+/event/+"],
        }
        return create_source(
            self.world.owner,
            tenant_id=self.tenant_id,
            name=name,
            secrets=SECRETS,
            **usual | values,
        )

    @property
    def first_source(self) -> int:
        """Where messages come from if nothing else is said."""
        found = self.world.select(
            "select source_id from core.source where tenant_id = %s order by 1 limit 1",
            self.tenant_id,
        )
        return found[0]["source_id"] if found else self.source()

    def site(self, kind: SiteKind, name: str | None = None, **columns: Any) -> int:
        """A place."""
        name = name or f"{kind} {next(self.world.numbers):04}"
        with self.acting(decided=False) as connection:
            made = create_site(connection, self.tenant_id, {"name": name, "kind": kind, **columns})
        return made.site_id

    def watered(self, site: int, who: str = "Anna Weber", **columns: Any) -> None:
        """A round of today with this tree, and its entry in the log."""
        world, of = self.world, {"tenant_id": self.tenant_id}
        place = {"latitude": 51.2, "longitude": 8.2, "depot": who, "tank_litres": 1000}
        crew = world.add(
            "core.watering_crew", **of, name=f"{who} {site} {next(world.numbers)}"[-60:], **place
        )
        head = {
            "crew_id": crew["crew_id"],
            "day": world.now.astimezone(BERLIN).date().isoformat(),
            "metres": 7.0,
        }
        made = world.add("core.watering_round", **of, **head, planned_by=who)
        stop = {"place": 1, "trip": 1, "site_id": site, "litres": 100.0}
        world.add("core.watering_stop", **of, round_id=made["round_id"], **stop)
        entry = {"watering_id": str(uuid4()), "time": world.now, "litres": 100.0, "source": "round"}
        world.add("core.watering", **of, site_id=site, who=who, **entry | columns)

    def tree(
        self, name: str | None = None, *, soil_texture: str | None = "Ls3", **more: Any
    ) -> int:
        """A tree, in sandy loam."""
        return self.site("tree", name, soil_texture=soil_texture, **more)

    def gauge(self, name: str | None = None, **columns: Any) -> int:
        """A gauge, without stages."""
        return self.site("gauge", name, **columns)

    def device(
        self,
        site: int | None = None,
        name: str | None = None,
        *,
        dev_eui: str | None = None,
        profile_id: str = "acme/soil",
        parameters: Mapping[str, Any] | None = None,
        interval_seconds: int = 600,
        serial: str | None = None,
        **installation: Any,
    ) -> Device:
        """A device, installed for years if it has a site; `installation` as in `Device.install`."""
        number = next(self.world.numbers)
        with self.acting(decided=False) as connection:
            made = create_device(
                connection,
                tenant_id=self.tenant_id,
                dev_eui=dev_eui or f"a84041{self.tenant_id:04x}{number:06x}",
                name=name or f"device {number}",
                profile_id=profile_id,
                parameters=parameters or {},
                interval_seconds=interval_seconds,
                serial=serial,
            )
        device = Device(self, made.device_id, made.dev_eui, profile_id)
        if site is not None:
            device.install(site, **installation)
        return device

    def sensor(self, site: int, quantity: str, *points: Point, **device: Any) -> Device:
        """A device of its own that measures a quantity at a site."""
        made = self.device(site, **device)
        made.readings(quantity, points)
        return made

    def devices(
        self, dev_euis: Iterable[str], profile_id: str, interval_seconds: int = 600
    ) -> None:
        """A fleet, too large to make one by one."""
        same = {
            "tenant_id": self.tenant_id,
            "profile_id": profile_id,
            "interval_seconds": interval_seconds,
        }
        rows = [{"dev_eui": eui, "name": f"device {eui}", "parameters": {}} for eui in dev_euis]
        self.world.add_all("core.device", [row | same for row in rows])

    # What came ------------------------------------------------------------------------------------

    def dead_letter(self, reason: str = "not_parseable", **columns: Any) -> int:
        """A message that could not pass, received now; every one is another message."""
        body = columns.get("body", b"")
        usual: dict[str, Any] = {
            "source_id": columns.get("source_id") or self.first_source,
            "topic": "t",
            "body": body,
            "body_bytes": len(body),
            "digest": f"letter {next(self.world.numbers)} of {self.slug}".encode(),
            "detail": "x",
            "first_received_at": self.world.now,
            "last_received_at": self.world.now,
        }
        given = {"tenant_id": self.tenant_id, "reason": reason}
        if "dev_eui" in columns:
            self.world.owner.execute(_TOUCH, [columns["dev_eui"]])
        return int(self.world.add("core.dead_letter", **usual | given | columns)["dead_letter_id"])

    def source_state(self, source_id: int, **columns: Any) -> None:
        """What ingest last said of a session at a source's broker."""
        self.world.add(
            "core.source_state", source_id=source_id, tenant_id=self.tenant_id, **columns
        )

    def fates(
        self, rows: Iterable[tuple[datetime, str, str, int]], source_id: int | None = None
    ) -> None:
        """How many messages had which fate: a time in the hour, fate, reason or "", messages."""
        same = {"source_id": source_id or self.first_source, "tenant_id": self.tenant_id}
        self.world.add_all(
            "core.ingest_fate",
            [
                {
                    "hour": time.replace(minute=0, second=0, microsecond=0),
                    "fate": fate,
                    "reason": reason,
                    "messages": messages,
                    **same,
                }
                for time, fate, reason, messages in rows
            ],
        )
