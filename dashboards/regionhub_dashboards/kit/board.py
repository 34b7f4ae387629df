"""A whole dashboard: its head, variables and marks, and the panels from `parts`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from grafana_foundation_sdk.builders import dashboard as builder
from grafana_foundation_sdk.models import dashboard

from regionhub_dashboards.kit.parts import DATASOURCE, DATASOURCE_TYPE, AnyPanel, Look, Sql


def variable(name: str, label: str, sql: str) -> builder.QueryVariable:
    """Offer a choice of several; all at first."""
    return (
        builder.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query(sql)
        .refresh(dashboard.VariableRefresh.ON_DASHBOARD_LOAD)
        .multi(multi=True)
        .include_all(include_all=True)
        .allow_custom_value(allow_custom_value=False)
        .current(dashboard.VariableOption(selected=True, text="Alle", value=["$__all"]))
    )


def rejected(sql: str) -> builder.AnnotationQuery:
    """Mark where readings failed a test: they are left out of the lines."""
    return (
        builder.AnnotationQuery()
        .name("Verworfene Messwerte")
        .datasource(DATASOURCE)
        .enable(enable=True)
        .icon_color("#B26A00")
        .target(Sql(sql, form="table", ref="Anno"))
    )


class Board:
    """A dashboard with everything that all of them share."""

    def __init__(self, uid: str, look: Look, title: str, description: str) -> None:
        self._builder = (
            builder.Dashboard(title)
            .uid(uid)
            .description(description)
            .tags(["regionhub", f"template:{uid}@{look.version}"])
            .timezone("Europe/Berlin")
            .week_start("monday")
            .time("now-7d", "now")
            .refresh("5m")
            .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
            .editable()
            .with_variable(
                builder.DatasourceVariable("ds")
                .label("Datenquelle")
                .type(DATASOURCE_TYPE)
                .hide(dashboard.VariableHide.HIDE_VARIABLE)
            )
        )
        if look.portal_url:
            self._builder.link(
                builder.DashboardLink("Portal")
                .type(dashboard.DashboardLinkType.LINK)
                .url(look.portal_url)
                .tooltip("Dieselben Zahlen im Portal des Hubs")
                .icon("external link")
            )

    def build(
        self,
        variables: Iterable[builder.QueryVariable],
        annotations: Iterable[builder.AnnotationQuery],
        panels: Iterable[AnyPanel],
    ) -> dashboard.Dashboard:
        """Put it together; panels flow from left to right in their order."""
        for one in variables:
            self._builder.with_variable(one)
        for mark in annotations:
            self._builder.annotation(mark)
        for part in panels:
            self._builder.with_panel(part)
        return self._builder.build()


def to_plain(value: Any) -> Any:
    """SDK models as dicts and lists."""
    if hasattr(value, "to_json"):
        return to_plain(value.to_json())
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_plain(item) for item in value]
    return value
