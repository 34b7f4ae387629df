"""Which of the times around an uplink to believe.

Gateways report times of 1980 or half an hour ahead, and ChirpStack passes them on unchecked, so
the event time counts only near a clock that we trust more: the network server's receive time, or
without one the arrival here.
"""

from __future__ import annotations

from regionhub.errors import NoTime
from regionhub.times import NS_PER_SECOND
from regionhub.uplinks import TimeSource

#: How far the event may lie before and after the trusted time, nanoseconds.
MAX_PAST_NS = 24 * 3600 * NS_PER_SECOND
MAX_FUTURE_NS = 120 * NS_PER_SECOND
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
        earliest = EARLIEST_NS if late or trusted is None else trusted - MAX_PAST_NS
        if trusted is not None:
            latest = min(latest, trusted + MAX_FUTURE_NS)
        if earliest <= event_ns <= latest:
            return event_ns, "event"
    if network_ns is not None:
        return network_ns, "network"
    if arrival_ns is not None:
        return arrival_ns, "arrival"
    raise NoTime
