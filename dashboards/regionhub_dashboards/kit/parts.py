"""What all dashboards are put together from.

Panels differ in kind only; title, description, size, data source and resolution are set here, the
same for all. The town is never chosen in a dashboard: the database role of the data source decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, TypeAlias, TypeVar

from grafana_foundation_sdk.builders import common as common_builder
from grafana_foundation_sdk.builders import dashboard as builder
from grafana_foundation_sdk.builders import geomap, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.cog import builder as cog
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models.geomap import TooltipMode

from regionhub_dashboards.kit.levels import Level
from regionhub_dashboards.kit.statements import MAX_LINES, MAX_ROWS

DATASOURCE_TYPE = "grafana-postgresql-datasource"
DATASOURCE = common.DataSourceRef(type_val=DATASOURCE_TYPE, uid="${ds}")
#: Most points of a line, and the shortest step between them: together they fix the resolution.
MAX_DATA_POINTS = 600
MIN_INTERVAL = "10m"
#: Lines of one chart have different clocks; a line bridges this long, and a sensor that is silent
#: for longer than three of its intervals leaves an explicit null (api.series).
SPAN_NULLS_MS = 3 * 3600 * 1000
TIMESTAMP_UNIT = "dateTimeAsLocal"
#: What panels say that do not show all that is chosen.
FEW_LINES = f"Höchstens {MAX_LINES} davon, die dringendsten."
FEW_ROWS = f", höchstens {MAX_ROWS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a dashboard takes from the hub that it is made for.

    Args:
        version: of its solution.
        tile_url: background tiles of the maps, with {z} {x} {y}.
        attribution: the credit shown on the maps.
        portal_url: where the hub's portal is; empty: there is no link to it.
    """

    version: str
    tile_url: str = ""
    attribution: str = ""
    portal_url: str = ""


class Sql(cog.Builder[variants.Dataquery], variants.Dataquery):
    """One statement as a query of Grafana's PostgreSQL data source."""

    def __init__(self, sql: str, *, form: str = "time_series", ref: str = "A") -> None:
        self.sql = sql
        self.form = form
        self.ref_id = ref

    def build(self) -> variants.Dataquery:
        """Return itself."""
        return self

    def to_json(self) -> dict[str, object]:
        """Write the query as Grafana stores it."""
        return {
            "refId": self.ref_id,
            "rawSql": self.sql,
            "rawQuery": True,
            "editorMode": "code",
            "format": self.form,
            "datasource": {"type": DATASOURCE_TYPE, "uid": "${ds}"},
        }


class _Panel(Protocol):
    def id(self, id_val: int) -> Self: ...
    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def datasource(self, datasource: common.DataSourceRef) -> Self: ...
    def span(self, w: int) -> Self: ...
    def height(self, h: int) -> Self: ...
    def unit(self, unit: str) -> Self: ...
    def max_data_points(self, max_data_points: float) -> Self: ...
    def interval(self, interval: str) -> Self: ...


P = TypeVar("P", bound=_Panel)
AnyPanel = cog.Builder[dashboard.Panel]
TablePanel: TypeAlias = table.Panel
LinesPanel: TypeAlias = timeseries.Panel


def panel(
    kind: P, number: int, title: str, description: str, *, size: tuple[int, int], unit: str
) -> P:
    """Give a panel what every panel needs. `number` is its id and never changes."""
    return (
        kind.id(number)
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .span(size[0])
        .height(size[1])
        .unit(unit)
        .max_data_points(MAX_DATA_POINTS)
        .interval(MIN_INTERVAL)
    )


def lines(*queries: Sql) -> timeseries.Panel:
    """Draw a line chart in which a gap stays a gap."""
    chart = (
        timeseries.Panel()
        .line_width(2)
        .span_nulls(SPAN_NULLS_MS)
        .show_points(common.VisibilityMode.AUTO)
        .legend(legend_below())
        .tooltip(common_builder.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI))
    )
    for query in queries:
        chart.with_target(query)
    return chart


def legend_below() -> common_builder.VizLegendOptions:
    """At the right a legend takes half of a chart."""
    return (
        common_builder.VizLegendOptions()
        .display_mode(common.LegendDisplayMode.LIST)
        .placement(common.LegendPlacement.BOTTOM)
        .show_legend(show_legend=True)
    )


def columns(sql: str, nothing: str) -> table.Panel:
    """Show a table of the rows of a statement, in its order; `nothing` is said of no rows."""
    return (
        table.Panel()
        .with_target(Sql(sql, form="table"))
        .filterable(filterable=True)
        .min_width(60)
        .no_value(nothing)
    )


def rows_to_fields(
    name: str, value: str, *, colour: str | None = None
) -> dashboard.DataTransformerConfig:
    """Make a field of each row: called as one column says, with the colour of another one."""
    columns = {name: "field.name", value: "field.value"} | ({colour: "color"} if colour else {})
    return dashboard.DataTransformerConfig(
        id_val="rowsToFields",
        options={
            "mappings": [{"fieldName": field, "handlerKey": key} for field, key in columns.items()]
        },
    )


