"""A fleet: many devices in one world, their messages in the order of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import attrgetter

from .model import NS_PER_SECOND, SimulatedDevice, SimulatedMessage
from .radio import town_gateways
from .scenarios import scenario as find_scenario
from .traffic import BLOCK_S, DeviceTraffic
from .world import World

_BLOCK_NS = BLOCK_S * NS_PER_SECOND
_EARLY_NS = 30 * NS_PER_SECOND
_ORDER = attrgetter("sent_ns", "dev_eui", "topic")


class Fleet:
    """The simulated devices of a region.

    The same devices, seed, scenario, reference moment and number of days give the same bytes.
    `reference_ns` (since 1970 UTC) is the moment the scenario is about: the end of a back-fill.
    Messages can be asked for from `days` before it, without limit after it.

    Raises:
        InputError: no such scenario.
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
        self.devices = tuple(devices)
        self.world = World(
            devices,
            find_scenario(scenario),
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
        for message in self.live(start_ns):
            if message.sent_ns >= end_ns:
                return
            yield message

    def live(self, start_ns: int) -> Iterator[SimulatedMessage]:
        """Give what is published from `start_ns` on, in the order of time, for ever.

        Raises:
            InputError: the start lies before the simulated world.
        """
        self.world.reach(start_ns / NS_PER_SECOND)
        number = start_ns // _BLOCK_NS
        # What belongs to the block before may still be on its way.
        waiting = self._block(number - 1)
        while True:
            # A join is announced some seconds before the frame that may begin the next block.
            end_ns = (number + 1) * _BLOCK_NS - _EARLY_NS
            waiting = sorted(waiting + self._block(number), key=_ORDER)
            rest = len(waiting)
            for index, message in enumerate(waiting):
                if message.sent_ns >= end_ns:
                    rest = index
                    break
                if message.sent_ns >= start_ns:
                    yield message
            waiting = waiting[rest:]
            number += 1

    def _block(self, number: int) -> list[SimulatedMessage]:
        self.world.reach((number + 1) * BLOCK_S + 60)
        return [message for traffic in self._traffic for message in traffic.block(number)]
