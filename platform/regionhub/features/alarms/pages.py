"""Alarms in the portal: what is open, first and large; what was, and each one's log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Viewer
from regionhub.features.alarms import contacts, store
from regionhub.features.alarms.api import cap_response
from regionhub.features.alarms.check import last_check
from regionhub.features.alarms.states import ALARMS, MESSAGES, STEPS
from regionhub.features.alarms.store import AlarmRow
from regionhub.features.alarms.words import measured
from regionhub.levels import State
from regionhub.store.database import Connection
from regionhub.web.api.values import Id
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.frame import Frame, open_town
from regionhub.web.portal.parts import Notice
from regionhub.web.portal.rendering import STREAM, Here
from regionhub.web.portal.routing import page_router
from regionhub.web.portal.states import level
from regionhub.web.portal.texts import Translate

#: Alarms on one page of those that are over.
_OVER = 50

pages = page_router()


@dataclass(frozen=True, slots=True)
class Shown:
    """An alarm as the pages show it."""

    alarm: AlarmRow
    state: State
    level: State
    value: str
    town: str


@pages.get("/alarme")
def alarms_page(page: Here, visit: Viewer, vor: Annotated[Id | None, Query()] = None) -> Response:
    """Open ones, then what is over."""
    with open_town(visit, page) as (connection, frame):
        found = [] if vor else store.alarms(connection, open=True)
        over = store.alarms(connection, open=False, before=vor, limit=_OVER + 1)
        exercise = contacts.exercise(connection, visit.principal.tenant_id)
        checked = last_check(connection)
    return page.show(
        "alarms/page.html",
        **frame.values(),
        live=STREAM,
        opened=_shown([one for one in found if one.step], frame, page.formats),
        watched=_shown([one for one in found if not one.step], frame, page.formats),
        over=_shown(over[:_OVER], frame, page.formats),
        earlier=over[_OVER - 1].alarm_id if len(over) > _OVER else None,
        vor=vor,
        exercise=exercise,
        checked=checked,
        may_act=visit.principal.may("editor"),
        may_set_up=visit.principal.may("admin"),
    )


@pages.get("/alarme/{alarm_id}")
def alarm_page(page: Here, visit: Viewer, alarm_id: Id) -> Response:
    """One alarm with its log."""
    with open_town(visit, page) as (connection, frame):
        [shown] = _shown([store.alarm(connection, alarm_id)], frame, page.formats)
        steps = store.steps(connection, alarm_id)
        messages = store.messages(connection, alarm_id)
    return page.show(
        "alarms/alarm.html",
        **frame.values(),
        live=STREAM,
        shown=shown,
        steps=steps,
        words=STEPS,
        messages=[(one, MESSAGES[one.state]) for one in messages],
        may_act=visit.principal.may("editor"),
    )


@pages.post("/alarme/{alarm_id}/quittieren")
def acknowledge(visit: Editor, alarm_id: Id) -> Response:
    """Somebody takes care."""
    with visit.town() as connection:
        store.acknowledge(connection, alarm_id, who=visit.principal.display_name)
    return RedirectResponse(f"/alarme/{alarm_id}", 303)


@pages.get("/alarme/{alarm_id}/cap.xml")
def cap_file(visit: Viewer, request: Request, alarm_id: Id) -> Response:
    """The draft for the control centre as a file."""
    return cap_response(alarm_id, request, visit)


def notices(connection: Connection, formats: Formats, gettext: Translate) -> list[Notice]:
    """What every page says while an alarm is open."""
    _ = gettext
    found = []
    checked = last_check(connection)
    if checked.stopped(formats.now):
        text = _("Die Alarmkette besteht ihre Prüfung nicht: Alarme kommen womöglich nicht an.")
        found.append(Notice(text=text, path="/alarme", link=_("Alarme ansehen")))
    waiting = [one for one in store.alarms(connection, open=True) if one.state == "open"]
    if not waiting:
        return found
    first = waiting[0]
    text = _("Alarm, von niemandem quittiert: %(said)s, %(place)s, seit %(time)s.") % {
        "said": first.said,
        "place": first.place,
        "time": formats.clock(first.raised_at),
    }
    if len(waiting) > 1:
        text += " " + _("Insgesamt %(n)s Alarme.") % {"n": len(waiting)}
    return [*found, Notice(text=text, path="/alarme", link=_("Alarme ansehen"))]


def _shown(rows: list[AlarmRow], frame: Frame, formats: Formats) -> list[Shown]:
    return [
        Shown(
            alarm=row,
            state=ALARMS[row.state],
            level=level(row.level, None),  # type: ignore[arg-type]
            value=measured(row.value, row.unit, row.decimals, row.measured_at, formats),
            town=frame.town(row.tenant_id),
        )
        for row in rows
    ]
