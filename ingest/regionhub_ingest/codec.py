"""One JavaScript codec, contained: `sandbox.js` says how, and `codec_process` where.

Many frames are decoded with one request. Where the codec breaks a limit, those that were sent
together are sent again one by one, so that a frame harms no other one; and the device whose frames
do so again and again rests, while the others of the same profile go on.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, NamedTuple

import orjson

from regionhub.errors import DecodeError
from regionhub.observability import get_logger
from regionhub_ingest.codec_host import CodecHost
from regionhub_ingest.codec_process import ANSWERS, BROKEN, DIED

_log = get_logger(__name__)
#: A device at whose frames a codec broke a limit this often in a row rests ...
STRIKES = 3
#: ... for this long, and twice as long whenever it does so again: each strike can cost a quarter
#: of a second, and others wait for it.
REST = 60.0  # seconds
_LONGEST_REST = 3600.0  # seconds

#: Frames are decoded together for about this long; what breaks a limit there is tried alone.
TOGETHER = 0.01  # seconds of CPU time
MOST_TOGETHER = 256  # frames

Answer = dict[str, Any]


class Frame(NamedTuple):
    """What a codec is told of one uplink, with the parameters of its device.

    `time_ns` is the time of the uplink; `f_port` is None where the network server does not tell.
    `device` is not told; it is any number by which the frames of one device are known. `decoded` is
    what the network server made of the payload, for profiles that map that and have no codec.
    """

    payload: bytes
    f_port: int | None
    time_ns: int
    parameters: Mapping[str, object]
    device: int = 0
    decoded: Mapping[str, Any] | None = None


@dataclass(slots=True)
class _Offender:
    """A device at whose frames the codec breaks limits."""

    strikes: int = 0
    rests: int = 0
    until: float = 0.0


class Codec:
    """One codec; it is compiled where it runs, at its first use."""

    def __init__(self, name: str, source: str, host: CodecHost) -> None:
        """Keep the source; `name` is for error texts, `host` runs it."""
        self._name = name
        self._source = source
        self._host = host
        self._together = 1
        self._offenders: dict[int, _Offender] = {}

    def run(self, payload: bytes, f_port: int | None, time_ns: int) -> Answer:
        """Return the codec's answer: `data`, `errors`, `warnings` and `lost`, all optional.

        `lost` names fields that were no finite numbers.

        Raises:
            DecodeError: the codec does not compile, throws, breaks a limit or returns no object.
        """
        (answer,) = self.run_all([Frame(payload, f_port, time_ns, {})])
        if isinstance(answer, DecodeError):
            raise answer
        return answer

    def run_all(self, frames: Sequence[Frame]) -> list[Answer | DecodeError]:
        """Decode frames of any devices; each has the answer or the error of `run`.

        Many at once cost a quarter of as many calls.
        """
        answers: list[Answer | DecodeError] = []
        while len(answers) < len(frames):
            chunk = frames[len(answers) : len(answers) + self._together]
            if self._offenders:
                rest = self._rest(chunk[0].device)
                if rest is not None:
                    answers.append(rest)
                    continue
                chunk = list(takewhile(lambda frame: self._rest(frame.device) is None, chunk))
            answers += self._run_together(chunk) or [self._run_alone(frame) for frame in chunk]
        return answers

    def _run_together(self, frames: Sequence[Frame]) -> list[Answer | DecodeError]:
        """Answers to the first frames, as many as one context may give; none if that failed."""
        if not frames or (len(frames) == 1 and self._together > 1):
            return []
        kind, spent, text = self._host.run(self._source, _as_json(frames), alone=False)
        try:
            answers = self._answers(text) if kind == ANSWERS else []
        except DecodeError:
            answers = []
        if not answers:
            self._together = 1
            return []
        # The first run of a context compiles, so this grows within a few batches.
        fitting = int(TOGETHER * len(frames) / spent) if spent else MOST_TOGETHER
        self._together = max(1, min(fitting, 4 * self._together, MOST_TOGETHER))
        return [self._judged(answer) for answer in answers]

    def _run_alone(self, frame: Frame) -> Answer | DecodeError:
        rest = self._rest(frame.device)
        if rest is not None:
            return rest
        kind, _, text = self._host.run(self._source, _as_json([frame]), alone=True)
        if kind in (BROKEN, DIED):
            limit = text.decode() or "took too long"
            self._strike(frame.device, limit)
            return DecodeError(f"the codec of {self._name} {limit}")
        self._offenders.pop(frame.device, None)
        if kind != ANSWERS:
            return DecodeError(f"the codec of {self._name} {text.decode()}")
        try:
            return self._judged(self._answers(text)[0])
        except DecodeError as error:
            return error

    def _rest(self, device: int) -> DecodeError | None:
        """Why frames of a device are not decoded now."""
        offender = self._offenders.get(device)
        if offender is None or offender.until <= time.monotonic():
            return None
        return DecodeError(
            f"the codec of {self._name} broke its limits {STRIKES} times with frames of this "
            "device, which rests: process them again later"
        )

    def _strike(self, device: int, limit: str) -> None:
        _log.warning("codec_limit", codec=self._name, device=device, detail=limit)
        offender = self._offenders.setdefault(device, _Offender())
        offender.strikes += 1
        if offender.strikes >= STRIKES:
            offender.until = time.monotonic() + min(REST * 2**offender.rests, _LONGEST_REST)
            offender.strikes = 0
            offender.rests += 1

    def _answers(self, text: bytes) -> list[Answer]:
        try:
            answers: list[Answer] = orjson.loads(text)["answers"]
        except orjson.JSONDecodeError:
            raise DecodeError(f"the codec of {self._name} returned no usable JSON") from None
        return answers

    def _judged(self, answer: Answer) -> Answer | DecodeError:
        error = answer.get("error")
        if error is None:
            return answer
        return DecodeError(f"the codec of {self._name} failed: {one_line(error)}")


def _as_json(frames: Sequence[Frame]) -> bytes:
    return orjson.dumps(
        [
            (frame.payload.hex(), frame.f_port, frame.time_ns // 1_000_000, frame.parameters)
            for frame in frames
        ]
    )


def one_line(text: object) -> str:
    """Return foreign text as one short line that can be printed."""
    line = " ".join(str(text).split())
    return "".join(letter for letter in line if letter.isprintable())[:200]
