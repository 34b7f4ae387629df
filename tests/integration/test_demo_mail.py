"""The demo's mailbox: what the hub sends there is shown, and its rules are on."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network

import pytest
import urllib3
from tests.rows import connect
from tests.town import SECRETS
from tests.world import World

from regionhub.cli.demo_mail import mailbox, set_up_alarms
from regionhub.cli.demo_setup import set_up
from regionhub.embedded import BrokerUrls
from regionhub.features.alarms.channels import Outgoing, send_for_town
from regionhub_simulators.fleet import Fleet
from regionhub_simulators.model import Fault
from regionhub_simulators.region import demo_region
from regionhub_simulators.scenarios import SCENARIOS
from regionhub_simulators.weather import make_weather

HERE = (ip_network("127.0.0.0/8"),)
BROKERS = BrokerUrls(v5="mqtt://127.0.0.1:1", v311="mqtt://127.0.0.1:2")
REFERENCE_S = 1_790_000_000


def test_what_is_sent_is_shown() -> None:
    with mailbox(0) as address:
        port = urllib3.util.parse_url(address).port
        link = "http://127.0.0.1:8080/alarm/x"
        message = Outgoing(key="1", subject="Stufe 2 <Brücke>", body=f"Quittieren: {link}", level=2)
        told = send_for_town(f"json://127.0.0.1:{port}/olpe/Wache", message, HERE)
        assert told.kind == "delivered"
        page = urllib3.request("GET", address).data.decode()
        assert urllib3.request("POST", address, body=b"[]").status == 400
    assert "Stufe 2 &lt;Brücke&gt;" in page
    assert "olpe, Wache" in page
    assert f'<a href="{link}">' in page


def test_each_town_has_people_and_rules_that_are_on(new_database: Callable[[], str]) -> None:
    region = demo_region(towns=("arnsberg", "olpe"))
    with connect(new_database(), autocommit=True) as owner:
        set_up(owner, region, BROKERS, days=1)
        set_up_alarms(owner, region, SECRETS, 8025)
        counts = World(owner).select(
            "select tenant_id, count(*) as rules, bool_and(enabled) as all_on from core.alarm_rule "
            "group by tenant_id"
        )
    assert [(row["rules"], row["all_on"]) for row in counts] == [(4, True), (4, True)]


def test_a_gauge_is_broken_during_the_flood() -> None:
    region = demo_region(towns=("olpe",), faults=False)
    fleet = Fleet(region.devices, reference_ns=REFERENCE_S * 10**9, scenario="flood-fault", days=1)
    broken = [device for device in fleet.devices if device.fault is not None]
    assert [(device.site_kind, device.fault) for device in broken] == [("gauge", Fault.STUCK)]


@pytest.mark.parametrize(("name", "coldest", "warmest"), [("fire", 8, 45), ("ice", -15, 12)])
def test_a_season_whatever_the_date_is(name: str, coldest: float, warmest: float) -> None:
    for reference_s in (REFERENCE_S, REFERENCE_S + 180 * 86400):
        weather = make_weather(
            SCENARIOS[name],
            seed=1,
            reference_s=reference_s,
            start_s=reference_s - 5 * 86400,
            end_s=reference_s,
        )
        assert coldest < weather.temperature.min()
        assert weather.temperature.max() < warmest
        assert weather.temperature.max() > 25 if name == "fire" else weather.temperature.min() < 0
