"""A file with the keys of devices that are registered here already."""

from __future__ import annotations

from regionhub.errors import BadValue, InputError
from regionhub.features.onboarding.columns import Column, columns, known
from regionhub.features.onboarding.load import Town
from regionhub.features.onboarding.servers.device import NO_JOIN_EUI, Keys, Wanted
from regionhub.registry.devices import own_device
from regionhub.web.tables.sheets import Row, read_table


def read_keys(town: Town, content: bytes) -> list[Wanted]:
    """What a network server has to know of the devices of a file.

    Raises:
        InputError: a column is missing, or a row names no device of the town or no key.
    """
    table = read_table(content, known)
    found = columns(table.head, join=True)
    read = {column.field.key: column for column in found.read}
    for key, name in (("dev_eui", "DevEUI"), ("app_key", "AppKey")):
        if key not in read:
            raise InputError(f"no column is called {name}", de=f"Keine Spalte heißt {name}.")
    return [_wanted(town, row, read) for row in table.rows]


def _wanted(town: Town, row: Row, read: dict[str, Column]) -> Wanted:
    eui = _value(row, read["dev_eui"])
    device = own_device(town.connection, town.tenant_id, eui)
    if device is None:
        raise InputError(f"row {row.number}: this town has no device {eui}")
    join = read.get("join_eui")
    has_join = join is not None and str(_cell(row, join) or "").strip()
    keys = Keys(
        _value(row, read["app_key"]), _value(row, join) if join and has_join else NO_JOIN_EUI
    )
    return Wanted(device_id=device.device_id, dev_eui=eui, name=device.name, keys=keys)


def _cell(row: Row, column: Column) -> object:
    return row.cells[column.index] if column.index < len(row.cells) else None


def _value(row: Row, column: Column) -> str:
    try:
        return str(column.read(row.cells[column.index] if column.index < len(row.cells) else ""))
    except BadValue as error:
        raise InputError(f"row {row.number}: {column.name} {error}") from None
