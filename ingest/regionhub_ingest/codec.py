"""Running one JavaScript codec in QuickJS, contained: `sandbox.js` says how.

QuickJS objects belong to the thread that made them: make, use and drop a `Codec` in one thread.
While JavaScript runs, other Python threads run too.

The limits hold for everything a careless codec does: endless loops, recursion, regular
expressions, growing memory. QuickJS looks at the clock between JavaScript operations only, so a
codec written to do harm can still make single built-in calls that take long; who imports a
foreign codec runs foreign code.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import Any, NamedTuple

import orjson
import quickjs

from regionhub.errors import DecodeError

#: CPU time of one decode; a usual one takes 0.02 ms.
TIME_LIMIT = 0.1  # seconds
#: Compiling the longest public codec (235 kB) takes about 5 MB.
COMPILE_MEMORY = 32 * 1024 * 1024  # bytes
#: What a decode may take on top of the compiled codec.
DECODE_MEMORY = 4 * 1024 * 1024  # bytes
STACK = 256 * 1024  # bytes
#: The answer of a codec for one frame of at most 242 bytes.
MAX_ANSWER = 256 * 1024  # characters
#: A codec that broke a limit this often in a row rests, so that it cannot stall the others.
STRIKES = 3
REST = 60.0  # seconds

_SANDBOX = (resources.files(__package__) / "sandbox.js").read_text("utf-8")
_BROKEN = (quickjs.JSException, quickjs.StackOverflow, MemoryError, UnicodeDecodeError)

#: Frames are decoded together for about this long; what breaks a limit there is tried alone.
TOGETHER = 0.01  # seconds of CPU time
MOST_TOGETHER = 256  # frames

Answer = dict[str, Any]


class Frame(NamedTuple):
    """What a codec is told of one uplink, with the parameters of its device.

    `time_ns` is the time of the uplink; `f_port` is None where the network server does not tell.
    """

    payload: bytes
    f_port: int | None
    time_ns: int
    parameters: Mapping[str, object]


class Codec:
    """One codec, compiled at its first use."""

    def __init__(self, name: str, source: str, *, time_limit: float = TIME_LIMIT) -> None:
        """Keep the source; `name` is for error texts, `time_limit` is CPU seconds per decode."""
        self._name = name
        self._source = source
        self._time_limit = time_limit
        self._decode: Callable[[str], str] | None = None
        self._together = 1
        self._strikes = 0
        self._rests_until = 0.0

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

        Many at once cost a quarter of as many calls. A frame on which the codec breaks a limit
        harms no other one: all that were sent with it are decoded again, one by one.
        """
        answers: list[Answer | DecodeError] = []
        while len(answers) < len(frames):
            chunk = frames[len(answers) : len(answers) + self._together]
            answers += self._run_together(chunk) or [self._run_alone(frame) for frame in chunk]
        return answers

    def _run_together(self, frames: Sequence[Frame]) -> list[Answer | DecodeError]:
        """Answers to the first frames, as many as one context may give; none if that failed."""
        if self._rests_until > time.monotonic() or (len(frames) == 1 and self._together > 1):
            return []
        started = time.thread_time()
        try:
            answers = self._answers(self._attempt(frames))
        except (DecodeError, *_BROKEN):
            self._together = 1
            return []
        spent = time.thread_time() - started
        # The first run of a context compiles, so this grows within a few batches.
        fitting = int(TOGETHER * len(frames) / spent) if spent else MOST_TOGETHER
        self._together = max(1, min(fitting, 4 * self._together, MOST_TOGETHER))
        return [self._judged(answer) for answer in answers]

    def _run_alone(self, frame: Frame) -> Answer | DecodeError:
        if self._rests_until > time.monotonic():
            return DecodeError(
                f"the codec of {self._name} rests: it broke its limits {STRIKES} times"
            )
        used = self._decode is not None
        try:
            try:
                text = self._attempt_alone(frame)
            except DecodeError:
                # Another device's frames may have filled the memory, or the machine was busy.
                if not used:
                    raise
                text = self._attempt_alone(frame)
            return self._judged(self._answers(text)[0])
        except DecodeError as error:
            return error

    def _attempt_alone(self, frame: Frame) -> str:
        try:
            text = self._attempt([frame])
        except _BROKEN as error:
            self._strikes += 1
            if self._strikes >= STRIKES:
                self._strikes = 0
                self._rests_until = time.monotonic() + REST
            raise DecodeError(f"the codec of {self._name} {_limit(error)}") from None
        self._strikes = 0
        return text

    def _attempt(self, frames: Sequence[Frame]) -> str:
        text = orjson.dumps(
            [
                (payload.hex(), f_port, time_ns // 1_000_000, parameters)
                for payload, f_port, time_ns, parameters in frames
            ]
        ).decode()
        decode = self._decode or self._compile()
        # Kept only when nothing went wrong: an interrupted context is in no known state.
        self._decode = None
        answers = decode(text)
        if not answers.startswith('{"dirty"'):
            self._decode = decode
        return answers

    def _compile(self) -> Callable[[str], str]:
        context = quickjs.Context()
        context.set_memory_limit(COMPILE_MEMORY)
        context.set_max_stack_size(STACK)
        try:
            decode: Callable[[str], str] = context.eval(_SANDBOX)(self._source)
        except _BROKEN as error:
            first_line = str(error).splitlines()[0]
            raise DecodeError(f"the codec of {self._name} does not compile: {first_line}") from None
        context.set_memory_limit(context.memory()["malloc_size"] + DECODE_MEMORY)
        context.set_time_limit(self._time_limit)
        return decode

    def _answers(self, text: str) -> list[Answer]:
        if len(text) > MAX_ANSWER:
            raise DecodeError(
                f"the codec of {self._name} returned more than {MAX_ANSWER} characters"
            )
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


def one_line(text: object) -> str:
    """Return foreign text as one short line that can be printed."""
    line = " ".join(str(text).split())
    return "".join(letter for letter in line if letter.isprintable())[:200]


def _limit(error: Exception) -> str:
    text = str(error)
    if "interrupted" in text:
        return "took too long"
    if "stack" in text or isinstance(error, quickjs.StackOverflow):
        return "recursed too deeply"
    if text.startswith("null"):
        return "threw null or needs too much memory"
    return "needs too much memory"
