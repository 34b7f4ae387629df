"""The one state of a device, out of what is so now and what its figures tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .battery import LOW_PCT, left_of
from .figures import Figures
from .series import Finding
from .states import STATES

_FIRST = sorted(STATES.values(), key=lambda state: (-state.urgency, state.rank))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is so at this moment.

    `state` is online, late, silent, never or no_values. `due_at`: when one of these may become
    another one though nothing arrives, `moved_at`: when the device will be at another site.
    """

    device_id: int
    tenant_id: int
    interval_seconds: int
    now: datetime
    heard_at: datetime | None
    site_id: int | None
    installed_at: datetime | None
    state: str
    missing_quantities: list[str]
    missing_since: datetime | None
    unreadable: bool
    implausible: bool
    stuck_quantity: str | None
    stuck_since: datetime | None
    stuck_value: float | None
    battery_voltage: float | None
    battery_level: float | None
    due_at: datetime | None
    moved_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What is said of a device: its state, since when, and what its values show where they do."""

    facts: Facts
    figures: Figures
    state: str
    since: datetime | None
    finding: Finding | None = None

    @property
    def battery_left(self) -> float | None:
        """Charge that is left, %."""
        facts, battery = self.facts, self.figures.battery
        if facts.battery_level is not None:
            return facts.battery_level
        left = left_of(facts.battery_voltage, battery.volts_when_new)
        return battery.left if left is None else left


def judge(facts: Facts, figures: Figures) -> Condition:
    """Of all that is wrong what most needs somebody."""
    found: dict[str, tuple[datetime | None, Finding | None]] = {
        facts.state: (_since(facts), None),
    }
    if facts.stuck_quantity is not None and facts.stuck_since is not None:
        found["stuck"] = (facts.stuck_since, None)
    for finding in figures.findings:
        found.setdefault(finding.state, (finding.since, finding))
    if figures.radio.state is not None:
        found[figures.radio.state] = (None, None)
    usual = Condition(facts=facts, figures=figures, state=facts.state, since=None)
    left = usual.battery_left
    if figures.battery.soon or (left is not None and left < LOW_PCT):
        found["battery_low"] = (figures.battery.low_since, None)
    if facts.state in {"never", "silent"}:
        found = {facts.state: found[facts.state]}
    code = next(state.code for state in _FIRST if state.code in found)
    since, shown = found[code]
    return Condition(facts=facts, figures=figures, state=code, since=since, finding=shown)


def _since(facts: Facts) -> datetime | None:
    match facts.state:
        case "silent" | "late":
            return facts.heard_at
        case "no_values":
            return facts.missing_since
        case "never":
            return facts.installed_at
        case _:
            return None
