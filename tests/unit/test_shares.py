"""What is scarce is divided: nobody waits for another one's share."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionhub.access.shares import Shares
from regionhub.access.sign_in import network_of
from regionhub.errors import Busy


def shares(**changes: float) -> Shares:
    usual: dict[str, float] = {"at_once": 3, "each": 2, "waiting": 1, "waiting_in_all": 2}
    return Shares(**usual | {"seconds": 0.05} | changes)  # type: ignore[arg-type]


@contextmanager
def waiter(own: Shares, key: str) -> Iterator[threading.Event]:
    """Somebody who waits for a share; the event is set when it has one."""
    has_it, waits = threading.Event(), threading.Event()

    def wait() -> None:
        waits.set()
        with own.taken(key):
            has_it.set()

    thread = threading.Thread(target=wait)
    thread.start()
    waits.wait(5)
    yield has_it
    thread.join(5)
    assert not thread.is_alive()


@given(st.lists(st.sampled_from("abcd")))
def test_never_more_than_there_is_and_never_more_than_a_share(keys: list[str]) -> None:
    own = shares(waiting=0)
    users: Counter[str] = Counter()
    with ExitStack() as stack:
        for key in keys:
            try:
                stack.enter_context(own.taken(key))
            except Busy:
                assert users[key] == 2 or users.total() == 3
            else:
                users[key] += 1
        assert max(users.values(), default=0) <= 2
        assert users.total() <= 3
    with own.taken("a"), own.taken("a"), own.taken("b"):
        pass


def test_who_waits_gets_what_becomes_free() -> None:
    own = shares(seconds=30)
    with ExitStack() as first:
        first.enter_context(own.taken("a"))
        with own.taken("a"), waiter(own, "a") as has_it:
            assert not has_it.is_set()
            first.close()
            assert has_it.wait(5)


def test_a_full_queue_refuses_at_once() -> None:
    own = shares(seconds=30)
    with ExitStack() as users:
        users.enter_context(own.taken("a"))
        users.enter_context(own.taken("a"))
        with waiter(own, "a"):
            while not own._waiting["a"]:
                pass
            with pytest.raises(Busy), own.taken("a"):
                pass
            with own.taken("b"):
                pass
            users.close()


def test_who_waits_too_long_is_refused() -> None:
    own = shares(at_once=1)
    with own.taken("a"), pytest.raises(Busy), own.taken("b"):
        pass
    with own.taken("b"):
        pass


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::7", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_whose_an_address_is(host: str, network: str) -> None:
    assert network_of(host) == network
