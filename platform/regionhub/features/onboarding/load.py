"""Registering what drafts say: all of them, only the good ones, or none to see what would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from regionhub.archive import runs
from regionhub.errors import Conflict, InputError
from regionhub.features.onboarding.drafts import Draft, parameter
from regionhub.features.onboarding.servers.device import NO_JOIN_EUI, Keys, Wanted
from regionhub.registry import sites
from regionhub.registry.devices import Device
from regionhub.registry.installations import install
from regionhub.registry.sites import Site
from regionhub.store.database import Connection, select_value
from regionhub.store.statements import queries
from regionhub.web.api.registration import Profiles, register_device
from regionhub.web.api.schemas.sites import NewDevice, NewInstallation, SiteValues
from regionhub.web.tables import faults
from regionhub.web.tables.faults import Fault

_SQL = queries(__package__, "queries")
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What became, or would become, of one draft; nothing of it where there are faults."""

    number: int
    site: Site | None = None
    new_site: bool = False
    device: Device | None = None
    waiting_since: datetime | None = None
    keys: Keys | None = None
    faults: Sequence[Fault] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """All of them; `written`: the good ones are registered now."""

    rows: Sequence[Registered]
    written: bool

    @property
    def good(self) -> list[Registered]:
        """Rows without a fault."""
        return [row for row in self.rows if not row.faults]

    @property
    def bad(self) -> list[Registered]:
        """Rows with faults: nothing of them is registered."""
        return [row for row in self.rows if row.faults]

    @property
    def wanted(self) -> list[Wanted]:
        """What a network server has to know, of devices that came with a key."""
        return [
            Wanted(
                device_id=row.device.device_id,
                dev_eui=row.device.dev_eui,
                name=row.device.name,
                keys=row.keys,
            )
            for row in self.good
            if self.written and row.device and row.keys
        ]


@dataclass(frozen=True, slots=True)
class Town:
    """Whose things are registered, under the role of the town; by `who` and why, for the record."""

    connection: Connection
    tenant_id: int
    profiles: Profiles
    who: str
    why: str


class _FaultyError(Exception):
    def __init__(self, found: list[Fault]) -> None:
        super().__init__()
        self.faults = found


def load(
    town: Town, drafts: Sequence[Draft], *, dry_run: bool = False, only_good: bool = False
) -> Loaded:
    """Register what drafts say, and ask for the messages that waited for these devices.

    Every row is really tried, one after the other, also in a dry run: what the database would
    refuse is found in it. With a fault in any row nothing is kept unless `only_good`.
    """
    with town.connection.transaction() as kept:
        rows = [_row(town, draft) for draft in drafts]
        good = [row for row in rows if not row.faults]
        written = bool(good) and not dry_run and (only_good or len(good) == len(rows))
        if written:
            process_waiting(town, [row.device.dev_eui for row in good if row.device])
        else:
            kept.force_rollback = True
    return Loaded(rows=rows, written=written)


def _row(town: Town, draft: Draft) -> Registered:
    if draft.faults:
        return Registered(number=draft.number, faults=draft.faults)
    try:
        with town.connection.transaction():
            return _register(town, draft)
    except _FaultyError as error:
        return Registered(number=draft.number, faults=error.faults)
    except faults.MENDABLE as error:
        return Registered(number=draft.number, faults=[faults.of_error(error)])


def _register(town: Town, draft: Draft) -> Registered:
    site, new_site = (None, False) if not draft.site else _site(town, draft)
    if not draft.device:
        return Registered(number=draft.number, site=site, new_site=new_site)
    new = _checked(NewDevice, draft, "device", parameters=_parameters(town, draft))
    device = register_device(town.connection, town.tenant_id, new, town.profiles)
    since = first_waiting(town, device.dev_eui)
    if site is not None:
        place = _checked(NewInstallation, draft, "installation", site_id=site.site_id)
        device = install(
            town.connection,
            device.device_id,
            site_id=site.site_id,
            time=place.from_time or since,
            mounting_height_cm=place.mounting_height_cm,
            depth_cm=place.depth_cm,
        )
    elif draft.installation:
        raise InputError(
            "it is said how the device is installed, but not where: name its site",
            de="Einbauhöhe, Tiefe oder Datum sind angegeben, aber kein Standort.",
        )
    return Registered(
        number=draft.number,
        site=site,
        new_site=new_site,
        device=device,
        waiting_since=since,
        keys=_keys(draft),
    )


def _keys(draft: Draft) -> Keys | None:
    key = draft.join.get("app_key")
    if not key:
        return None
    second = draft.join.get("nwk_key")
    join_eui = str(draft.join.get("join_eui", NO_JOIN_EUI))
    return Keys(str(key), join_eui, None if second is None else str(second))


def _site(town: Town, draft: Draft) -> tuple[Site, bool]:
    """The site of a draft: that of this name, which an import never changes, or a new one."""
    there = site_named(town, str(draft.site.get("name", "")))
    if there is None:
        values = _checked(SiteValues, draft, "site")
        return sites.create_site(town.connection, town.tenant_id, values.model_dump()), True
    labels = draft.labels("site")
    other = [
        labels.get(key, key) for key, value in draft.site.items() if getattr(there, key) != value
    ]
    if other:
        raise Conflict(
            f"the site {there.name} is there with another {', '.join(other)}: leave these cells "
            "empty, or change the site on its page",
            de=f"Den Standort „{there.name}“ gibt es schon, mit anderen Angaben "
            f"({', '.join(other)}): lassen Sie diese leer, oder ändern Sie den Standort auf seiner "
            "Seite.",
        )
    return there, False


def site_named(town: Town, name: str) -> Site | None:
    """The town's own site of this name."""
    values = {"tenant_id": town.tenant_id, "name": name}
    site_id = select_value(town.connection, int, _SQL["site_named"], values)
    return None if site_id is None else sites.site(town.connection, site_id)


def first_waiting(town: Town, dev_eui: str) -> datetime | None:
    """Since when messages of a device wait for it to be registered."""
    values = {"tenant_id": town.tenant_id, "dev_eui": dev_eui}
    return select_value(town.connection, datetime, _SQL["first_waiting"], values)


def _parameters(town: Town, draft: Draft) -> dict[str, object]:
    profile = town.profiles.get(str(draft.device.get("profile_id")))
    return {name: parameter(profile, name, value) for name, value in draft.parameter.items()}


def _checked(model: type[_Model], draft: Draft, part: str, **more: object) -> _Model:
    """The values of a part, checked as those that the API is given."""
    given = {**getattr(draft, part), **more}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _FaultyError(list(faults.of_model(error, draft.labels(part)))) from None


def process_waiting(town: Town, dev_euis: Sequence[str]) -> None:
    """Ask for the messages that wait for these devices, if there are any."""
    found = [dev_eui for dev_eui in dev_euis if first_waiting(town, dev_eui) is not None]
    if found:
        runs.request_run(
            town.connection,
            tenant_id=town.tenant_id,
            requested_by=town.who,
            why=town.why,
            letter_reason="unknown_device",
            dev_eui=found[0] if len(found) == 1 else None,
        )
