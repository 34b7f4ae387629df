"""Overview, irrigation and gauges: what needs attention, the most urgent first."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from regionhub.access import Viewer
from regionhub.registry import devices, portal, sites
from regionhub.series import points
from regionhub.web.portal import states
from regionhub.web.portal.charts import sparkline
from regionhub.web.portal.frame import Frame, open_town
from regionhub.web.portal.rendering import STREAM, Renderer
from regionhub.web.portal.states import Place
from regionhub.web.portal.texts import Translate

#: Rows on the overview until somebody asks for all of them.
FIRST_ROWS = 100
SOIL_DAYS = 14


def create_router(renderer: Renderer) -> APIRouter:
    """Three pages."""
    router = APIRouter()

    @router.get("/")
    def overview(
        request: Request,
        visit: Viewer,
        art: str = "",
        zustand: str = "",
        ort: str = "",
        suche: str = "",
        alle: str = "",
    ) -> Response:
        with open_town(visit) as (connection, frame):
            everything = states.places(
                sites.sites(connection),
                sites.irrigation(connection),
                sites.gauges(connection),
                points.latest(connection),
            )
            health = devices.device_health(connection)
        found = [
            place
            for place in everything
            if art in ("", place.site["kind"])
            and zustand in ("", place.state.code)
            and ort in ("", str(place.site["tenant_id"]))
            and suche.strip().casefold() in place.site["name"].casefold()
        ]
        _ = renderer.gettext(request)
        present = {place.state.code for place in everything}
        labels = [(s.code, _(s.label)) for s in states.STATES.values() if s.code in present]
        return renderer.page(
            request,
            "overview.html",
            **frame.values(),
            live=STREAM,
            total=len(everything),
            figures=_figures(everything, health),
            places=found,
            shown=found if alle else found[:FIRST_ROWS],
            points=[_point(place, _) for place in found if place.site["latitude"] is not None],
            towns=_towns(frame),
            kinds=[(kind, _(label)) for kind, label in states.KINDS.items()],
            state_options=labels,
            legend=labels,
            chosen={"kind": art, "state": zustand, "town": ort, "search": suche},
        )

    @router.get("/bewaesserung")
    def irrigation(request: Request, visit: Viewer, stufe: str = "") -> Response:
        now = datetime.now(UTC)
        start = now - timedelta(days=SOIL_DAYS)
        with open_town(visit) as (connection, frame):
            rows = sites.irrigation(connection)
            levels = sites.irrigation_levels(connection)
            limits = portal.irrigation_thresholds(connection)
            textures = sites.soil_textures(connection)
            recent = _by_site(portal.recent_soil(connection, start=start))
        for row in rows:
            quantity = (
                "soil_water_tension" if row["tension_kpa"] is not None else "soil_moisture_vwc"
            )
            points = [
                (point["bucket"], point["value"])
                for point in recent[row["site_id"]]
                if point["quantity"] == quantity
            ]
            row["spark"] = sparkline(points, start=start - timedelta(days=1), end=now)
            row["spark_unit"] = "kPa" if quantity == "soil_water_tension" else "Vol-%"
        shown = [row for row in rows if stufe in ("", row["irrigation_level"])]
        return renderer.page(
            request,
            "irrigation.html",
            **frame.values(),
            live=STREAM,
            total=len(rows),
            counts=Counter(row["irrigation_level"] for row in rows),
            groups=_by_town(shown, frame),
            levels=levels,
            limits=limits,
            textures={row["soil_texture"]: row["name_de"] for row in textures},
            chosen=stufe,
        )

    @router.get("/pegel")
    def gauges(request: Request, visit: Viewer) -> Response:
        now = datetime.now(UTC)
        start = now - timedelta(hours=24)
        with open_town(visit) as (connection, frame):
            rows = sites.gauges(connection)
            recent = _by_site(portal.recent_levels(connection, start=start))
        for row in rows:
            row["town"] = frame.town_names.get(row["tenant_id"], "") if frame.several else ""
            row["spark"] = sparkline(
                [(point["time"], point["level_cm"]) for point in recent[row["site_id"]]],
                start=start,
                end=now,
                lines=[row["stage_1_cm"], row["stage_2_cm"], row["stage_3_cm"]],
                height=72,
            )
        rows.sort(key=lambda row: (states.gauge_state(row).urgency, row["name"]))
        return renderer.page(request, "gauges.html", **frame.values(), live=STREAM, gauges=rows)

    return router


def _figures(places: list[Place], health: list[dict[str, Any]]) -> dict[str, int]:
    count = Counter(place.state.code for place in places)
    kinds = Counter(place.site["kind"] for place in places)
    return {
        "now": count["now"],
        "soil": kinds["tree"] + kinds["bed"],
        "high": count["stage_1"] + count["stage_2"] + count["stage_3"],
        "gauges": kinds["gauge"],
        "silent": sum(row["state"] == "silent" for row in health if row["active"]),
        "devices": sum(bool(row["active"]) for row in health),
        "no_data": count["no_data"],
    }


def _point(place: Place, _: Translate) -> dict[str, Any]:
    return {
        "id": place.site["site_id"],
        "name": place.site["name"],
        "kind": place.site["kind"],
        "lat": place.site["latitude"],
        "lon": place.site["longitude"],
        "sign": place.state.sign,
        "tone": place.state.tone,
        "text": _(place.state.label),
        "urgency": place.state.urgency,
    }


def _towns(frame: Frame) -> list[dict[str, Any]]:
    return [
        {"name": tenant["name"], "lat": tenant["latitude"], "lon": tenant["longitude"]}
        for tenant in frame.tenants
        if tenant["latitude"] is not None
    ]


def _by_site(rows: list[dict[str, Any]]) -> defaultdict[int, list[dict[str, Any]]]:
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["site_id"]].append(row)
    return found


def _by_town(rows: list[dict[str, Any]], frame: Frame) -> list[tuple[str, list[dict[str, Any]]]]:
    """Rows of each town in their order of need; towns by name."""
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["tenant_id"]].append(row)
    names = frame.town_names
    return sorted((names.get(tenant_id, ""), group) for tenant_id, group in found.items())
