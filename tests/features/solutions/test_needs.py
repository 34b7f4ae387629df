"""What a town lacks for a solution, and who may let it use one."""

from __future__ import annotations

import pytest
from tests.town import Town
from tests.world import World

from regionhub.errors import NotAllowed
from regionhub.features.solutions import store
from regionhub_dashboards.solutions import SOLUTIONS


def lacks(town: Town, name: str) -> list[str]:
    with town.world.acting(town.role) as connection:
        return store.missing(connection, SOLUTIONS[name].manifest)


def test_what_is_missing_is_said(world: World) -> None:
    town = world.town()
    assert lacks(town, "irrigation") == [
        "Es ist noch kein Standort angelegt (Baum, Beet).",
        "Kein Gerät misst gerade, was diese Lösung zeigt.",
        "Es melden sich 0 Geräte, gebraucht wird mindestens 1.",
    ]
    town.tree("Linde", soil_texture="Sl3")
    tree = town.tree("Eiche", soil_texture=None)
    assert "1 von 2 Standorten haben keine Angabe „Bodenart“." in lacks(town, "irrigation")
    device = town.device(tree)
    device.readings("soil_moisture_vwc", [(world.ago(minutes=5), 20.0)])
    device.state(last_seen_at=world.ago(minutes=5))
    assert lacks(town, "irrigation") == ["1 von 2 Standorten haben keine Angabe „Bodenart“."]


def test_what_no_database_knows_is_asked_for(world: World) -> None:
    said = lacks(world.town(), "forest")
    assert said[-1] == "Gebraucht wird: Wetterdaten für den Waldbrandindex."
    assert lacks(world.town(), "road-survey") == []


def test_a_town_lets_itself_use_a_solution_and_no_other(world: World) -> None:
    town, other = world.town(), world.town()
    with world.acting(town.role) as connection:
        store.want(connection, town.tenant_id, "flood", {"email": "a@b.example"}, by="anna")
        [own] = store.own_adoptions(connection)
        assert (own.solution, own.state, own.parameters) == (
            "flood",
            "wanted",
            {"email": "a@b.example"},
        )
    with world.acting(other.role) as connection:
        assert store.own_adoptions(connection) == []
        with pytest.raises(NotAllowed), connection.transaction():
            store.want(connection, town.tenant_id, "forest", {}, by="eve")
