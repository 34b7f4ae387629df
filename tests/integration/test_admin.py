from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.rows import Connection, connect

from regionhub.access.accounts import create_account, create_api_key
from regionhub.errors import Conflict, InputError
from regionhub.registry.sources import create_source
from regionhub.registry.tenants import create_tenant

SOURCE: dict[str, Any] = {
    "name": "lns",
    "format": "chirpstack-v4",
    "broker_url": "mqtt://localhost:1883",
    "topics": ["application/+/device/+/event/+"],
}


@pytest.fixture
def owner(database_url: str) -> Iterator[Connection]:
    with connect(database_url, autocommit=True) as connection:
        yield connection


def test_what_an_operator_gives_is_refused_in_words(owner: Connection) -> None:
    """In words, and without the row: it holds a password's hash."""
    town = create_tenant(owner, slug="olpe", name="Olpe", ags="05966024")
    for values, words in (
        ({"slug": "Bad Olpe"}, "small letters"),
        ({"slug": "wenden", "kind": "village"}, "'village' is no kind of town: municipality"),
        ({"slug": "wenden", "ags": "12"}, "'12' is no AGS"),
        ({"slug": "region"}, "for a region"),
        ({"slug": "wenden", "latitude": 510.0}, "give both"),
        ({"slug": "wenden", "latitude": 7.85, "longitude": 51.03}, "swapped"),
        ({"slug": "wenden", "latitude": 510.0, "longitude": 7.8}, "degrees"),
    ):
        with pytest.raises(InputError, match=words):
            create_tenant(owner, name="Wenden", **values)
    with pytest.raises(Conflict, match="already"):
        create_tenant(owner, slug="olpe", name="Olpe")
    with pytest.raises(InputError, match="the name of a town must not be empty"):
        create_tenant(owner, slug="wenden", name=" ")
    with pytest.raises(InputError, match="the name of a key holds what cannot be seen"):
        create_api_key(owner, tenant_id=town, name="a\x01", scopes=["read"])

    person: dict[str, Any] = {
        "tenant_id": town,
        "login": "anna",
        "display_name": "Anna",
        "password": "correct horse",
        "role": "viewer",
    }
    create_account(owner, **person)
    with pytest.raises(Conflict, match="taken"):
        create_account(owner, **person)
    with pytest.raises(InputError, match="login"):
        create_account(owner, **person | {"login": ""})
    with pytest.raises(InputError, match="viewer, editor or admin"):
        create_account(owner, **person | {"login": "bert", "role": "boss"})

    create_source(owner, tenant_id=town, **SOURCE)
    with pytest.raises(Conflict, match="already"):
        create_source(owner, tenant_id=town, **SOURCE)
    with pytest.raises(InputError, match="mqtts://"):
        create_source(owner, tenant_id=town, **SOURCE | {"broker_url": "localhost:1883"})


@pytest.mark.parametrize("topic", ["", "a/#/b", "a/b#", "a+/b"])
def test_a_topic_filter_that_no_broker_takes(owner: Connection, topic: str) -> None:
    town = create_tenant(owner, slug="olpe", name="Olpe")
    with pytest.raises(InputError, match="no topic filter"):
        create_source(owner, tenant_id=town, **SOURCE | {"topics": [topic]})


@pytest.mark.parametrize("topic", ["#", "+", "a/#", "/a/+/b", "v3/x@ttn/devices/+/up", "a//b"])
def test_a_topic_filter(owner: Connection, topic: str) -> None:
    town = create_tenant(owner, slug="olpe", name="Olpe")
    create_source(owner, tenant_id=town, **SOURCE | {"topics": [topic]})
