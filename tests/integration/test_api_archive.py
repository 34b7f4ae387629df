"""The archive through the API: where a reading comes from, and dead letters that get their due."""

# ruff: noqa: E501 - SQL reads best on one line
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.devices import Frame
from tests.hub import Hub

from regionhub.archive.profile_versions import keep_profiles
from regionhub.archive.runs import Archive, request_run
from regionhub.errors import NotAllowed
from regionhub.store.database import Database


@pytest.fixture
def reading(hub: Hub) -> Iterator[dict[str, Any]]:
    """The newest reading of the tree's sensor, with its frame and a former value."""
    [row] = hub.world.select(
        "select * from core.reading where datastream_id = %s order by time desc limit 1",
        hub.a.moisture,
    )
    [uplink_id] = hub.a.sensor.uplinks(
        [Frame(row["time"], 7)],
        f_port=2,
        payload=b"\x0c\xff",
        receptions=[{"gateway": "ac1f09fffe0a1b2c", "rssi": -101, "snr": 4.5}],
        profile_version="new",
    )
    hub.owner.execute(
        "update core.reading set uplink_id = %s where datastream_id = %s and time = %s",
        [uplink_id, hub.a.moisture, row["time"]],
    )
    hub.world.add(
        "core.reading_version",
        **{name: row[name] for name in ("datastream_id", "tenant_id", "time")},
        replay_id=hub.a.replay,
        value=200,
        quality=4,
        tests=2,
        profile_id="acme/soil",
        profile_version="old",
    )
    yield row
    hub.owner.execute("delete from core.reading_version; delete from core.uplink")
    hub.owner.execute("update core.reading set uplink_id = null where uplink_id is not null")


def path(row: dict[str, Any]) -> str:
    time = row["time"].isoformat().replace("+00:00", "Z")
    return f"/api/v1/datastreams/{row['datastream_id']}/readings/{time}/provenance"


def test_which_bytes_and_which_codec_made_a_value(hub: Hub, reading: dict[str, Any]) -> None:
    client = hub.client(key=hub.a.key)

    answer = client.get(path(reading)).json()

    assert answer["value"] == reading["value"]
    assert answer["unit"] == "%"
    assert (answer["profile_id"], answer["profile_version"]) == ("acme/soil", "new")
    assert not answer["profile_kept"]
    uplink = answer["uplink"]
    assert (uplink["payload_hex"], uplink["f_port"], uplink["f_cnt"]) == ("0cff", 2, 7)
    assert uplink["receptions"] == [{"gateway": "ac1f09fffe0a1b2c", "rssi": -101, "snr": 4.5}]
    assert uplink["source_name"] == "LNS"
    (former,) = answer["versions"]
    assert (former["value"], former["quality"], former["profile_version"]) == (200, 4, "old")
    assert (former["replaced_by"], former["why"], former["replay_id"]) == (
        "anna",
        "codec corrected",
        hub.a.replay,
    )


def test_what_is_shared_shows_no_bytes(hub: Hub, reading: dict[str, Any]) -> None:
    client = hub.client(key=hub.b.key)
    with hub.world.granted(hub.a.moisture, hub.b.town):
        assert client.get(f"/api/v1/datastreams/{hub.a.moisture}/readings").status_code == 200
        assert client.get(path(reading)).status_code == 403
        for view in ("reading_origin", "reading_version"):
            statement = f"select tenant_id from api.{view} where tenant_id = %s"
            assert hub.b.town.select(statement, hub.a.tenant_id) == []


def test_a_reading_without_a_frame_and_no_reading(hub: Hub, reading: dict[str, Any]) -> None:
    client = hub.client(key=hub.a.key)
    [other] = hub.world.select(
        "select datastream_id, min(time) as time from core.reading where datastream_id = %s group by 1",
        hub.a.moisture,
    )
    answer = client.get(path(other)).json()
    assert (answer["uplink"], answer["profile_version"], answer["versions"]) == (None, None, [])
    missing = client.get(
        f"/api/v1/datastreams/{hub.a.moisture}/readings/2001-01-01T00:00:00Z/provenance"
    )
    assert missing.status_code == 404


def test_the_files_of_a_version(hub: Hub) -> None:
    with (
        Database(hub.owner_url, size=1, role="ingest") as database,
        database.transaction() as connection,
    ):
        keep_profiles(connection, hub.app.state.profiles.values())
    client = hub.client(key=hub.b.key)
    (version,) = client.get("/api/v1/device-profiles/acme/soil/versions").json()["items"]
    files = client.get(f"/api/v1/device-profiles/acme/soil/versions/{version['version']}").json()
    assert files["codec"] == hub.app.state.profiles["acme/soil"].codec
    assert client.get("/api/v1/device-profiles/acme/soil/versions/f00").status_code == 404


