"""What a town has of feeds: one, a station, a forecast, a fire danger index and a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.town import Town


def feed(town: Town, text: str, kind: str = "dwd-forecast", **columns: Any) -> int:
    """A feed that nobody fetches; `text` stands in all of its texts."""
    ids = {"tenant_id": town.tenant_id}
    source = {"kind": "reference", "broker_url": f"http://{text}/", "topics": ["*"]}
    made = town.world.add("core.source", **ids, name=f"{text} {kind}", format=kind, **source)
    usual = {"every_seconds": 3600, "reach_km": 50, "licence": text, "origin": text}
    made_id = int(made["source_id"])
    town.world.add("core.feed", **ids, source_id=made_id, **usual | columns)
    return made_id


def station(town: Town, source_id: int, text: str, **columns: Any) -> int:
    """A station of it."""
    usual = {"code": text, "name": text, "latitude": 51.1, "longitude": 8.1}
    given = {"tenant_id": town.tenant_id, "source_id": source_id}
    return int(town.world.add("core.feed_station", **given, **usual | columns)["feed_station_id"])


def warning(town: Town, source_id: int, text: str, warn_cell: str, **columns: Any) -> None:
    """A warning that holds."""
    texts = dict.fromkeys(("identifier", "event", "headline", "description", "instruction"), text)
    times = {"onset": town.world.ago(hours=1), "expires": town.world.ago(hours=-5)}
    usual: dict[str, Any] = {**texts, **times, "severity": "severe", "sent_at": times["onset"]}
    given = {"tenant_id": town.tenant_id, "source_id": source_id, "warn_cell": warn_cell}
    town.world.add("core.warning", **given, **usual | columns)


def furnish(town: Town, text: str, ags: str) -> dict[str, int]:
    """The rows, with a text in all that is one; returns their ids by the names of routes."""
    source = feed(town, text, problem=text, problem_detail=text, stations=[text])
    point = station(town, source, text)
    ids = {"tenant_id": town.tenant_id, "feed_station_id": point}
    now = town.world.now
    town.world.add("core.weather_forecast", **ids, time=now, issued_at=now, rain_mm=1.5)
    [today] = town.world.select("select (now() at time zone 'Europe/Berlin')::date::text as day")
    town.world.add("core.fire_danger_index", **ids, **today, issued_at=now, wbi=3)
    warning(town, source, text, f"8{ags}")
    file = {"path": text, "etag": text, "last_modified": text, "asked_at": now}
    town.world.add("core.feed_file", tenant_id=town.tenant_id, source_id=source, **file)
    return {"feed": source}
