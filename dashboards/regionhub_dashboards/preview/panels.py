"""Panels of a dashboard as HTML. Only lines and bars are drawn by a script (preview.js)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from regionhub_dashboards.kit.macros import TimeRange
from regionhub_dashboards.preview.answers import Answers, Json, Row

_BERLIN = ZoneInfo("Europe/Berlin")
#: A cell of more letters than these breaks.
_LONG = 40
_SUFFIX = {
    "celsius": " °C",
    "percent": " %",
    "volt": " V",
    "lengthcm": " cm",
    "pressurekpa": " kPa",
    "dBm": " dBm",
    "dB": " dB",
    "h": " h",
    "litre": " l",
}
_NOTHING = "keine Daten"


def drawn(panel: Json, answers: Answers) -> str:
    """The inside of one panel."""
    kind = panel["type"]
    if kind == "text":
        return f"<p>{escape(panel['options']['content'].replace('**', ''))}</p>"
    rows = [row for target in panel["targets"] for row in answers.rows(target["rawSql"])]
    config = _Config(panel)
    if not rows:
        return f'<p class="nothing">{escape(config.defaults.get("noValue") or _NOTHING)}</p>'
    draw = {
        "table": _table,
        "stat": _figures,
        "geomap": _places,
        "state-timeline": _states,
    }.get(kind)
    return draw(rows, config) if draw else _lines(rows, config, answers.span)


class _Config:
    """Units, words and colours of the fields of a panel."""

    def __init__(self, panel: Json) -> None:
        config = panel.get("fieldConfig") or {}
        self.panel = panel
        self.defaults: Json = config.get("defaults") or {}
        self._overrides = [
            (each["matcher"], {p["id"]: p["value"] for p in each["properties"]})
            for each in config.get("overrides") or []
        ]

    def of(self, field: str) -> Json:
        """What holds for a field."""
        found = dict(self.defaults)
        for matcher, properties in self._overrides:
            if _matches(matcher, field):
                found |= properties
        return found

    def shown(self, field: str, value: Any) -> tuple[str, str]:
        """A value in words, and its colour if it has one."""
        config = self.of(field)
        for mapping in config.get("mappings") or []:
            options = mapping["options"]
            if mapping["type"] == "special":
                if value is None and options["match"] == "null":
                    return options["result"]["text"], options["result"].get("color", "")
            elif _key(value) in options:
                found = options[_key(value)]
                return found["text"], found.get("color", "")
        return _plain(value, config), ""

    def threshold(self, value: float) -> str:
        """The colour of a number."""
        steps = (self.defaults.get("thresholds") or {}).get("steps") or [{"color": "#55605e"}]
        reached = [step for step in steps if step.get("value") is None or step["value"] <= value]
        return str(reached[-1]["color"])


def _matches(matcher: Json, field: str) -> bool:
    if matcher["id"] == "byRegexp":
        return re.search(matcher["options"].strip("/"), field) is not None
    return bool(matcher["options"] == field)


def _key(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _plain(value: Any, config: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(_BERLIN).strftime("%d.%m. %H:%M")
    if isinstance(value, date):
        return value.strftime("%d.%m.%Y")
    if not isinstance(value, int | float | Decimal):
        return str(value)
    number = f"{value:.{int(config.get('decimals') or 0)}f}".replace(".", ",")
    return number + _suffix(config)


def _suffix(config: Json) -> str:
    unit = str(config.get("unit") or "")
    return _SUFFIX.get(unit, unit.removeprefix("suffix:") if unit.startswith("suffix:") else "")


def _table(rows: Sequence[Row], config: _Config) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in rows[0])
    body = []
    for row in rows:
        cells = []
        for name, value in row.items():
            words, colour = config.shown(name, value)
            look = f' style="background:{escape(colour)};color:#fff"' if colour else ""
            long = ' class="long"' if len(words) > _LONG else ""
            cells.append(f"<td{long}{look}>{escape(words)}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _figures(rows: Sequence[Row], config: _Config) -> str:
    shown = []
    for row in rows:
        name, value, *colours = row.values()
        colour = colours[0] if colours else (config.of(name).get("color") or {}).get("fixedColor")
        words = _plain(value, config.of(name)) or "–"
        shown.append(
            f'<li style="border-color:{escape(colour or "#55605e")}"><b>{escape(words)}</b>'
            f"<span>{escape(str(name))}</span></li>"
        )
    return f'<ul class="figures">{"".join(shown)}</ul>'


def _places(rows: Sequence[Row], config: _Config) -> str:
    """Where things lie to each other; Grafana draws them on a map."""
    field = config.panel["options"]["layers"][0]["config"]["style"]["color"]["field"]
    lats, lons = ([float(row[name]) for row in rows] for name in ("Breite", "Länge"))
    height, width = max(max(lats) - min(lats), 0.01), max(max(lons) - min(lons), 0.01)
    dots = "".join(
        f'<circle cx="{20 + 560 * (lon - min(lons)) / width:.0f}" '
        f'cy="{260 - 240 * (lat - min(lats)) / height:.0f}" r="7" '
        f'fill="{escape(config.threshold(float(row[field])))}">'
        f"<title>{escape(str(next(iter(row.values()))))}</title></circle>"
        for row, lat, lon in zip(rows, lats, lons, strict=True)
    )
    return f'<svg viewBox="0 0 600 280" role="img" aria-label="Lage">{dots}</svg>'


def _states(rows: Sequence[Row], config: _Config) -> str:
    """A bar for each line, coloured by what was so until the next row."""
    lines: dict[str, list[Row]] = {}
    for row in rows:
        lines.setdefault(str(row["metric"]), []).append(row)
    first, last = (edge(row["time"] for row in rows) for edge in (min, max))
    whole = max((last - first).total_seconds(), 1.0)
    bars = []
    for name, points in lines.items():
        parts = ""
        ends = [*(row["time"] for row in points[1:]), last]
        for row, end in zip(points, ends, strict=True):
            words, colour = config.shown("", row["value"])
            if row["value"] is not None:
                share = 100 * (end - row["time"]).total_seconds() / whole
                start = 100 * (row["time"] - first).total_seconds() / whole
                parts += (
                    f'<i title="{escape(words)}" style="left:{start:.2f}%;width:{share:.2f}%;'
                    f'background:{escape(colour or "#55605e")}"></i>'
                )
        bars.append(f'<li><span>{escape(name)}</span><span class="bar">{parts}</span></li>')
    return f'<ul class="states">{"".join(bars)}</ul>'


def _lines(rows: Sequence[Row], config: _Config, span: TimeRange) -> str:
    """The points for preview.js, by line."""
    lines: dict[str, list[tuple[float, float | None]]] = {}
    for row in rows:
        lines.setdefault(str(row["metric"]), []).append((row["time"].timestamp(), row["value"]))
    custom = config.defaults.get("custom") or {}
    data = {
        "lines": [_line(name, points, config.of(name)) for name, points in lines.items()],
        "span": [span.start.timestamp(), span.end.timestamp()],
        "unit": _suffix(config.defaults),
        "bars": custom.get("drawStyle") == "bars",
    }
    return f'<div class="lines" data-lines="{escape(json.dumps(data, ensure_ascii=False))}"></div>'


def _line(name: str, points: Sequence[tuple[float, float | None]], look: Json) -> Json:
    """A line, and how it differs from others: such as that of a stage, which no legend names."""
    return {
        "name": name,
        "points": points,
        "colour": (look.get("color") or {}).get("fixedColor"),
        "dash": (look.get("custom.lineStyle") or {}).get("dash"),
        "named": not (look.get("custom.hideFrom") or {}).get("legend"),
    }
