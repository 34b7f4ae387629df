"""Who decodes and stores what arrived has no more rights than that takes."""

from __future__ import annotations

import pytest
from tests.ingest.conftest import Intake

from regionhub.cli.run import ingest_database
from regionhub.settings import Settings
from regionhub.store.roles import set_role_password


@pytest.mark.parametrize(("password", "user"), [("of-ingest", "rh_ingest"), ("", "postgres")])
def test_it_logs_in_as_ingest_and_as_nothing_else(intake: Intake, password: str, user: str) -> None:
    if password:
        set_role_password(intake.owner, kind="ingest", password=password)
    settings = Settings(database_url=intake.url, ingest_password=password)
    with ingest_database(settings, size=1) as database, database.transaction() as connection:
        row = connection.execute("select session_user as login, current_user as role").fetchone()
    assert row == (user, "rh_ingest")
