"""The forecast on the page of a gauge."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from tests import forecasts
from tests.pages import Portal, text


def test_the_forecast_is_in_the_chart_and_its_skill_beside_it(
    portal: Portal, crew: httpx.Client
) -> None:
    site = portal.sites["Ruhr Oberstadt"]
    page = text(crew.get(f"/standorte/{site}"))
    assert "Noch keine Vorhersage" in page
    world = portal.world
    [row] = world.select("select tenant_id, now() from core.site where site_id = %s", site)
    forecasts.furnish(world, row["tenant_id"], site, row["now"] - timedelta(minutes=1))
    page = text(crew.get(f"/standorte/{site}"))
    assert "Nur Trend: Zum Lernen braucht es 60 Tage und drei Hochwasser" in page
    assert "Ohne Niederschlag und ohne Niederschlagsvorhersage." in page
    assert "5–95 cm" in page
    assert "1: 1 / 0 / 0" in page
    charts = crew.get(f"/standorte/{site}/kurven?zeitraum=24h").json()["charts"]
    lines = {line["name"]: line for chart in charts for line in chart["lines"]}
    coming = lines["Vorhersage (Band 90 %)"]
    assert coming["low"][-1] == pytest.approx(5)
    assert coming["high"][-1] == pytest.approx(95)
    table = text(crew.get(f"/standorte/{site}/werte?kurve=wasserstand"))
    assert "Vorhersage" not in table
    for kind in ("model", "forecast", "skill"):
        world.owner.execute(f"delete from core.gauge_{kind} where site_id = %s", [site])
