"""Every answer is what the OpenAPI says of it: fields, types, times, and nothing besides."""

# ruff: noqa: E501 - SQL reads best on one line
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from tests.described import DESCRIBED
from tests.features.forest.test_fire_weather import DRY, PLACE, measure, newest, station

if TYPE_CHECKING:
    from tests.hub import Hub

#: Lists of what no town here has.
WITHOUT_ROWS = {"/api/v1/irrigation/stress-days"}
#: Path and schema of every answer in JSON.
ANSWERS = {
    path: content["application/json"]["schema"]
    for path, methods in DESCRIBED["paths"].items()
    if "get" in methods
    and "application/json" in (content := methods["get"]["responses"]["200"].get("content", {}))
}
#: As the API writes a time: in UTC, with at most microseconds.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
FORMATS = FormatChecker(())


@FORMATS.checks("date-time")
def is_time(value: object) -> bool:
    return not isinstance(value, str) or TIME.fullmatch(value) is not None


def closed(schema: Any) -> Any:
    """The schema, with objects that have no other fields than those it names."""
    match schema:
        case dict():
            inner = {name: closed(part) for name, part in schema.items()}
            return {"additionalProperties": False, **inner} if "properties" in inner else inner
        case list():
            return [closed(part) for part in schema]
        case _:
            return schema


@pytest.fixture(scope="module")
def stand(hub: Hub) -> int:
    """A forest stand with the weather of a day; and there is a road."""
    town = hub.a.town
    town.site("road")
    stand = town.site("forest", **PLACE)
    measure(station(town, stand), newest(hub.world), DRY)
    return stand


@pytest.fixture(scope="module")
def put_right(hub: Hub) -> None:
    """What people corrected: a gauge zero, what a sensor measured and how fast a wave travels."""
    town, editor = hub.a, hub.signed_in(hub.a.editor)
    past = {"from_time": "2020-01-01T00:00:00Z", "to_time": "2020-02-01T00:00:00Z", "why": "x"}
    for answer in (
        editor.patch(
            f"/api/v1/sites/{town.gauge}/references", json={"gauge_zero_m": 179.5, **past}
        ),
        editor.post(
            f"/api/v1/devices/{town.device}/calibrations",
            json={
                "quantity": "soil_moisture_vwc",
                "valid_from": "2020-01-01T00:00:00Z",
                "factor": 1.1,
                "why": "x",
            },
        ),
        hub.signed_in(town.admin).put(
            f"/api/v1/gauge-links/{town.gauge}/{town.upper}", json={"travel_minutes": 30}
        ),
    ):
        assert answer.is_success, answer.text


@pytest.fixture(scope="module")
def registered(hub: Hub) -> None:
    """A device that its network server does not take."""
    of = {"tenant_id": hub.a.tenant_id, "source_id": hub.a.source}
    api = {"address": "https://lns.example", "token": "sealed", "application_id": "a"}
    hub.world.add("core.source_api", **of, **api)
    tried = {"problem": "wrong_token", "detail": "x", "tried_by": "x"}
    hub.world.add("core.device_registration", **of, **tried, device_id=hub.a.device)


@pytest.fixture(scope="module")
def reading_time(hub: Hub) -> str:
    """Fills the lists that are empty else; the time of a reading whose frame and versions are kept."""
    town = hub.a
    values = {"tenant": town.tenant_id, "device": town.device, "source": town.source}
    values |= {"stream": town.moisture, "replay": town.replay}
    hub.owner.execute(
        "insert into core.profile_version (profile_id, version, profile, codec) "
        "values ('acme/soil', 'v1', 'profile', 'codec')"
    )
    # counters 2, 4 and 6 of one session, the newest reading came with the last of them
    hub.owner.execute(
        "insert into core.uplink (uplink_id, tenant_id, source_id, device_id, time, time_source, "
        "received_at, dev_addr, f_cnt, f_port, payload, gateways, receptions, "
        "profile_id, profile_version) select nextval('core.uplink_id'), %(tenant)s, %(source)s, "
        "%(device)s, now() - make_interval(mins => 60 - 10 * n), 'event', now(), 'a', 2 * n, 1, "
        "'', 1, '[]', 'acme/soil', 'v1' from generate_series(1, 3) n",
        values,
    )
    hub.owner.execute(
        "with r as (update core.reading set uplink_id = currval('core.uplink_id') where (datastream_id, "
        "time) = (select datastream_id, time from core.latest where datastream_id = %(stream)s) "
        "returning *) insert into core.reading_version (datastream_id, tenant_id, time, replay_id, "
        "value, quality, tests, profile_id, profile_version) select datastream_id, tenant_id, time, "
        "%(replay)s, 'NaN', 4, 2, 'acme/soil', 'v0' from r",
        values,
    )
    hub.owner.execute(
        "insert into core.dead_letter (tenant_id, source_id, topic, body, body_bytes, digest, "
        "reason, detail, dev_eui, first_received_at, last_received_at) "
        "select %(tenant)s, %(source)s, 't', '', 0, 'misfit', 'not_decodable', 'x', dev_eui, now(), "
        "now() from core.device where device_id = %(device)s",
        values,
    )
    hub.owner.execute(
        "update core.latest set value = 'Infinity' where tenant_id = %(tenant)s", values
    )
    row = hub.owner.execute(
        "select time from core.latest where datastream_id = %(stream)s", values
    ).fetchone()
    assert row is not None
    return str(row["time"].isoformat())


@pytest.mark.parametrize("path", ANSWERS)
@pytest.mark.usefixtures("put_right", "registered")
def test_an_answer_fits_its_description(hub: Hub, reading_time: str, stand: int, path: str) -> None:
    town = hub.a
    address = path.format(
        site_id=stand if "/forest/" in path else town.gauge, device_id=town.device, datastream_id=town.moisture,
        replay_id=town.replay, vendor="acme", model="soil", version="v1", time=quote(reading_time),
        **town.alarms,
    )  # fmt: skip
    answer = hub.signed_in(town.admin).get(address)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    schema = closed(ANSWERS[path] | {"components": DESCRIBED["components"]})
    Draft202012Validator(schema, format_checker=FORMATS).validate(found)
    if path not in WITHOUT_ROWS:
        assert found.get("items", True), "a list without rows says nothing"
