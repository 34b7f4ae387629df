"""What is fetched, in the API."""

from __future__ import annotations

from regionhub.access import Viewer
from regionhub.features.feeds import store
from regionhub.features.feeds.store import Feed, FireDanger, ForecastHour, OfficialWarning
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items

feed_routes = router("/feeds")
warning_routes = router("/warnings")
fire_danger_routes = router("/fire-danger-index")
forecast_routes = router("/weather-forecast")


@feed_routes.get("")
def list_feeds(visit: Viewer) -> Items[Feed]:
    """What is fetched from elsewhere: from where, on what terms, and how that goes."""
    with visit.town() as town:
        return Items(items=store.feeds(town))


@warning_routes.get("")
def list_warnings(visit: Viewer) -> Items[OfficialWarning]:
    """Official warnings for the town that hold or will hold, the most severe first."""
    with visit.town() as town:
        return Items(items=store.warnings(town))


@fire_danger_routes.get("")
def list_fire_danger(visit: Viewer) -> Items[FireDanger]:
    """The official forest fire danger index (WBI) from today on."""
    with visit.town() as town:
        return Items(items=store.fire_danger(town))


@forecast_routes.get("")
def list_forecast(visit: Viewer) -> Items[ForecastHour]:
    """The weather forecast by hour."""
    with visit.town() as town:
        return Items(items=store.forecast(town))