def test_an_editor_asks_for_the_dead_letters_of_the_own_town(hub: Hub) -> None:
    editor = hub.signed_in(hub.a.editor)
    wanted = {
        "reason": "unknown_device",
        "dev_eui": "A8-40-41-00-00-00-00-01",
        "why": "registered now",
    }

    made = editor.post("/api/v1/replays", json=wanted)

    assert made.status_code == 201
    row = made.json()
    assert (row["tenant_id"], row["state"], row["kind"]) == (
        hub.a.tenant_id,
        "waiting",
        "dead_letters",
    )
    assert (row["requested_by"], row["dev_eui"]) == (hub.a.editor, "a840410000000001")
    assert editor.get(f"/api/v1/replays/{row['replay_id']}").json() == row
    [foreign] = hub.client(key=hub.b.key).get("/api/v1/sources").json()["items"]
    for nonsense in (
        {"source_id": 2**31 - 1},
        {"source_id": foreign["source_id"]},
        {"reason": "unknown-device"},
    ):
        assert editor.post("/api/v1/replays", json=nonsense).status_code == 422
    assert hub.client(key=hub.b.key).get(f"/api/v1/replays/{row['replay_id']}").status_code == 404


def test_the_database_lets_a_town_ask_for_nothing_else(hub: Hub) -> None:
    database = hub.app.state.database
    with pytest.raises(NotAllowed), database.as_role("rh_t_arnsberg") as town:
        request_run(town, tenant_id=hub.b.tenant_id, requested_by="x", why="x")
    # the region reads what towns share and changes nothing of theirs
    with pytest.raises(NotAllowed), database.as_role("rh_t_region") as region:
        request_run(region, tenant_id=hub.a.tenant_id, requested_by="x", why="x")
    refused = "insert into core.replay (tenant_id, kind, requested_by, why) values (%s, 'uplinks', 'x', 'x')"
    with database.as_role("rh_t_arnsberg") as town:
        with pytest.raises(Exception, match="row-level security"), town.transaction():
            town.execute(refused, [hub.a.tenant_id])
        with pytest.raises(Exception, match="permission denied"), town.transaction():
            town.execute(
                "insert into core.replay (tenant_id, kind, requested_by, why, state) values (%s, 'dead_letters', 'x', 'x', 'done')",
                [hub.a.tenant_id],
            )
        with pytest.raises(Exception, match="permission denied"), town.transaction():
            town.execute("update core.dead_letter set outcome = 'stored'")


def test_dead_letters_in_groups_and_where_each_is(hub: Hub) -> None:
    client = hub.client(key=hub.a.key)
    (group,) = client.get("/api/v1/dead-letter-groups").json()["items"]
    assert (group["reason"], group["messages"], group["copies"], group["cut"]) == (
        "not_parseable",
        1,
        1,
        1 - 1,
    )
    assert group["source_name"] == "LNS"
    assert group["body_text"] == "�{a}"
    assert group["expires_at"] > group["last_received_at"]
    (account,) = client.get("/api/v1/dead-letter-accounts").json()["items"]
    assert (account["arrived"], account["waiting"], account["unexplained"]) == (1, 1, 0)

    hub.owner.execute(
        "update core.dead_letter set resolved_at = now(), resolved_by = 'anna', outcome = 'stored' where dead_letter_id = %s",
        [hub.a.dead_letter],
    )
    try:
        assert client.get("/api/v1/dead-letter-groups").json()["items"] == []
        assert client.get("/api/v1/dead-letters?state=waiting").json()["items"] == []
        (letter,) = client.get("/api/v1/dead-letters?state=resolved").json()["items"]
        assert (letter["outcome"], letter["resolved_by"]) == ("stored", "anna")
        (account,) = client.get("/api/v1/dead-letter-accounts").json()["items"]
        assert (account["waiting"], account["stored"], account["unexplained"]) == (0, 1, 0)
    finally:
        hub.owner.execute(
            "update core.dead_letter set resolved_at = null, resolved_by = null, outcome = null"
        )


def test_what_waits_already_is_not_asked_for_twice_and_towns_take_turns(hub: Hub) -> None:
    hub.owner.execute("update core.replay set state = 'done', finished_at = now()")
    editor, other = hub.signed_in(hub.a.editor), hub.signed_in(hub.b.editor)
    asked = [
        editor.post("/api/v1/replays", json={"dev_eui": f"{number:016x}"}).json()["replay_id"]
        for number in [1, 2, 3] * 3
    ]
    assert len(set(asked)) == 3
    late = other.post("/api/v1/replays", json={}).json()["replay_id"]
    order = []
    with Database(hub.owner_url, size=1, role="ingest") as database:
        archive = Archive(database)
        while (run := archive.next_requested("dead_letters")) is not None:
            order.append(run.replay_id)
            archive.finish(run)
    assert sorted(order) == sorted({*asked, late})
    assert order.index(late) <= 1
