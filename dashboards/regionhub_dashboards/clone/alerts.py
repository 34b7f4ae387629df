"""Alert rules of a town and where its alerts go."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from regionhub.features.solutions.store import Adoption
from regionhub_dashboards.clone.canonical import Json
from regionhub_dashboards.clone.change import Kind, Pen
from regionhub_dashboards.clone.desired import (
    RECEIVER,
    STANDARD,
    contact_points,
    covers,
    policies,
    rule_group,
    same_policies,
)
from regionhub_dashboards.clone.grafana import Organisation
from regionhub_dashboards.solutions import Solution

#: How often a fresh organisation is asked whether it can send alerts.
_LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """The alerts of one town.

    Args:
        organisation: None: it is not made yet.
        pen: writes what is done.
        portal_url: what texts of rules link to.
        solutions: the catalogue.
        sleep: waits so many seconds.
    """

    organisation: Organisation | None
    pen: Pen
    portal_url: str
    solutions: Mapping[str, Solution]
    sleep: Callable[[float], None] = time.sleep

    def rules(self, adoption: Adoption) -> None:
        """Bring the rules of a solution to how they should be."""
        solution = self.solutions[adoption.solution]
        parameters = solution.manifest.completed(adoption.parameters)
        wanted = rule_group(solution, parameters, portal_url=self.portal_url)
        if wanted is None:
            return
        organisation = self.organisation
        live = organisation.rule_group(STANDARD, wanted["title"]) if organisation else None
        if live is not None and covers(live, wanted):
            return
        kind: Kind = "create" if live is None else "change"
        if self.pen.do(kind, f"Meldungen {solution.manifest.title}") and organisation:
            organisation.write_rule_group(STANDARD, wanted)

    def remove_rules(self, name: str) -> None:
        """Take the rules of a solution away."""
        organisation = self.organisation
        live = organisation.rule_group(STANDARD, name) if organisation else None
        for rule in (live or {}).get("rules", []):
            if self.pen.do("delete", f"Meldung {rule['title']}") and organisation:
                organisation.delete_rule(rule["uid"])

    def contacts(self, adoptions: Mapping[str, Adoption], *, patience_seconds: float) -> bool:
        """Bring contact points and policies to how they should be; False: not possible yet.

        A fresh organisation has nothing to send alerts with for up to a minute.
        """
        staying = {name: each for name, each in adoptions.items() if each.state != "leaving"}
        wanted = {
            point["uid"]: point
            for name, each in sorted(staying.items())
            for point in contact_points(name, each.parameters)
        }
        there = self._points(patience_seconds if wanted else 0)
        if there is None:
            if wanted and self.pen.dry:
                self._create(wanted)
            elif wanted:
                self.pen.say(
                    "wait", "Meldewege: Grafana bereitet sie noch vor, bis zu einer Minute"
                )
            return not wanted or self.pen.dry
        ours = _ours(there)
        for uid, point in wanted.items():
            if not (uid in ours and covers(ours[uid], point)):
                self._write(point, exists=uid in ours)
        self._policies(sorted({uid.rpartition("-")[0] for uid in wanted}))
        for uid in sorted(ours.keys() - wanted.keys()):
            self._delete(uid)
        return True

    def _points(self, patience_seconds: float) -> list[Json] | None:
        if self.organisation is None:
            return None
        waited = 0.0
        while (points := self.organisation.contact_points()) is None:
            if waited >= patience_seconds or self.pen.dry:
                return None
            self.sleep(_LOOK_SECONDS)
            waited += _LOOK_SECONDS
        return points

    def _policies(self, names: list[str]) -> None:
        organisation = self.organisation
        assert organisation is not None
        tree = organisation.policies() or {}
        wanted = policies(tree, names)
        if not same_policies(tree, wanted) and self.pen.do("change", "Verteilung der Meldungen"):
            organisation.write_policies(wanted)

    def _create(self, points: Mapping[str, Json]) -> None:
        for uid in points:
            self.pen.say("create", f"Meldeweg {uid}")
        self.pen.say("change", "Verteilung der Meldungen")

    def _write(self, point: Json, *, exists: bool) -> None:
        assert self.organisation is not None
        if self.pen.do("change" if exists else "create", f"Meldeweg {point['uid']}"):
            self.organisation.write_contact_point(point, exists=exists)

    def _delete(self, uid: str) -> None:
        assert self.organisation is not None
        if self.pen.do("delete", f"Meldeweg {uid}"):
            self.organisation.delete_contact_point(uid)


def _ours(points: list[Json]) -> dict[str, Json]:
    return {point["uid"]: point for point in points if str(point["name"]).startswith(RECEIVER)}
