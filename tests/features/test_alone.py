"""No feature needs another one: a hub may do without the others."""

from __future__ import annotations

import pytest
from psycopg import sql
from tests.rows import connect
from tests.world import World

from regionhub.cli.assembly import migrate
from regionhub.features import FEATURES
from regionhub.features.feature import Feature
from regionhub.signals.decide import decide
from regionhub.store.databases import create_database


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_its_database_is_made_decided_and_read(postgres: str, feature: Feature) -> None:
    # roles are named after the database, which limits how long its name may be
    url = create_database(postgres, f"alone_{FEATURES.index(feature)}")
    with connect(url, autocommit=True) as owner:
        migrate(owner, features=(feature,))
        world = World(owner)
        town = world.town("olpe")
        town.device(town.tree())
        with owner.transaction():
            decide(owner, feature.signals)
            if feature.decide is not None:
                feature.decide(owner)
        with town.acting(decided=False):
            views = world.select(
                "select table_name from information_schema.views where table_schema = 'api'"
            )
            for view in views:
                owner.execute(
                    sql.SQL("select * from api.{}").format(sql.Identifier(*view.values()))
                )
        assert views
