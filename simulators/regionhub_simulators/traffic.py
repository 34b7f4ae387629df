"""One device's messages, block of days by block of days.

A block depends on the seed, the device and its number only, never on what was asked before: a
back-fill in one go, in pieces, or continued live gives the same messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .chirpstack import ChirpStack
from .encoders import Payload
from .faults import CLOCK_SKEW_S, begins_s, charge, spoil_payload, stray_message
from .lns import network_server
from .model import DAY_S, NS_PER_SECOND, Fault, SimulatedDevice, SimulatedMessage
from .radio import Counter, Frame, Gateway, Link, Reception
from .sensors import measure
from .tts import TheThingsStack
from .world import World

BLOCK_S = 2 * DAY_S
#: The longest a message can be later than its frame; less than a block.
_LATE_S = 6 * 3600
_LATE_COPY_S = 540
#: Shares of the frames that come twice, come again as another frame, or come hours late.
_TWICE, _COPIED, _LATE = 0.003, 0.002, 0.002
_STRAY = 0.02
_UNDECODABLE = 0.1
#: From the server's clock in the message to its publication: 200 ms of waiting for more copies.
_PUBLISH_NS = 215_000_000
_STRAYS = {Fault.NOT_JSON, Fault.OVERSIZED, Fault.UNKNOWN_DEVICE}
_EMPTY = Payload(0, b"")


class DeviceTraffic:
    """Everything the network server publishes about one device."""

    def __init__(
        self, device: SimulatedDevice, world: World, gateways: Sequence[Gateway], *, seed: int
    ) -> None:
        self._device = device
        self._world = world
        self._seed = [seed, 9, device.key]
        self._counter = Counter(device, seed=seed)
        self._link = Link(device, gateways, seed=seed)
        self._server = network_server(device, self._link.sf)
        self._per_day = max(1, DAY_S // device.interval_s)

    def block(self, number: int) -> list[SimulatedMessage]:
        """Return the messages about uplinks on the air in block `number` since 1970."""
        device, start = self._device, number * BLOCK_S
        phase, interval = self._counter.phase_s, device.interval_s
        first = -((phase - start) // interval)
        ordinals = list(range(first, -((phase - start - BLOCK_S) // interval)))
        rng = np.random.default_rng([*self._seed, number])
        frames = len(ordinals)
        times = np.array(ordinals) * float(interval) + phase + rng.uniform(-2, 2, frames)
        noise = np.column_stack([rng.standard_normal((frames, 3)), rng.random(frames)])
        payloads = measure(device, self._world, times, ordinals, noise)
        silent_s = self._silent_from_s()
        messages: list[SimulatedMessage] = []
        random_hex = rng.bytes(32 * frames).hex()
        for index, (ordinal, seconds, payload, receptions, channel, chance) in enumerate(
            zip(
                ordinals,
                times.tolist(),
                payloads,
                self._link.receptions(rng, frames),
                rng.integers(0, 8, frames).tolist(),
                rng.random((frames, 5)).tolist(),
                strict=True,
            )
        ):
            own_hex = random_hex[64 * index : 64 * index + 32]
            other_hex = random_hex[64 * index + 32 : 64 * index + 64]
            if seconds >= silent_s:
                break
            session, f_cnt = self._counter.at(ordinal)
            radio_ns = int(seconds * 1e6) * 1000
            if f_cnt == 0:  # after a join the first frame carries only MAC commands
                topic, body = self._server.join(session, radio_ns - 9_128_400_717, other_hex)
                messages.append(self._message(topic, body, radio_ns - 9 * NS_PER_SECOND))
                payload = _EMPTY  # noqa: PLW2901
            elif device.fault is Fault.UNDECODABLE and chance[4] < _UNDECODABLE:
                payload = spoil_payload(payload)  # noqa: PLW2901
            if not receptions:
                continue
            skew_ns = CLOCK_SKEW_S * NS_PER_SECOND if device.fault is Fault.CLOCK_SKEW else 0
            late_ns = self._late_ns(chance[2], receptions)
            frame = Frame(
                radio_ns=radio_ns,
                clock_ns=radio_ns + skew_ns,
                server_ns=radio_ns + late_ns + 61_194_507,
                random_hex=own_hex,
                f_cnt=f_cnt,
                channel=channel,
                payload=payload,
                session=session,
                receptions=receptions,
            )
            messages += self._about(frame, ordinal, chance, other_hex)
        return messages

    def _about(
        self, frame: Frame, ordinal: int, chance: list[float], other_hex: str
    ) -> list[SimulatedMessage]:
        """Return the uplink and whatever comes along with it."""
        sent_ns = frame.server_ns + _PUBLISH_NS
        message = self._message(*self._server.up(frame), sent_ns)
        result = [message]
        if isinstance(self._server, TheThingsStack):
            normalized = self._server.normalized(frame)
            if normalized is not None:
                result.append(self._message(*normalized, sent_ns + 1_000_000))
        elif ordinal % self._per_day == 1:
            result.append(self._status(self._server, frame, sent_ns + 1_000_000))
        if chance[0] < _TWICE:
            again_ns = sent_ns + 50_000_000 + int(chance[0] / _TWICE * 2e9)
            result.append(message._replace(sent_ns=again_ns))
        if chance[1] < _COPIED:
            result.append(self._late_copy(frame, chance[1] / _COPIED, other_hex))
        if self._device.fault in _STRAYS and chance[3] < _STRAY:
            stray = stray_message(self._device.fault, message)
            result += [stray] if stray is not None else []
        return result

    def _status(self, server: ChirpStack, frame: Frame, sent_ns: int) -> SimulatedMessage:
        world, times = self._world, np.array([frame.radio_ns / NS_PER_SECOND])
        [share] = charge(self._device, times, world.begin_s, world.reference_s)
        return self._message(*server.status(frame, 100 * float(share)), sent_ns)

    def _late_copy(self, frame: Frame, share: float, random_hex: str) -> SimulatedMessage:
        """Return the same frame again, with another id: a slow gateway delivered it afterwards."""
        delay_ns = int((20 + share * (_LATE_COPY_S - 20)) * NS_PER_SECOND)
        first = frame.receptions[0]
        copy = replace(
            frame,
            server_ns=frame.server_ns + delay_ns,
            random_hex=random_hex,
            receptions=[first._replace(rssi=first.rssi - 3, token=first.token ^ 1)],
        )
        return self._message(*self._server.up(copy), copy.server_ns + _PUBLISH_NS)

    def _late_ns(self, chance: float, receptions: list[Reception]) -> int:
        """Return how long a gateway with GPS kept the frame while its way to the server was cut.

        Only ChirpStack takes such frames with the gateway's time.
        """
        if chance >= _LATE or isinstance(self._server, TheThingsStack):
            return 0
        if not all(reception.gateway.gps for reception in receptions):
            return 0
        return int((600 + chance / _LATE * (_LATE_S - 1200)) * NS_PER_SECOND)

    def _silent_from_s(self) -> float:
        if self._device.fault is not Fault.SILENT:
            return np.inf
        return begins_s(Fault.SILENT, self._world.reference_s)

    def _message(self, topic: str, body: bytes, sent_ns: int) -> SimulatedMessage:
        device = self._device
        return SimulatedMessage(
            topic=topic,
            body=body,
            sent_ns=sent_ns,
            tenant=device.tenant,
            source=device.source,
            dev_eui=device.dev_eui,
        )
