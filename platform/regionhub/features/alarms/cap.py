"""An alarm as a CAP 1.2 message: a draft for the control centre, which alone warns the public.

OASIS Common Alerting Protocol 1.2 (2010). Its status is Draft, or Exercise; its scope Restricted.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

from regionhub.features.alarms.store import AlarmRow
from regionhub.features.alarms.words import EXERCISE, measured
from regionhub.web.portal.formats import BERLIN, Formats

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
_SEVERITY = {1: "Minor", 2: "Moderate", 3: "Severe"}
_URGENCY = {1: "Expected", 2: "Expected", 3: "Immediate"}
#: How long such a message says that it holds.
_HOLDS = timedelta(hours=6)


def cap_draft(
    alarm: AlarmRow,
    *,
    sender: str,
    town: str,
    position: tuple[float, float] | None,
    now: datetime,
) -> bytes:
    """The message as XML.

    Args:
        alarm: what it is about.
        sender: who it comes from, such as the host of the portal; no spaces, commas or `<&`.
        town: in whose area.
        position: latitude and longitude in degrees (WGS 84), if the place has one.
        now: when it is made.
    """
    root = ET.Element(f"{{{NAMESPACE}}}alert")
    _add(root, "identifier", f"regionhub.{sender}.{alarm.alarm_id}")
    _add(root, "sender", sender)
    _add(root, "sent", _time(now))
    _add(root, "status", "Exercise" if alarm.exercise else "Draft")
    _add(root, "msgType", "Alert")
    _add(root, "scope", "Restricted")
    _add(root, "restriction", "Entwurf für die Leitstelle, nicht zur Weitergabe an die Bevölkerung")
    info = ET.SubElement(root, f"{{{NAMESPACE}}}info")
    _add(info, "language", "de-DE")
    _add(info, "category", "Env")
    _add(info, "event", f"{alarm.said}: {alarm.place}")
    _add(info, "responseType", "Assess")
    _add(info, "urgency", _URGENCY[alarm.level])
    _add(info, "severity", _SEVERITY[alarm.level])
    _add(info, "certainty", "Observed" if alarm.confirmed_at else "Possible")
    _add(info, "effective", _time(alarm.raised_at))
    _add(info, "expires", _time(now + _HOLDS))
    _add(info, "senderName", town)
    headline = f"{alarm.said}: {alarm.place}"
    _add(info, "headline", f"{EXERCISE} – {headline}" if alarm.exercise else headline)
    value = measured(alarm.value, alarm.unit, alarm.decimals, alarm.measured_at, Formats("de", now))
    said = "Messwert, keine amtliche Warnung."
    _add(info, "description", f"{value}. {said}" if value else said)
    area = ET.SubElement(info, f"{{{NAMESPACE}}}area")
    _add(area, "areaDesc", f"{alarm.place}, {town}")
    if position is not None:
        _add(area, "circle", f"{position[0]:.5f},{position[1]:.5f} 0.5")
    ET.register_namespace("", NAMESPACE)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = text


def _time(moment: datetime) -> str:
    """CAP has no Z and no fractions of a second: 2026-11-30T02:15:00+01:00."""
    return moment.astimezone(BERLIN).isoformat(timespec="seconds")
