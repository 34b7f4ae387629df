"""Which of the times around an uplink to believe.

Gateways report times of 1980 or half an hour ahead, and ChirpStack passes them on unchecked, so
the event time counts only near a clock that we trust more: the network server's receive time, or
without one the arrival here. A message may have waited in a broker before it arrived.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from regionhub.errors import NoTime
from regionhub.times import NS_PER_SECOND
from regionhub.uplinks import TimeSource

#: How far the event may lie before and after the network server's receive time, nanoseconds.
MAX_PAST_NS = 24 * 3600 * NS_PER_SECOND
#: And before the arrival, where the server tells no time of its own: a broker keeps messages for a
#: session over a weekend or a holiday. What is older still is a gateway that lost its clock.
MAX_WAIT_NS = 30 * 24 * 3600 * NS_PER_SECOND
MAX_FUTURE_NS = 120 * NS_PER_SECOND
#: Clocks that differ by less agree: gateways take their time from the network or from GPS.
AGREE_NS = 60 * NS_PER_SECOND
#: No network server of this platform ran before 2000: such a time is a clock that was never set.
EARLIEST_NS = 946_684_800 * NS_PER_SECOND
#: A server whose clock is further ahead of ours than this has a wrong clock: its readings would
#: stand in the future and hide the true newest ones.
MAX_AHEAD_OF_ARRIVAL_NS = 600 * NS_PER_SECOND


def choose(
    event_ns: int | None, network_ns: int | None, arrival_ns: int | None, *, late: bool = False
) -> tuple[int, TimeSource]:
    """Choose the time of a message, nanoseconds since 1970-01-01 UTC, and name its clock.

    `late` says that the server kept the frame for a while: its event may lie any time back.

    Raises:
        NoTime: no time that can be believed.
    """
    latest = 2**63 - 1 if arrival_ns is None else arrival_ns + MAX_AHEAD_OF_ARRIVAL_NS
    if network_ns is not None and not EARLIEST_NS <= network_ns <= latest:
        network_ns = None
    trusted = network_ns if network_ns is not None else arrival_ns
    if event_ns is not None:
        earliest = EARLIEST_NS
        if trusted is not None and not late:
            back = MAX_WAIT_NS if network_ns is None else MAX_PAST_NS
            earliest = max(earliest, trusted - back)
        if trusted is not None:
            latest = min(latest, trusted + MAX_FUTURE_NS)
        if earliest <= event_ns <= latest:
            return event_ns, "event"
    if network_ns is not None:
        return network_ns, "network"
    if arrival_ns is not None:
        return arrival_ns, "arrival"
    raise NoTime


def agreed(heard_ns: Sequence[int], near_ns: int | None) -> int | None:
    """What most of the clocks that heard one frame tell; of equally many, what is nearest.

    One gateway with a wrong clock among others is outvoted, and of two the one that the server's
    clock contradicts: a frame that anybody heard live was kept by nobody.

    Args:
        heard_ns: what each gateway tells, nanoseconds since 1970-01-01 UTC.
        near_ns: a clock that decides between equally many.

    Returns:
        The earliest of those that agree, None if there is none at all.
    """
    ordered = sorted(heard_ns)
    best: tuple[int, int] | None = None
    chosen = None
    for place, ns in enumerate(ordered):
        votes = bisect_right(ordered, ns + AGREE_NS) - place
        rank = (votes, 0 if near_ns is None else -abs(ns - near_ns))
        if best is None or rank > best:
            best, chosen = rank, ns
    return chosen
