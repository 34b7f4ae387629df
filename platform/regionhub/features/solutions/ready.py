"""How far a new town is: what is there, and what has to be done next."""

from __future__ import annotations

from dataclasses import dataclass

from regionhub.access import people
from regionhub.store.database import Connection, select_one
from regionhub.store.statements import queries

_SQL = queries(__package__, "ready")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that a town needs. `said` is how it stands, or what to do; both German."""

    title: str
    done: bool
    said: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    sources: int
    connected: int
    sites: int
    unplaced: int
    devices: int
    reporting: int
    waiting: int
    applied: int
    unreachable: int


def steps(town: Connection, accounts: Connection, tenant_id: int) -> list[Step]:
    """Everything that a town needs, in the order in which it is done.

    Args:
        town: under the role of the town.
        accounts: under the api role, or of the owner.
        tenant_id: the town.
    """
    counts = select_one(town, _Counts, _SQL["counts"])
    assert counts is not None
    return [
        _people(accounts, tenant_id),
        _source(counts),
        _sites(counts),
        _devices(counts),
        _solutions(counts),
        _alerts(counts),
    ]


def _people(accounts: Connection, tenant_id: int) -> Step:
    admins = [
        person
        for person in people.people(accounts, tenant_id=tenant_id)
        if person.role == "admin" and person.active
    ]
    ready = [person for person in admins if person.has_password]
    said = f"{len(ready)} mit der Rolle Verwaltung"
    if not admins:
        said = (
            "Noch verwaltet niemand die Kommune: Der Betreiber des Hubs legt die erste Person an."
        )
    elif not ready:
        said = "Die erste Person hat ihr Kennwort noch nicht gesetzt: Der Link gilt drei Tage."
    return Step(title="Personen", done=bool(ready), said=said, path="/personen")


def _source(counts: _Counts) -> Step:
    said = f"{counts.connected} von {counts.sources} verbunden"
    if not counts.sources:
        said = "Der Netzwerkserver ist noch nicht verbunden: Das macht der Betreiber des Hubs."
    elif not counts.connected:
        said = "Angelegt, aber nicht verbunden: Adresse und Zugang beim Netzwerkserver prüfen."
    return Step(title="Netzwerkserver", done=counts.connected > 0, said=said, path="/eingang")


def _sites(counts: _Counts) -> Step:
    said = f"{counts.sites} angelegt"
    if not counts.sites:
        said = "Noch keine: einzeln oder mit einer Datei anlegen."
    elif counts.unplaced:
        said = f"{counts.sites} angelegt, {counts.unplaced} davon ohne Lage auf der Karte"
    return Step(title="Standorte", done=counts.sites > 0, said=said, path="/anlegen")


def _devices(counts: _Counts) -> Step:
    said = f"{counts.reporting} von {counts.devices} melden sich"
    if not counts.devices:
        said = "Noch keine: mit ihrer DevEUI anlegen."
    elif not counts.reporting:
        said = (
            f"{counts.devices} angelegt, noch keines meldet sich: Sind sie eingeschaltet und beim "
            "Netzwerkserver angemeldet?"
        )
    return Step(title="Geräte", done=counts.reporting > 0, said=said, path="/geraete")


def _solutions(counts: _Counts) -> Step:
    said = f"{counts.applied} in Betrieb"
    if counts.waiting:
        verb = "wird" if counts.waiting == 1 else "werden"
        said = f"{counts.applied} in Betrieb, {counts.waiting} {verb} eingerichtet"
    elif not counts.applied:
        said = "Noch keine: aussuchen, was andere Kommunen erprobt haben."
    return Step(title="Lösungen", done=counts.applied > 0, said=said, path="/loesungen")


def _alerts(counts: _Counts) -> Step:
    used = counts.applied + counts.waiting
    done = used > 0 and counts.unreachable < used
    said = "Meldungen gehen hinaus"
    if not done:
        said = "Noch geht keine hinaus: bei einer Lösung E-Mail-Adresse oder Webhook angeben."
    return Step(title="Meldungen", done=done, said=said, path="/loesungen")
