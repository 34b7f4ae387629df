"""Rules in the portal: what they say, and what they would have done before one is switched on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Form, Response
from fastapi.responses import RedirectResponse

from regionhub.access import Admin, Viewer, Visit
from regionhub.errors import Conflict, InputError, StoreTooSlow
from regionhub.features.alarms import contacts, rules
from regionhub.features.alarms.rules import Kind, Rule, RuleLevel
from regionhub.features.alarms.states import KINDS, SILENT
from regionhub.features.alarms.trial import Trial, try_rule
from regionhub.quantities import load_vocabulary
from regionhub.registry.sites import sites
from regionhub.web.api.values import Id
from regionhub.web.portal.forms import read_number
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router
from regionhub.web.portal.states import KINDS as SITE_KINDS
from regionhub.web.portal.states import LEVELS

pages = page_router()
#: Of the alarms that a rule would have raised as many are listed.
_LISTED = 30
_WHOLE = r"\d{1,6}"
#: Kinds with a limit.
_LIMITED = {"threshold", "rate", "forecast", "time_to_stage"}
#: Kinds about a stage.
_STAGED = {"forecast", "time_to_stage"}
#: What the form for a rule asks for.
_FIELDS = (
    *("name", "stufe", "signal", "groesse", "richtung", "grenze", "ende", "minuten", "haltezeit"),
    *("was", "standorte", "kette", "pegelstufe", "stunden"),
)

Text = Annotated[str, Form(max_length=200)]
Whole = Annotated[str, Form(pattern=rf"^({_WHOLE})?$")]


@pages.get("/alarme/regeln")
def rules_page(page: Here, visit: Viewer) -> Response:
    """All rules."""
    with open_town(visit, page) as (connection, frame):
        found = rules.rules(connection)
        reachable = [one for one in contacts.chains(connection) if one.links]
    return page.show(
        "alarms/rules.html",
        **frame.values(),
        rules=[(one, sentence(one, page)) for one in found],
        kinds=KINDS,
        reachable=bool(reachable),
        may_set_up=visit.principal.may("admin"),
    )


@pages.get("/alarme/regeln/neu")
def new_rule(page: Here, visit: Admin, art: Kind = "signal") -> Response:
    """A form for a rule of a kind."""
    return _form(page, visit, art, {})


@pages.post("/alarme/regeln")
def create_rule(
    page: Here,
    visit: Admin,
    art: Annotated[Kind, Form()],
    kette: Annotated[Id, Form()],
    name: Text = "",
    stufe: Annotated[Literal["1", "2", "3"], Form()] = "2",
    signal: Text = "",
    groesse: Text = "",
    richtung: Annotated[Literal["ueber", "unter"], Form()] = "ueber",
    grenze: Text = "",
    ende: Text = "",
    minuten: Whole = "",
    haltezeit: Whole = "",
    pegelstufe: Annotated[Literal["", "1", "2", "3"], Form()] = "",
    stunden: Whole = "",
    was: Text = "",
    standorte: Text = "",
    standort: Annotated[list[Id] | None, Form()] = None,
) -> Response:
    """Make a rule and show what it would have done."""
    given = {key: value for key, value in locals().items() if isinstance(value, str)}
    _ = page.gettext
    level: RuleLevel = {"1": 1, "2": 2, "3": 3}[stufe]  # type: ignore[assignment]
    try:
        values = {
            "name": name.strip(),
            "kind": art,
            "chain_id": kette,
            "level": level,
            "signal": signal or None if art == "signal" else None,
            "quantity": groesse or None if art in {"threshold", "rate"} else None,
            "below": richtung == "unter" and art != "forecast",
            "limit_value": read_number(grenze) if art in _LIMITED else None,
            "clear_value": read_number(ende) if art in _LIMITED else None,
            "silent": was or None if art == "silence" else None,
            "minutes": int(minuten) if minuten and art in {"silence", "rate"} else None,
            "stage": int(pegelstufe) if pegelstufe and art in _STAGED else None,
            "hours": int(stunden) if stunden and art == "forecast" else None,
            "hold_minutes": int(haltezeit or 0) if art != "silence" else 0,
            "site_kind": standorte or None,
            "site_ids": standort or None,
        }
        with visit.town() as connection:
            made = rules.create_rule(connection, visit.principal.tenant_id, values)
    except Conflict:
        problem = _("Eine Regel dieses Namens gibt es schon.")
        return _form(page, visit, art, given | {"kette": str(kette)}, problem)
    except InputError:
        problem = _(
            "Etwas fehlt oder passt nicht zusammen. Das Ende des Alarms liegt auf der Seite der "
            "Grenze, auf der nichts zu melden ist."
        )
        return _form(page, visit, art, given | {"kette": str(kette)}, problem)
    return RedirectResponse(f"/alarme/regeln/{made.rule_id}", 303)


@pages.get("/alarme/regeln/{rule_id}")
def rule_page(page: Here, visit: Viewer, rule_id: Id) -> Response:
    """One rule, and what it would have done in the last year."""
    with open_town(visit, page) as (connection, frame):
        rule = rules.rule(connection, rule_id)
        reached = contacts.chain(connection, rule.chain_id).links
        places = sites(connection)
    own = [one for one in places if one.tenant_id == rule.tenant_id]
    return page.show(
        "alarms/rule.html",
        **frame.values(),
        rule=rule,
        sentence=sentence(rule, page),
        trial=_tried(visit, rule),
        listed=_LISTED,
        reached=bool(reached),
        sites=[(one.site_id, one.name) for one in own],
        may_set_up=visit.principal.may("admin"),
    )


@pages.post("/alarme/regeln/{rule_id}/grenze")
def set_limit(
    visit: Admin,
    rule_id: Id,
    standort: Annotated[Id, Form()],
    grenze: Text = "",
) -> Response:
    """Another limit for one site; nothing takes it away."""
    limit = read_number(grenze)
    with visit.town() as connection:
        rules.set_value(connection, rule_id, standort, limit)
    return RedirectResponse(f"/alarme/regeln/{rule_id}", 303)


@pages.post("/alarme/regeln/{rule_id}/{what}")
def change_rule(visit: Admin, rule_id: Id, what: Literal["ein", "aus", "loeschen"]) -> Response:
    """Switch it on or off, or remove it."""
    with visit.town() as connection:
        if what == "loeschen":
            rules.delete_rule(connection, rule_id)
            return RedirectResponse("/alarme/regeln", 303)
        rules.switch_rule(connection, rule_id, enabled=what == "ein")
    return RedirectResponse(f"/alarme/regeln/{rule_id}", 303)


def sentence(rule: Rule, page: Page) -> str:
    """What a rule says, such as: Lufttemperatur über 30 °C, 15 Minuten lang."""
    _, fmt = page.gettext, page.formats
    if rule.kind == "signal":
        words = {one.level: one.text(page.language) for one in LEVELS}
        what = _signals(page).get(rule.signal or "", rule.signal or "")
        text = _("%(what)s: ab „%(level)s“") % {"what": what, "level": words[rule.level]}
    elif rule.kind == "silence":
        what = SILENT[rule.silent or "device"]
        text = _("%(what)s meldet sich %(time)s nicht") % {
            "what": _(what),
            "time": fmt.span(60 * (rule.minutes or 0)),
        }
    elif rule.kind == "forecast":
        text = _(
            "Stufe %(stage)s in den nächsten %(hours)s Stunden zu mindestens %(limit)s %% "
            "wahrscheinlich"
        ) % {
            "stage": rule.stage,
            "hours": rule.hours,
            "limit": fmt.number(rule.limit_value),
        }
    elif rule.kind == "time_to_stage":
        text = _("erreicht Stufe %(stage)s in unter %(time)s, wenn es so weiter steigt") % {
            "stage": rule.stage,
            "time": fmt.span(3600 * (rule.limit_value or 0)),
        }
    else:
        text = _limit(rule, page)
    if rule.hold_minutes:
        text += ", " + _("%(time)s lang") % {"time": fmt.span(60 * rule.hold_minutes)}
    return text


def _signals(page: Page) -> dict[str, str]:
    """Signals by what their pages are called, and what they say there."""
    return {
        signal.name: ": ".join(
            filter(None, (page.gettext(part.navigation[0].label), signal.text(page.language)))
        )
        for part in page.renderer.parts
        for signal in part.signals
        if part.navigation
    }


def _limit(rule: Rule, page: Page) -> str:
    _, fmt, vocabulary = page.gettext, page.formats, load_vocabulary()
    quantity = vocabulary.quantities[rule.quantity or ""]
    unit = vocabulary.units[quantity.unit].symbol + ("/h" if rule.kind == "rate" else "")
    side = _("%(what)s unter %(limit)s") if rule.below else _("%(what)s über %(limit)s")
    return side % {
        "what": quantity.names[page.language],
        "limit": f"{fmt.number(rule.limit_value, quantity.decimals)} {unit}",
    }


def _tried(visit: Visit, rule: Rule) -> Trial | None:
    """None if there is too much to go through."""
    try:
        with visit.export() as connection:
            return try_rule(connection, rule, datetime.now(UTC))
    except StoreTooSlow:
        return None


def _form(
    page: Page, visit: Visit, kind: Kind, given: Mapping[str, Any], problem: str | None = None
) -> Response:
    with open_town(visit, page) as (connection, frame):
        chains = contacts.chains(connection)
        places = sites(connection)
    own = [one for one in places if one.tenant_id == visit.principal.tenant_id]
    vocabulary = load_vocabulary()
    return page.show(
        "alarms/rule_form.html",
        **frame.values(),
        status=422 if problem else 200,
        kind=kind,
        kinds=KINDS,
        given=dict.fromkeys(_FIELDS, "") | dict(given),
        problem=problem,
        chains=[(one.chain_id, one.name) for one in chains],
        signals=list(_signals(page).items()),
        silent=SILENT,
        quantities=sorted(
            (one.names[page.language], name, vocabulary.units[one.unit].symbol)
            for name, one in vocabulary.quantities.items()
        ),
        sites=[(one.site_id, one.name, one.kind) for one in own],
        site_kinds=[(name, page.gettext(label)) for name, label in SITE_KINDS.items()],
    )
