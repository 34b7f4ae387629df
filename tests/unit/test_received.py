"""What was read at once did not arrive at one moment."""

from __future__ import annotations

from regionhub.devices import Source
from regionhub_ingest.arrival import ArrivalClock
from regionhub_ingest.inbox import Inbox
from regionhub_ingest.mqtt import Delivery, SourceConnection
from regionhub_ingest.mqtt_client import Received

SOURCE = Source(
    source_id=1,
    tenant_id=1,
    tenant="olpe",
    name="lns",
    format="generic",
    broker_url="mqtt://127.0.0.1:1",
    topics=("#",),
    protocol="5",
    username=None,
    password=None,
)


def test_messages_of_one_read_have_times_of_their_own() -> None:
    """Frames that name no time have that of their arrival, and a moment has one reading."""
    inbox: Inbox[Delivery] = Inbox(1000, 2**20, lambda delivery: len(delivery.envelope.body))
    connection = SourceConnection(SOURCE, inbox, ArrivalClock(), client_id="x")
    read = [Received(b"t", b"%d" % mid, mid, 1, retain=False, dup=False) for mid in range(1, 501)]
    connection._on_received(read)
    arrivals = [delivery.envelope.arrival.at_ns for delivery in inbox.take(1000, 0)]
    assert len({at // 1000 for at in arrivals}) == 500
    assert arrivals == sorted(arrivals)
