"""Which of the times around an uplink to believe.

Gateways report times of 1980 or half an hour ahead, and ChirpStack passes them on unchecked, so
the event time counts only near a clock that we trust more: the network server's receive time, or
without one the arrival here.
"""

from __future__ import annotations

from regionhub.errors import ParseError
from regionhub.times import NS_PER_SECOND
from regionhub.uplinks import TimeSource

#: How far the event may lie before and after the trusted time, nanoseconds.
MAX_PAST_NS = 24 * 3600 * NS_PER_SECOND
MAX_FUTURE_NS = 120 * NS_PER_SECOND
#: A server whose clock is further ahead of ours than this has a wrong clock: its readings would
#: stand in the future and hide the true newest ones.
MAX_AHEAD_OF_ARRIVAL_NS = 600 * NS_PER_SECOND


def choose(
    event_ns: int | None, network_ns: int | None, arrival_ns: int | None
) -> tuple[int, TimeSource]:
    """Choose the time of a message, nanoseconds since 1970-01-01 UTC, and name its clock.

    Raises:
        ParseError: no time at all.
    """
    if arrival_ns is not None:
        latest = arrival_ns + MAX_AHEAD_OF_ARRIVAL_NS
        network_ns = None if network_ns is not None and network_ns > latest else network_ns
        event_ns = None if event_ns is not None and event_ns > latest else event_ns
    trusted = network_ns if network_ns is not None else arrival_ns
    if event_ns is not None and (
        trusted is None or -MAX_PAST_NS <= event_ns - trusted <= MAX_FUTURE_NS
    ):
        return event_ns, "event"
    if network_ns is not None:
        return network_ns, "network"
    if arrival_ns is not None:
        return arrival_ns, "arrival"
    raise ParseError("the message says no time and its arrival is unknown")
