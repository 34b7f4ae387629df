"""What the frames and readings of devices tell up to a whole hour; computed once an hour.

All of it is a function of what was sent before that hour, so that it is the same whenever it is
computed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

import numpy as np
from pydantic import TypeAdapter

from regionhub.quantities import load_vocabulary
from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

from .battery import Battery, battery, left_of
from .frames import Frame, Radio, radio
from .neighbours import COMPARED, DAYS, Neighbours, drift
from .series import Curve, Finding, Real, spikes, step

_SQL = queries(__package__, "decide")
_QUANTITIES = load_vocabulary().quantities
#: Everything that a drawing has a smallest span for: smaller changes are none.
_JUDGED = [one.name for one in _QUANTITIES.values() if one.span and one.theme != "device"]
_DAY_S = 86_400
#: An array of the database.
Numbers = Sequence[float | None] | Real


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is known of a device at the end of an hour; `findings` are what its values show."""

    radio: Radio = field(default_factory=Radio)
    battery: Battery = field(default_factory=Battery)
    findings: tuple[Finding, ...] = ()


FIGURES = TypeAdapter(Figures)


@dataclass(frozen=True, slots=True)
class _Frames:
    device_id: int
    times: Numbers
    counters: Numbers
    addresses: list[str | None]
    factors: Numbers
    rssi: Numbers
    snr: Numbers


@dataclass(frozen=True, slots=True)
class _Curve:
    device_id: int
    quantity: str
    times: Numbers
    values: Numbers


@dataclass(frozen=True, slots=True)
class _Week(_Curve):
    believed: Numbers


@dataclass(frozen=True, slots=True)
class _Daily(_Curve):
    when_new: float | None


@dataclass(frozen=True, slots=True)
class _Member:
    device_id: int
    quantity: str
    own: int
    datastream_id: int
    days: Numbers
    values: Numbers
    until: float


def figures(connection: Connection, untils: Mapping[int, datetime]) -> dict[int, Figures]:
    """Compute those of some devices, each with the hour before which it is judged."""
    if not untils:
        return {}
    values = {"device_ids": list(untils), "untils": list(untils.values())}
    radios = {
        row.device_id: radio(_frames(row), untils[row.device_id].timestamp())
        for row in select_all(connection, _Frames, _SQL["frames"], values)
    }
    batteries = _batteries(select_all(connection, _Daily, _SQL["batteries"], values))
    findings: defaultdict[int, list[Finding]] = defaultdict(list)
    judged = values | {"quantities": _JUDGED}
    for row in select_all(connection, _Week, _SQL["curves"], judged):
        columns = _real(row.times), _real(row.values), _real(row.believed) > 0
        curve = Curve(_QUANTITIES[row.quantity], *columns)
        findings[row.device_id] += [one for judge in (step, spikes) if (one := judge(curve))]
    compared = values | {"quantities": list(COMPARED)}
    members = select_all(connection, _Member, _SQL["neighbours"], compared)
    for _own, group in groupby(members, key=lambda row: row.own):
        rows = list(group)
        if rows[0].datastream_id == rows[0].own and (found := drift(_neighbours(rows))):
            findings[rows[0].device_id].append(found)
    return {
        device: Figures(
            radio=radios.get(device, Radio()),
            battery=batteries.get(device, Battery()),
            findings=tuple(findings[device]),
        )
        for device in untils
    }


def _frames(row: _Frames) -> list[Frame]:
    counters = [None if math.isnan(value) else int(value) for value in _real(row.counters)]
    measured = (_real(column).tolist() for column in (row.factors, row.rssi, row.snr))
    columns = row.times, counters, row.addresses, *measured
    return [Frame(*frame) for frame in zip(*columns, strict=True)]


def _real(numbers: Numbers) -> Real:
    """NaN where there is none; a connection may have made an array of them already."""
    return np.asarray(numbers, dtype=float)


def _batteries(rows: list[_Daily]) -> dict[int, Battery]:
    """What the device says of its charge goes before what its voltage tells."""
    found = {}
    for row in sorted(rows, key=lambda row: row.quantity, reverse=True):
        times, values = _real(row.times), _real(row.values)
        if row.quantity == "battery_voltage":
            values = np.array([left_of(volts, row.when_new) for volts in values], dtype=float)
        found[row.device_id] = battery(times, values, row.when_new)
    return found


def _neighbours(rows: list[_Member]) -> Neighbours:
    """Days in columns; a day that somebody has no value of is NaN."""
    until = rows[0].until
    table = np.full((len(rows), DAYS), np.nan)
    for line, row in enumerate(rows):
        # a day in which clocks are changed has 23 or 25 hours
        places = DAYS - np.rint((until - _real(row.days)) / _DAY_S).astype(int)
        inside = (places >= 0) & (places < DAYS)
        table[line, places[inside]] = _real(row.values)[inside]
    times = until - _DAY_S * np.arange(DAYS, 0, -1.0)
    return Neighbours(_QUANTITIES[rows[0].quantity], times, table)
