"""Where devices are installed, and were.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from regionhub.errors import Conflict, InputError, NotAllowed, NotFound
from regionhub.registry.devices import Device, lock_device, required_device
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "installations")

_LATER = Conflict(
    "The device was installed somewhere at that time or later: the new installation has to begin "
    "after that one (see from_time).",
    de="Das Gerät war zu dieser Zeit oder später schon irgendwo eingebaut: der neue Einbau muss "
    "danach beginnen.",
)
#: Clocks differ; what lies farther ahead is meant for later.
_CLOCKS_DIFFER = timedelta(minutes=5)
_INSTALLATION_REFUSALS: Refusals = {
    pg.ExclusionViolation: _LATER,
    pg.CheckViolation: _LATER,
    pg.InsufficientPrivilege: NotAllowed(
        "Devices of another town cannot be installed.",
        de="Geräte einer anderen Stadt können Sie nicht einbauen.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where a device was, from when to when; `to_time` None: it is there now."""

    installation_id: int
    tenant_id: int
    device_id: int
    site_id: int
    from_time: datetime
    to_time: datetime | None
    mounting_height_cm: float | None
    depth_cm: float | None


def installations(connection: Connection, device_id: int) -> list[Installation]:
    """Where a device is and was, the newest first."""
    return select_all(connection, Installation, _SQL["installations"], {"device_id": device_id})


def install(
    connection: Connection,
    device_id: int,
    *,
    site_id: int,
    time: datetime | None = None,
    mounting_height_cm: float | None = None,
    depth_cm: float | None = None,
) -> Device:
    """Put a device at a site from a moment on; where it was before ends then.

    Args:
        connection: under the role of the town that owns both.
        device_id: the device.
        site_id: the site.
        time: since when, not in the future; None is now.
        mounting_height_cm: height of the sensor above gauge zero.
        depth_cm: depth of the sensor below ground.

    Raises:
        NotFound: this role sees no such device or has no such site.
        NotAllowed: the device is shared by another town.
        InputError: it would begin in the future: nobody knows yet, and until then no other could.
        Conflict: the device was installed somewhere later than that.
    """
    if time is not None and time > datetime.now(UTC) + _CLOCKS_DIFFER:
        raise InputError(
            "An installation cannot begin in the future: leave from_time out on the day when the "
            "device is put there.",
            de="Ein Einbau kann nicht in der Zukunft beginnen: tragen Sie ihn an dem Tag ein, an "
            "dem das Gerät dort angebracht wird.",
        )
    owner = lock_device(connection, device_id)
    place = {"site_id": site_id, "tenant_id": owner}
    if select_value(connection, int, _SQL["own_site"], place) is None:
        raise NotFound("There is no such site.", de="Diesen Standort gibt es nicht.")
    values = place | {
        "device_id": device_id,
        "time": time,
        "mounting_height_cm": mounting_height_cm,
        "depth_cm": depth_cm,
    }
    with explained(_INSTALLATION_REFUSALS):
        connection.execute(_SQL["end_installation"], values)
        connection.execute(_SQL["install"], values)
    return required_device(connection, device_id)


def uninstall(connection: Connection, device_id: int) -> Device:
    """Take a device away from where it is now.

    Raises:
        NotFound: this role sees no such device, or it is installed nowhere.
        NotAllowed: the device is shared by another town.
    """
    lock_device(connection, device_id)
    values = {"device_id": device_id, "time": None}
    if select_value(connection, int, _SQL["end_installation"], values) is None:
        raise _not_installed()
    return required_device(connection, device_id)


def swap(
    connection: Connection, device_id: int, *, by: int, time: datetime | None = None
) -> Device:
    """Put another device where this one is, at the same height and depth; returns the other one.

    Raises:
        NotFound: this role sees no such device, or it is installed nowhere.
        NotAllowed: one of them is shared by another town.
        InputError: it would begin in the future.
        Conflict: the other one was installed somewhere later than that.
    """
    former = required_device(connection, device_id)
    if former.site_id is None:
        raise _not_installed()
    lock_device(connection, device_id)
    connection.execute(_SQL["end_installation"], {"device_id": device_id, "time": time})
    return install(
        connection,
        by,
        site_id=former.site_id,
        time=time,
        mounting_height_cm=former.mounting_height_cm,
        depth_cm=former.depth_cm,
    )


def _not_installed() -> NotFound:
    return NotFound(
        "The device is not installed.", de="Das Gerät ist an keinem Standort eingebaut."
    )
