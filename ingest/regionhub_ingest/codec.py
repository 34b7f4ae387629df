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
from collections.abc import Callable
from importlib import resources
from typing import Any

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

Decode = Callable[[str, int | None, float, str], str]


class Codec:
    """One codec, compiled at its first use."""

    def __init__(self, name: str, source: str, *, time_limit: float = TIME_LIMIT) -> None:
        """Keep the source; `name` is for error texts, `time_limit` is CPU seconds per decode."""
        self._name = name
        self._source = source
        self._time_limit = time_limit
        self._decode: Decode | None = None
        self._strikes = 0
        self._rests_until = 0.0

    def run(
        self, payload: bytes, f_port: int | None, time_ns: int, variables: bytes = b"{}"
    ) -> dict[str, Any]:
        """Return the codec's answer: `data`, `errors`, `warnings` and `lost`, all optional.

        `variables` is the JSON of the device's parameters; `lost` names fields that were no
        finite numbers.

        Raises:
            DecodeError: the codec does not compile, throws, breaks a limit or returns no object.
        """
        if self._rests_until > time.monotonic():
            raise DecodeError(
                f"the codec of {self._name} rests: it broke its limits {STRIKES} times"
            )
        arguments = (str(list(payload)), f_port, time_ns // 1_000_000, variables.decode())
        used = self._decode is not None
        try:
            text = self._attempt(arguments)
        except DecodeError:
            # Another device's frames may have filled the memory, or the machine was busy.
            if not used:
                raise
            text = self._attempt(arguments)
        return self._answer(text)

    def _attempt(self, arguments: tuple[str, int | None, float, str]) -> str:
        decode = self._decode or self._compile()
        # Kept only when nothing went wrong: an interrupted context is in no known state.
        self._decode = None
        try:
            text = decode(*arguments)
        except _BROKEN as error:
            self._strikes += 1
            if self._strikes >= STRIKES:
                self._strikes = 0
                self._rests_until = time.monotonic() + REST
            raise DecodeError(f"the codec of {self._name} {_limit(error)}") from None
        self._strikes = 0
        if not text.startswith('{"dirty"'):
            self._decode = decode
        return text

    def _compile(self) -> Decode:
        context = quickjs.Context()
        context.set_memory_limit(COMPILE_MEMORY)
        context.set_max_stack_size(STACK)
        try:
            decode: Decode = context.eval(_SANDBOX)(self._source)
        except _BROKEN as error:
            first_line = str(error).splitlines()[0]
            raise DecodeError(f"the codec of {self._name} does not compile: {first_line}") from None
        context.set_memory_limit(context.memory()["malloc_size"] + DECODE_MEMORY)
        context.set_time_limit(self._time_limit)
        return decode

    def _answer(self, text: str) -> dict[str, Any]:
        if len(text) > MAX_ANSWER:
            raise DecodeError(
                f"the codec of {self._name} returned more than {MAX_ANSWER} characters"
            )
        try:
            answer: dict[str, Any] = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise DecodeError(f"the codec of {self._name} returned no usable JSON") from None
        answer.pop("dirty", None)
        error = answer.get("error")
        if error is not None:
            raise DecodeError(f"the codec of {self._name} failed: {one_line(error)}")
        return answer


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
