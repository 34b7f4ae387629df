"""One site: what it measures now and what it measured."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request, Response

from regionhub.access import Viewer
from regionhub.errors import NotFound
from regionhub.readings import Quality
from regionhub.registry import devices as device_store
from regionhub.registry import portal, sites
from regionhub.series import points
from regionhub.store.database import Connection
from regionhub.web.portal import states
from regionhub.web.portal.charts import GAP_INTERVALS
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import STREAM, Renderer
from regionhub.web.portal.texts import Translate, mark

RANGES = {
    "24h": (mark("24 Stunden"), timedelta(hours=24)),
    "7t": (mark("7 Tage"), timedelta(days=7)),
    "60t": (mark("60 Tage"), timedelta(days=60)),
}
ROLLUPS = {"hourly": mark("Stundenmittel"), "daily": mark("Tagesmittel")}
#: The finest resolution that stays within this is drawn: 60 days by the hour.
MOST_POINTS = 1500
TABLE_ROWS = 300
LEVEL_QUANTITIES = frozenset({"distance", "pressure_difference", "water_depth", "water_level"})
_STEP = {"hourly": timedelta(hours=1), "daily": timedelta(days=1)}


@dataclass(slots=True)
class Line:
    """One curve of a chart, as the browser gets it: [milliseconds, value]."""

    name: str
    points: list[list[float | None]] = field(default_factory=list)
    band: list[list[float | None]] = field(default_factory=list)
    suspect: list[list[float]] = field(default_factory=list)
    fail: list[list[float]] = field(default_factory=list)


@dataclass(slots=True)
class _Chart:
    title: str
    unit: str
    decimals: int
    lines: list[tuple[Line, list[dict[str, Any]]]] = field(default_factory=list)
    resolution: str = "raw"
    limits: list[dict[str, Any]] = field(default_factory=list)
    bands: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, str]] = field(default_factory=list)


def create_router(renderer: Renderer) -> APIRouter:
    """One page."""
    router = APIRouter()

    @router.get("/standorte/{site_id}")
    def site_page(
        request: Request,
        visit: Viewer,
        site_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
        zeitraum: str = "24h",
    ) -> Response:
        _ = renderer.gettext(request)
        chosen = zeitraum if zeitraum in RANGES else "24h"
        now = datetime.now(UTC)
        start = now - RANGES[chosen][1]
        with open_town(visit) as (connection, frame):
            site = sites.site(connection, site_id)
            if site is None:
                raise NotFound("There is no such site.")
            irrigation = next(iter(sites.irrigation(connection, site_id=site_id)), None)
            gauge = next(iter(sites.gauges(connection, site_id=site_id)), None)
            latest = points.latest(connection, site_id=site_id)
            streams = points.datastreams(connection, site_id=site_id)
            reader = _Reader(connection, site, streams, start, now, renderer.language(request))
            found = reader.charts(_)
            installed = device_store.devices(connection, site_id=site_id)
            health = device_store.device_health(connection, site_id=site_id)
            textures = {
                row["soil_texture"]: row["name_de"] for row in sites.soil_textures(connection)
            }
        by_id = {stream["datastream_id"]: stream for stream in streams}
        # a battery is told less often than the soil around it: it is old when that is old
        measuring = {
            row["device_id"] for row in latest if row["theme"] != "device" and not row["stale"]
        }
        for row in latest:
            row["stale"] &= row["theme"] != "device" or row["device_id"] not in measuring
            row["label"] = reader.label(by_id.get(row["datastream_id"], row), _)
        for row in health:
            row["site_name"] = row["town"] = None
        [place] = states.places(
            [site], [irrigation] if irrigation else [], [gauge] if gauge else [], latest
        )
        shown = [_for_page(chart, start, now, _) for chart in found]
        label = irrigation and irrigation[f"label_{reader.language}"]
        return renderer.page(
            request,
            "site.html",
            **frame.values(),
            live=f"{STREAM}?{urlencode({'site': site_id})}",
            site=site,
            place=place,
            level_label=label,
            irrigation=irrigation,
            gauge=gauge,
            latest=sorted(latest, key=lambda row: str(row["label"])),
            devices=health,
            on_site=True,
            series=shown,
            curves=[
                {k: v for k, v in chart.items() if k not in {"rows", "files"}} for chart in shown
            ],
            words={"suspect": _("auffällig"), "fail": _("unplausibel")},
            ranges=[(key, _(text)) for key, (text, _length) in RANGES.items()],
            range=chosen,
            facts=_facts(site, installed, textures, Formats(reader.language, now), _),
        )

    return router


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the charts of one site."""

    connection: Connection
    site: dict[str, Any]
    streams: list[dict[str, Any]]
    start: datetime
    end: datetime
    language: str

    def label(self, stream: dict[str, Any], _: Translate) -> str:
        """Name of a series: quantity, then depth or position."""
        name = stream.get(f"name_{self.language}") or stream["quantity"]
        return f"{name}, {where}" if (where := self.where(stream, _)) else str(name)

    def where(self, stream: dict[str, Any], _: Translate) -> str:
        """Where a sensor sits: its position, else the depth it was installed at."""
        if stream["position"]:
            return _("Position %(name)s") % {"name": str(stream["position"]).replace("_", " ")}
        if stream["depth_cm"] is not None and stream["theme"] != "device":
            return _("%(depth)s cm tief") % {"depth": f"{stream['depth_cm']:g}"}
        return ""

    def charts(self, _: Translate) -> list[_Chart]:
        """Level first, then one chart for each quantity; the device itself is left out."""
        found: list[_Chart] = []
        if self.site["kind"] == "gauge":
            found.append(self._level(_))
        groups = defaultdict(list)
        for stream in self.streams:
            level = self.site["kind"] == "gauge" and stream["quantity"] in LEVEL_QUANTITIES
            if stream["theme"] != "device" and not level:
                groups[stream["quantity"]].append(stream)
        return found + [self._quantity(group, _) for group in groups.values()]

    def _level(self, _: Translate) -> _Chart:
        chart = _Chart(_("Wasserstand"), "cm", 0)
        found = points.water_levels(
            self.connection,
            self.site["site_id"],
            start=self.start,
            end=self.end,
            max_points=MOST_POINTS,
        )
        names = {stream["datastream_id"]: stream["device_name"] for stream in self.streams}
        rows = defaultdict(list)
        for row in found.rows:
            rows[row["datastream_id"]].append(_row(row, "level_cm", "_cm"))
        chart.resolution = found.resolution
        for datastream_id, line_rows in rows.items():
            name = names.get(datastream_id, _("früherer Sensor"))
            chart.lines.append(
                (_line(name, line_rows, self._interval(datastream_id, found)), line_rows)
            )
        for stage, tone in ((1, "warn"), (2, "high"), (3, "alarm")):
            value = self.site[f"stage_{stage}_cm"]
            if value is not None:
                label = _("Stufe %(stage)s: %(value)s cm") % {"stage": stage, "value": f"{value:g}"}
                chart.limits.append({"value": value, "label": label, "tone": tone})
        chart.files = [self._file(f"/api/v1/gauges/{self.site['site_id']}/levels", "")]
        return chart

    def _quantity(self, streams: list[dict[str, Any]], _: Translate) -> _Chart:
        first = streams[0]
        chart = _Chart(first[f"name_{self.language}"], first["symbol"], first["decimals"])
        for stream in streams:
            found = points.readings(
                self.connection,
                stream["datastream_id"],
                # what a sensor measured before belongs to another site
                start=max(self.start, stream["installed_since"]),
                end=self.end,
                max_points=MOST_POINTS,
            )
            rows = [_row(row, "value", "") for row in found.rows]
            if found.resolution != "raw":
                chart.resolution = found.resolution
            name = self.where(stream, _) or stream["device_name"]
            line = _line(name, rows, self._interval(stream["datastream_id"], found))
            chart.lines.append((line, rows))
            path = f"/api/v1/datastreams/{stream['datastream_id']}/readings"
            chart.files.append(self._file(path, name))
        chart.bands, chart.limits = self._soil_bands(first["quantity"], _)
        return chart

    def _interval(self, datastream_id: int, found: points.Points) -> timedelta:
        if found.resolution != "raw":
            return _STEP[found.resolution]
        for stream in self.streams:
            if stream["datastream_id"] == datastream_id:
                return timedelta(seconds=stream["interval_seconds"])
        return timedelta(hours=1)

    def _file(self, path: str, name: str) -> dict[str, str]:
        period = {
            "from": f"{self.start:%Y-%m-%dT%H:%M:%SZ}",
            "to": f"{self.end:%Y-%m-%dT%H:%M:%SZ}",
        }
        return {"url": f"{path}?{urlencode(period | {'format': 'csv'})}", "name": name}

    def _soil_bands(
        self, quantity: str, _: Translate
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Bands of the irrigation levels in the unit of the chart."""
        if self.site["kind"] not in {"tree", "bed"}:
            return [], []
        limits = portal.irrigation_thresholds(self.connection)
        if quantity == "soil_water_tension":
            edges = [limits["wet_kpa"], limits["soon_kpa"], limits["now_kpa"]]
            tones = ["water", "good", "warn", "alarm"]
        elif quantity == "soil_moisture_vwc" and self.site["soil_texture"]:
            soil = next(
                row
                for row in sites.soil_textures(self.connection)
                if row["soil_texture"] == self.site["soil_texture"]
            )
            low, high = soil["wilting_point_pct"], soil["field_capacity_pct"]
            wanted = [limits["now_nfk_pct"], limits["soon_nfk_pct"], limits["wet_nfk_pct"]]
            edges = [round(low + percent / 100 * (high - low), 2) for percent in wanted]
            tones = ["alarm", "warn", "good", "water"]
        else:
            return [], []
        ends = [None, *edges, None]
        bands = [
            {"low": ends[i], "high": ends[i + 1], "tone": tone} for i, tone in enumerate(tones)
        ]
        words = [_("jetzt gießen"), _("bald gießen"), _("nass")]
        marks = [edges[2], edges[1], edges[0]] if tones[0] == "water" else edges
        tone_of = ["alarm", "warn", "water"]
        return bands, [
            {"value": value, "label": label, "tone": tone}
            for value, label, tone in zip(marks, words, tone_of, strict=True)
        ]


def _row(row: dict[str, Any], raw: str, suffix: str) -> dict[str, Any]:
    """Raw readings and rollups in one shape."""
    if "bucket" in row:
        return {
            "time": row["bucket"],
            "value": row[f"avg{suffix}"],
            "min": row[f"min{suffix}"],
            "max": row[f"max{suffix}"],
            "quality": Quality.GOOD,
        }
    return {"time": row["time"], "value": row[raw], "quality": row["quality"]}


def _line(name: str, rows: list[dict[str, Any]], interval: timedelta) -> Line:
    """A curve with its gaps left open; failed values stand beside it, never in it."""
    line = Line(name)
    before: datetime | None = None
    for row in rows:
        if row["value"] is None:
            continue
        at = round(row["time"].timestamp() * 1000)
        value = round(row["value"], 3)
        if row["quality"] == Quality.FAIL:
            line.fail.append([at, value])
            continue
        if row["quality"] == Quality.MISSING:
            continue
        if row["quality"] == Quality.SUSPECT:
            line.suspect.append([at, value])
        if before is not None and row["time"] - before > GAP_INTERVALS * interval:
            line.points.append([at - 1, None])
            if "min" in row:
                line.band.append([at - 1, None, None])
        line.points.append([at, value])
        if "min" in row:
            line.band.append([at, round(row["min"], 3), round(row["max"], 3)])
        before = row["time"]
    return line


def _for_page(chart: _Chart, start: datetime, end: datetime, _: Translate) -> dict[str, Any]:
    rows = sorted(
        ({**row, "name": line.name} for line, rows in chart.lines for row in rows),
        key=lambda row: row["time"],
        reverse=True,
    )
    low, high = _scale(chart)
    inside = [
        limit for limit in chart.limits if low is None or low <= limit["value"] <= (high or low)
    ]
    return {
        "title": chart.title,
        "unit": chart.unit,
        "decimals": chart.decimals,
        "rollup": _(ROLLUPS[chart.resolution]) if chart.resolution in ROLLUPS else "",
        "several": len(chart.lines) > 1,
        "count": len(rows),
        "files": chart.files,
        "start": round(start.timestamp() * 1000),
        "end": round(end.timestamp() * 1000),
        "low": low,
        "high": high,
        "limits": inside,
        "bands": chart.bands,
        "lines": [
            {
                "name": line.name,
                "points": line.points,
                "band": line.band,
                "suspect": line.suspect,
                "fail": [
                    point for point in line.fail if low is None or low <= point[1] <= (high or low)
                ],
            }
            for line, _rows in chart.lines
        ],
        "hidden": sum(
            low is not None and not low <= point[1] <= (high or low)
            for line, _rows in chart.lines
            for point in line.fail
        ),
        "rows": rows[:TABLE_ROWS],
    }


def _scale(chart: _Chart) -> tuple[float | None, float | None]:
    """The span of believable values with the limits near them.

    One value that failed must not flatten a curve; what lies outside is counted below the chart.
    """
    values = [p[1] for line, _rows in chart.lines for p in line.points if p[1] is not None]
    for line, _rows in chart.lines:
        values += [v for _t, *pair in line.band for v in pair if v is not None]
    if not values:
        return None, None
    low, high = min(values), max(values)
    reach = max((high - low) * 1.5, 10.0**-chart.decimals * 5)
    near = [x["value"] for x in chart.limits if low - reach <= x["value"] <= high + reach]
    low, high = min([low, *near]), max([high, *near])
    margin = max((high - low) * 0.08, 10.0**-chart.decimals * 2)
    return round(low - margin, chart.decimals), round(high + margin, chart.decimals)


def _facts(
    site: dict[str, Any],
    installed: list[dict[str, Any]],
    textures: dict[str, str],
    fmt: Formats,
    _: Translate,
) -> list[tuple[str, str]]:
    """What is known about a site, and only that."""
    facts: list[tuple[str, str]] = []
    if site["latitude"] is not None:
        place = _("%(latitude)s N, %(longitude)s O") % {
            "latitude": fmt.number(site["latitude"], 5),
            "longitude": fmt.number(site["longitude"], 5),
        }
        facts.append((_("Lage (WGS 84)"), place))
    if site["soil_texture"]:
        texture = site["soil_texture"]
        facts.append((_("Bodenart (KA5)"), f"{texture}, {textures[texture]}"))
    if site["planted_year"]:
        facts.append((_("Pflanzjahr"), str(site["planted_year"])))
    if site["gauge_zero_m"] is not None:
        zero = _("%(height)s m ü. NHN") % {"height": fmt.number(site["gauge_zero_m"], 2)}
        facts.append((_("Pegelnullpunkt"), zero))
    stages = [site[f"stage_{n}_cm"] for n in (1, 2, 3) if site[f"stage_{n}_cm"] is not None]
    if stages:
        facts.append((_("Stufen"), " / ".join(fmt.number(value) for value in stages) + " cm"))
    for device in installed:
        parts = []
        if device["mounting_height_cm"] is not None:
            height = fmt.number(device["mounting_height_cm"])
            parts.append(_("%(height)s cm über Pegelnull") % {"height": height})
        if device["depth_cm"] is not None:
            parts.append(_("%(depth)s cm tief") % {"depth": fmt.number(device["depth_cm"])})
        parts.append(_("seit %(day)s") % {"day": fmt.day(device["installed_since"])})
        name = _("Einbau %(device)s") % {"device": device["name"]}
        facts.append((name, ", ".join(parts)))
    if site["note"]:
        facts.append((_("Notiz"), site["note"]))
    return facts
