"""Uplinks that arrive while the region is read: from a town of their own, through ingest."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from regionhub.registry.sources import change_source
from tests.benchmarks.messages import PROFILE, Fleet, topic
from tests.benchmarks.publisher import Publisher
from tests.benchmarks.region.place import Region
from tests.benchmarks.stack import APPLICATION
from tests.world import World

_TICK_SECONDS = 0.02


def settle_sender(world: World) -> int:
    """The town with the devices that will send; returns its source."""
    town = world.town("sender")
    town.devices(Fleet(0).devices, PROFILE)
    return town.source(topics=[topic(APPLICATION, "+")])


@contextmanager
def arriving(region: Region, per_second: int) -> Iterator[None]:
    """Let that many uplinks a second arrive; none with 0."""
    if not per_second:
        yield
        return
    hub = region.hub
    sender = region.world.town_of("sender").first_source
    change_source(region.owner, source_id=sender, broker_url=hub.broker.url)
    done = threading.Event()
    publishing = threading.Thread(target=_publish, args=(region, per_second, done))
    with hub.process("ingest") as ingest:
        hub.wait_connected(ingest)
        publishing.start()
        try:
            yield
        finally:
            done.set()
            publishing.join()


def _publish(region: Region, per_second: int, done: threading.Event) -> None:
    hub = region.hub
    with Publisher(hub.broker.port) as publisher:
        began, sent = time.monotonic(), 0
        while not done.wait(_TICK_SECONDS):
            due = int((time.monotonic() - began) * per_second) - sent
            publisher.publish(hub.fleet.messages(APPLICATION, due, at=time.time()))
            sent += due
        publisher.finish()
