"""Who may come through which door, as it was decided: routes are taken from the application."""

from __future__ import annotations

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from regionhub.features import FEATURES
from regionhub.web.api.app import ROUTERS
from regionhub.web.portal import PAGES
from tests.border.readers import Rank


def parameters(dependant: Dependant) -> set[str]:
    """What may stand behind the question mark."""
    found = {field.alias for field in dependant.query_params}
    return found.union(*(parameters(part) for part in dependant.dependencies))


ROUTES = {
    (method, route.path): parameters(route.dependant)
    for router in (
        *ROUTERS,
        *PAGES,
        *(router for feature in FEATURES for router in (*feature.routes, *feature.pages)),
    )
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
}
#: Who may come in without being known.
FOR_ANYONE = {
    *(("GET", path) for path in ("/healthz", "/readyz", "/metrics", "/anmelden", "/favicon.ico")),
    *(
        ("GET", path)
        for path in ("/sprache/{code}", "/static/{path:path}", "/kennwort-setzen/{token}")
    ),
    *(("POST", path) for path in ("/anmelden", "/abmelden", "/kennwort-setzen/{token}")),
    # the frame of a page and its worker, with nothing of anybody
    *(("GET", path) for path in ("/giessen/unterwegs", "/giessen/dienst.js")),
    *((method, "/alarm/{token}") for method in ("GET", "POST")),
    *((method, "/api/v1/session") for method in ("POST", "DELETE")),
}
#: Everybody who is known changes what is their own.
FOR_ONESELF = {("POST", "/konto/kennwort"), ("POST", "/konto/sitzungen")}
#: Pages of a person's own account, which a key has not; figures of the hub, for its operator.
FOR_OTHERS = {("GET", "/konto"), ("GET", "/metrics")}
CHANGED = ("geraete/{device_id}", "standorte/{site_id}")
DONE_TO_DEVICES = ("umsetzen", "tauschen", "ausbauen", "aufgeben", "wieder")
FOR_EDITORS = {
    ("POST", "/api/v1/sites"),
    ("PATCH", "/api/v1/sites/{site_id}"),
    ("POST", "/api/v1/site-groups"),
    *((method, "/api/v1/site-groups/{site_group_id}") for method in ("PATCH", "DELETE")),
    ("POST", "/api/v1/devices"),
    ("PATCH", "/api/v1/devices/{device_id}"),
    ("POST", "/api/v1/devices/{device_id}/installation"),
    ("DELETE", "/api/v1/devices/{device_id}/installation"),
    ("POST", "/api/v1/replays"),
    ("POST", "/eingang/nachholen"),
    ("POST", "/api/v1/alarms/{alarm_id}/acknowledgement"),
    ("POST", "/alarme/{alarm_id}/quittieren"),
    ("POST", "/api/v1/imports"),
    ("PATCH", "/api/v1/sites/{site_id}/references"),
    *(
        ("POST", f"/pegel/{{site_id}}/{what}")
        for what in ("kurve", "kurve/{curve_id}", "berichtigen")
    ),
    ("POST", "/api/v1/gauges/{site_id}/rating-curves"),
    ("DELETE", "/api/v1/gauges/{site_id}/rating-curves/{curve_id}"),
    *(
        ("POST", f"/bewaesserung/gruppen{rest}")
        for rest in (
            "",
            *(f"/{{site_group_id}}{what}" for what in ("", "/dazu", "/heraus", "/loeschen")),
        )
    ),
    ("POST", "/api/v1/tree-register"),
    ("POST", "/api/v1/waterings"),
    ("DELETE", "/api/v1/waterings/{watering_id}"),
    *(("POST", f"/giessen/{what}") for what in ("planen", "kolonnen", "kolonnen/{crew_id}/ruhen")),
    *(("POST", f"/giessen/protokoll{what}") for what in ("", "/{watering_id}/zurueck")),
    ("POST", "/giessen/unterwegs/eintraege"),
    ("POST", "/standorte/{site_id}/gegossen"),
    *((method, "/anlegen/baumkataster") for method in ("GET", "POST")),
    ("POST", "/anlegen/baumkataster/ja"),
    *((method, "/api/v1/installations/{installation_id}") for method in ("PATCH", "DELETE")),
    *((method, "/geraete/{device_id}/einbau/{installation_id}") for method in ("GET", "POST")),
    *((method, f"/{what}/aendern") for method in ("GET", "POST") for what in CHANGED),
    *(("POST", f"/geraete/{{device_id}}/{what}") for what in DONE_TO_DEVICES),
    *(("POST", f"/standorte/{{site_id}}/{what}") for what in ("loeschen", "foto")),
    *(
        (method, f"/anlegen/{what}")
        for method in ("GET", "POST")
        for what in ("geraet", "standort")
    ),
    ("POST", "/anlegen/geraet/etikett"),
    *((method, "/geraete/{device_id}/kalibrieren") for method in ("GET", "POST")),
    ("POST", "/geraete/{device_id}/kalibrieren/{calibration_id}"),
    ("POST", "/api/v1/devices/{device_id}/calibrations"),
    ("DELETE", "/api/v1/devices/{device_id}/calibrations/{calibration_id}"),
    ("PUT", "/api/v1/devices/{device_id}/registration"),
    *((method, "/geraete/{device_id}/netzserver") for method in ("GET", "POST")),
    ("GET", "/profile"),
    *((method, "/profile/neu") for method in ("GET", "POST")),
    ("POST", "/profile/neu/fremd"),
    *((method, "/profile/zuordnen") for method in ("GET", "POST")),
    ("GET", "/profile/{vendor}/{model}"),
    *((method, "/profile/{vendor}/{model}/aendern") for method in ("GET", "POST")),
    *(
        ("POST", f"/profile/{{vendor}}/{{model}}/{what}")
        for what in ("probe", "beispiele", "loeschen", "version/{version}")
    ),
    *((method, "/api/v1/device-profiles/{vendor}/{model}") for method in ("PUT", "DELETE")),
    ("POST", "/api/v1/device-profiles/trial"),
    ("POST", "/api/v1/device-profiles/proposal"),
    *(("GET", f"/anlegen{rest}") for rest in ("", "/geraet/parameter")),
    *(("POST", f"/anlegen/datei{rest}") for rest in ("", "/ja")),
}
FOR_ADMINS = {
    *((method, "/api/v1/api-keys") for method in ("GET", "POST")),
    ("DELETE", "/api/v1/api-keys/{api_key_id}"),
    *((method, "/personen") for method in ("GET", "POST")),
    ("GET", "/personen/{account_id}"),
    *(("POST", f"/loesungen/{{name}}{rest}") for rest in ("", "/beenden")),
    *(("POST", f"/personen/{{account_id}}/{what}") for what in ("rolle", "link", "{what}")),
    *(("POST", f"/pegel/{{site_id}}/oberhalb{rest}") for rest in ("", "/{upstream_site_id}")),
    *((method, "/api/v1/gauge-links/{site_id}/{upstream_site_id}") for method in ("PUT", "DELETE")),
    *(("POST", f"/api/v1/irrigation/limits{rest}") for rest in ("", "/preview")),
    ("POST", "/bewaesserung/grenzen"),
    ("POST", "/api/v1/alarm-rules"),
    *((method, "/api/v1/alarm-rules/{rule_id}") for method in ("PATCH", "DELETE")),
    ("PUT", "/api/v1/alarm-rules/{rule_id}/limits/{site_id}"),
    *(
        (method, f"/api/v1/alarm-{noun}s")
        for noun in ("contact", "chain")
        for method in ("GET", "POST")
    ),
    *(("DELETE", f"/api/v1/alarm-{noun}s/{{{noun}_id}}") for noun in ("contact", "chain")),
    *(("POST", f"/abrufe{rest}") for rest in ("", "/{source_id}/{what}")),
    *((method, "/alarme/empfaenger") for method in ("GET", "POST")),
    ("GET", "/alarme/regeln/neu"),
    *(
        ("POST", f"/alarme/{path}")
        for path in (
            *("regeln", "regeln/{rule_id}/grenze", "regeln/{rule_id}/{what}", "ketten", "uebung"),
            *("empfaenger/{contact_id}/loeschen", "ketten/{chain_id}/stufe"),
            "ketten/{chain_id}/{what}",
        )
    ),
}

#: Whoever operates the hub, with no right in any town.
FOR_OPERATORS = {
    *((method, "/betreiber") for method in ("GET", "POST")),
    ("GET", "/betreiber/{slug}"),
    *(
        ("POST", f"/betreiber/{{slug}}/{what}")
        for what in (
            *("person", "link/{account_id}", "netz", "netz/kennwort"),
            *("loesungen", "standorte"),
        )
    ),
}


def needed(method: str, route: str) -> Rank:
    """The rights that a route asks for, as it was decided."""
    for rank, routes in (
        ("anyone", FOR_ANYONE),
        ("editor", FOR_EDITORS),
        ("admin", FOR_ADMINS),
        ("operator", FOR_OPERATORS),
    ):
        if (method, route) in routes:
            return rank  # type: ignore[return-value]
    assert method == "GET" or (method, route) in FOR_ONESELF, f"who may {method} {route}?"
    return "viewer"
