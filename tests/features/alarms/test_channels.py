"""Messages handed to channels, and what of it is known afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.features.alarms.standins import ACCESS_KEY, AUTHORIZATION, StandIn, standin

from regionhub.errors import InputError
from regionhub.features.alarms.channels import Outgoing, check_address, send

MESSAGE = Outgoing(
    key="regionhub-7", subject="Stufe 2: Biggesee", body="312 cm\nseit 02:14", level=3
)


@pytest.fixture
def service() -> Iterator[StandIn]:
    with standin() as made:
        yield made


def test_divera(service: StandIn) -> None:
    address = f"divera-http://Schl%C3%BCssel%2F1@{service.host}?ric=A,B"
    assert send(address, MESSAGE).kind == "delivered"
    assert service.got == [
        {"title": "Stufe 2: Biggesee", "text": "312 cm\nseit 02:14", "priority": 1, "ric": "A,B"}
    ]
    long = Outgoing(key="x", subject="y" * 80, body="z" * 3000, level=1)
    assert send(address, long).kind == "delivered"


def test_divera_with_a_wrong_key(service: StandIn) -> None:
    outcome = send(f"divera-http://wrong@{service.host}", MESSAGE)
    assert (outcome.kind, service.got) == ("refused", [])


def test_alamos(service: StandIn) -> None:
    address = f"alamos://{AUTHORIZATION}@{service.host}?sender=Olpe"
    assert send(address, MESSAGE).kind == "delivered"
    [got] = service.got
    assert got["sender"] == "Olpe"
    assert got["data"] == {
        "externalId": "regionhub-7",
        "keyword": "Stufe 2: Biggesee",
        "message": ["312 cm", "seit 02:14"],
    }
    assert send(f"alamos://wrong@{service.host}", MESSAGE).kind == "refused"


def test_an_answer_without_an_end_is_not_read_to_its_end(service: StandIn) -> None:
    service.more = b" " * 100_000 + b"what is no JSON"
    assert send(f"alamos://{AUTHORIZATION}@{service.host}", MESSAGE).kind == "delivered"


def test_what_apprise_knows(service: StandIn) -> None:
    assert send(service.webhook, MESSAGE).kind == "delivered"
    assert (service.got[0]["title"], service.got[0]["message"]) == (MESSAGE.subject, MESSAGE.body)


@pytest.mark.parametrize("scheme", [f"alamos://{AUTHORIZATION}@", "json://"])
def test_without_an_answer_nobody_knows_whether_it_arrived(service: StandIn, scheme: str) -> None:
    service.answers = False
    assert send(f"{scheme}{service.host}", MESSAGE).kind == "unknown"
    service.answers, service.status = True, 503
    assert send(f"{scheme}{service.host}", MESSAGE).kind == "unknown"


def test_where_nobody_listens_nothing_arrived() -> None:
    assert send("alamos://x@127.0.0.1:1", MESSAGE).kind == "refused"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"divera://{ACCESS_KEY.replace('/', '%2F')}", "divera://…"),
        ("alamoss://geheim@fe2.example:83", "alamoss://…@fe2.example:83"),
        ("mailto://anna:geheim@mail.example?to=wehr@olpe.example", "mail.example"),
    ],
)
def test_an_address_is_shown_without_what_is_secret(address: str, shown: str) -> None:
    text = check_address(address)
    assert shown in text
    assert "geheim" not in text
    assert "Schl" not in text


@pytest.mark.parametrize(
    "address",
    [
        "",
        "wehr@olpe.example",
        "divera://",
        "alamos://fe2.example",
        "nix://x",
        "dbus://",
        "mailto://",
    ],
)
def test_an_address_that_nothing_can_be_sent_to_is_refused(address: str) -> None:
    with pytest.raises(InputError):
        check_address(address)
