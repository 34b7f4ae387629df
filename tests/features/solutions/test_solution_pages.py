"""Solutions in the portal: the catalogue, one solution, adopting it."""

from __future__ import annotations

from tests.hub import Hub
from tests.pages import text

from regionhub.features.solutions import store

HTML = {"accept": "text/html", "accept-language": "de"}


def test_from_the_catalogue_to_a_solution_in_use(hub: Hub) -> None:
    client = hub.signed_in(hub.a.admin, **HTML)
    catalogue = text(client.get("/loesungen"))
    assert "Hochwasser – nutzen wir nicht" in catalogue
    assert "Ehrenamtsportal" in catalogue
    assert "Ehrenamtsportal" not in text(client.get("/loesungen?art=sensors"))
    page = text(client.get("/loesungen/flood"))
    assert "2 von 2 Standorten haben keine Angabe „Stufe 2“." in page
    assert "noch kein Bericht" in page
    refused = client.post("/loesungen/flood", data={"email": "feuerwehr"})
    assert refused.status_code == 422
    assert "keine E-Mail-Adresse" in refused.text
    assert 'value="feuerwehr"' in refused.text
    adopted = client.post(
        "/loesungen/flood",
        data={"email": "feuerwehr@a.example", "rise_cm_per_hour": "12,5"},
        follow_redirects=True,
    )
    assert "wird eingerichtet" in text(adopted)
    row = store.adoptions(hub.owner, hub.a.tenant_id)["flood"]
    assert (row.state, row.parameters["rise_cm_per_hour"]) == ("wanted", "12.5")
    assert store.waiting(hub.owner) == ["arnsberg"]
    store.mark_failed(hub.owner, hub.a.tenant_id, "Grafana does not answer")
    assert "Das Einrichten ist gescheitert" in text(client.get("/loesungen/flood"))
    store.mark_applied(hub.owner, hub.a.tenant_id, "flood", "2.0.0")
    other = hub.signed_in(hub.b.admin, **HTML)
    assert "Das nutzen: Arnsberg" in text(other.get("/loesungen"))
    assert "Hochwasser – nutzen wir nicht" in text(other.get("/loesungen?nutzung=nein"))
    ended = client.post("/loesungen/flood/beenden", follow_redirects=True)
    assert "wird entfernt" in text(ended)


def test_a_service_is_used_at_once(hub: Hub) -> None:
    client = hub.signed_in(hub.b.admin, **HTML)
    answer = client.post("/loesungen/road-survey", follow_redirects=True)
    assert "nutzen wir" in text(answer)
    assert "Das nutzen Olpe" in text(answer)
    assert "Ehrenamtsportal" not in text(client.get("/loesungen?nutzung=ja"))
    answer = client.post("/loesungen/road-survey/beenden", follow_redirects=True)
    assert "nutzen wir nicht" in text(answer)


def test_who_may_not_adopt_is_told_who_may(hub: Hub) -> None:
    client = hub.signed_in(hub.a.viewer, **HTML)
    assert "Das macht jemand mit der Rolle Verwaltung." in text(client.get("/loesungen/forest"))
    assert client.post("/loesungen/forest").status_code == 403
    assert client.get("/loesungen/nothing").status_code == 404
    assert client.get("/loesungen?art=other").status_code == 422