def counts(sql: str, colours: Mapping[str, str]) -> stat.Panel:
    """Show a row of numbers, named by the statement's text column."""
    return with_colours(
        stat.Panel()
        .with_target(Sql(sql, form="table"))
        .with_transformation(dashboard.DataTransformerConfig(id_val="rowsToFields", options={}))
        .reduce_options(
            common_builder.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False)
        )
        .graph_mode(common.BigValueGraphMode.NONE)
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        .color_mode(common.BigValueColorMode.VALUE),
        colours,
    )


def with_colours(chart: stat.Panel, colours: Mapping[str, str]) -> stat.Panel:
    """Fix the colours by field name."""
    for name, colour in colours.items():
        chart.override_by_name(
            name,
            [dashboard.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})],
        )
    return chart


def timeline(sql: str) -> statetimeline.Panel:
    """Draw coloured bars of states over time; nothing is drawn where nothing is known."""
    return (
        statetimeline.Panel()
        .with_target(Sql(sql))
        .merge_values(merge_values=True)
        .show_value(common.VisibilityMode.NEVER)
        .span_nulls(SPAN_NULLS_MS)
        .fill_opacity(80)
        .legend(legend_below())
    )


def places(sql: str, *, colour_field: str, look: Look) -> geomap.Panel:
    """Draw a map of the rows with columns Breite and Länge, coloured by another column.

    It has no legend: Grafana's would show the numbers of the levels; see `colour_words`.
    """
    markers = (
        common_builder.MapLayerOptions()
        .type("markers")
        .name("Standorte")
        .tooltip(tooltip=True)
        .location(
            common_builder.FrameGeometrySource()
            .mode(common.FrameGeometrySourceMode.COORDS)
            .latitude("Breite")
            .longitude("Länge")
        )
        .config(
            {
                "showLegend": False,
                "style": {
                    "color": {"field": colour_field, "fixed": "#6B7280"},
                    "opacity": 0.9,
                    "size": {"fixed": 7, "min": 2, "max": 15},
                    "symbol": {"fixed": "img/icons/marker/circle.svg", "mode": "fixed"},
                },
            }
        )
    )
    return (
        geomap.Panel()
        .with_target(Sql(sql, form="table"))
        .view(geomap.MapViewConfig().id("fit").all_layers(all_layers=True).padding(10).zoom(12))
        .basemap(
            common_builder.MapLayerOptions()
            .type("xyz")
            .name("Hintergrund")
            .config({"url": look.tile_url, "attribution": look.attribution})
        )
        .layers([markers])
        .tooltip(geomap.TooltipOptions().mode(TooltipMode.DETAILS))
    )


def value_mappings(levels: Iterable[Level]) -> list[dashboard.ValueMapping]:
    """Map numbers to names and colours."""
    return text_mappings({str(level.value): level for level in levels})


def text_mappings(levels: Mapping[str, Level]) -> list[dashboard.ValueMapping]:
    """Map words to names and colours."""
    return [
        dashboard.ValueMap(
            {
                word: dashboard.ValueMappingResult(
                    text=level.label, color=level.colour, index=place
                )
                for place, (word, level) in enumerate(levels.items())
            }
        )
    ]


def thresholds(levels: Iterable[Level]) -> builder.ThresholdsConfig:
    """Colour by number, for what cannot be mapped."""
    steps = [
        dashboard.Threshold(value=None if place == 0 else float(level.value), color=level.colour)
        for place, level in enumerate(sorted(levels, key=lambda level: level.value))
    ]
    return builder.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(steps)


def colour_words(levels: Iterable[Level]) -> str:
    """Say which number of a map's colour means what: Grafana's own legend cannot."""
    return "Farben von dringend zu unkritisch: " + ", ".join(level.label for level in levels) + "."


def column(
    unit: str = "", *, width: int | None = None, decimals: int | None = None
) -> list[dashboard.DynamicConfigValue]:
    """Set unit, width (pixels) and decimals of one column of a table."""
    values: dict[str, object] = {"unit": unit or None, "custom.width": width, "decimals": decimals}
    return [
        dashboard.DynamicConfigValue(name, value)
        for name, value in values.items()
        if value is not None
    ]


def coloured(
    mappings: Sequence[dashboard.ValueMapping], *, width: int | None = None
) -> list[dashboard.DynamicConfigValue]:
    """Show the name in a column on its colour."""
    return [
        *column("none", width=width),
        dashboard.DynamicConfigValue("custom.align", "center"),
        dashboard.DynamicConfigValue("mappings", list(mappings)),
        dashboard.DynamicConfigValue(
            "custom.cellOptions", {"type": "color-background", "mode": "basic"}
        ),
    ]
