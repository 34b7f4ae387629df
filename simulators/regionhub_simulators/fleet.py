"""A fleet: many devices in one world, their messages in the order of time."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count
from operator import attrgetter

from regionhub.errors import InputError

from .faults import break_gauge
from .model import NS_PER_SECOND, SimulatedDevice, SimulatedMessage
from .radio import town_gateways
from .scenarios import scenario as find_scenario
from .traffic import BLOCK_S, DeviceTraffic
from .world import World

_BLOCK_NS = BLOCK_S * NS_PER_SECOND
_EARLY_NS = 30 * NS_PER_SECOND
_SENT = attrgetter("sent_ns")
_ORDER = attrgetter("sent_ns", "dev_eui", "topic")


class Fleet:
    """The simulated devices of a region.

    The same devices, seed, scenario, reference moment and number of days give the same bytes.
    `reference_ns` (since 1970 UTC) is the moment the scenario is about: the end of a back-fill.
    Messages can be asked for from `days` before it, without limit after it.

    Raises:
        InputError: no such scenario, or a device type that is not simulated.
    """

    def __init__(
        self,
        devices: Sequence[SimulatedDevice],
        *,
        reference_ns: int,
        seed: int = 1,
        scenario: str = "normal",
        days: float = 60,
    ) -> None:
        chosen = find_scenario(scenario)
        devices = break_gauge(devices, chosen.gauge_fault)
        self.devices = tuple(devices)
        self.world = World(
            devices,
            chosen,
            seed=seed,
            reference_s=reference_ns // NS_PER_SECOND,
            days=days,
        )
        towns: dict[str, list[SimulatedDevice]] = defaultdict(list)
        for device in devices:
            towns[device.tenant].append(device)
        self.gateways = {
            tenant: town_gateways(members, seed=seed) for tenant, members in towns.items()
        }
        self._traffic = [
            DeviceTraffic(device, self.world, self.gateways[device.tenant], seed=seed)
            for device in devices
        ]

    def messages(self, start_ns: int, end_ns: int) -> Iterator[SimulatedMessage]:
        """Give what is published in [start, end), in the order of time.

        Raises:
            InputError: the start lies before the simulated world.
        """
        return self._between(start_ns, end_ns)

    def live(self, start_ns: int) -> Iterator[SimulatedMessage]:
        """Give what is published from `start_ns` on, in the order of time, for ever.

        Raises:
            InputError: the start lies before the simulated world.
        """
        return self._between(start_ns, None)

    def _between(self, start_ns: int, end_ns: int | None) -> Iterator[SimulatedMessage]:
        if start_ns < self.world.begin_s * NS_PER_SECOND:
            raise InputError("The simulated world does not go back so far: it needs more days.")
        first = start_ns // _BLOCK_NS
        # What belongs to the block before may still be on its way.
        waiting = self._block(first - 1)
        for number in count(first):
            waiting = sorted(waiting + self._block(number), key=_ORDER)
            # A join is announced some seconds before the frame that may begin the next block.
            complete_ns = (number + 1) * _BLOCK_NS - _EARLY_NS
            rest = bisect_left(waiting, complete_ns, key=_SENT)
            for message in waiting[bisect_left(waiting, start_ns, key=_SENT) : rest]:
                if end_ns is not None and message.sent_ns >= end_ns:
                    return
                yield message
            if end_ns is not None and end_ns <= complete_ns:
                return
            waiting = waiting[rest:]

    def _block(self, number: int) -> list[SimulatedMessage]:
        self.world.reach((number + 1) * BLOCK_S + 60)
        return [message for traffic in self._traffic for message in traffic.block(number)]
