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
    keys = Keys(
        _value(row, read["app_key"]),
        _if_said(row, read.get("join_eui")) or NO_JOIN_EUI,
        _if_said(row, read.get("nwk_key")),
    )
    return Wanted(device_id=device.device_id, dev_eui=eui, name=device.name, keys=keys)


def _if_said(row: Row, column: Column | None) -> str | None:
    if column is None or column.index >= len(row.cells):
        return None
    cell = row.cells[column.index]
    return None if cell is None or not str(cell).strip() else _value(row, column)


def _value(row: Row, column: Column) -> str:
    try:
        return str(column.read(row.cells[column.index] if column.index < len(row.cells) else ""))
    except BadValue as error:
        raise InputError(f"row {row.number}: {column.name} {error}") from None
