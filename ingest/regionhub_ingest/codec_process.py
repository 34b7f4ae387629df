"""The process in which JavaScript codecs run: it has no secrets, and can be killed at any time.

A codec can sit in one built-in call of the engine for minutes, in which nothing looks at the clock.
So the kernel does: before each request the process asks to be killed when it has used its processor
time. Its parent, which has everything imported and does nothing but wait, then forks the next one
and says that one died; that takes milliseconds.

A request is a head (`REQUEST`), the source of the codec if this process does not have it yet, and
frames as `sandbox.js` takes them. The reply is a head (`REPLY`) and a text. Requests come on
standard input, replies go to standard output.
"""

from __future__ import annotations

import os
import re
import signal
import struct
import sys
import time
from collections.abc import Callable
from importlib import resources
from typing import BinaryIO

import quickjs

#: Name of the codec (16 bytes), whether there is one frame only, length of source and of frames.
REQUEST = struct.Struct("!16s?II")
#: What follows, seconds of processor time that were used, length of the text.
REPLY = struct.Struct("!cdI")
#: What follows in a reply: answers of the codec, why it does not compile or gives no answers, which
#: limit it broke, or nothing because the process died.
ANSWERS, REFUSED, BROKEN, DIED = b"A", b"R", b"B", b"D"

#: Processor time of one decode; a usual one takes 0.02 ms. The engine looks at it in loops ...
TIME_LIMIT = 0.1  # seconds
#: ... and the kernel, whatever the codec sits in.
KILL_LIMIT = 0.25  # seconds
#: Compiling the longest public codec (235 kB) takes about 20 ms and 5 MB.
COMPILE_LIMIT = 2.0  # seconds
COMPILE_MEMORY = 32 * 1024 * 1024  # bytes
#: What a decode may take on top of the compiled codec.
DECODE_MEMORY = 4 * 1024 * 1024  # bytes
STACK = 256 * 1024  # bytes
#: The answer of a codec for one frame of at most 242 bytes.
MAX_ANSWER = 256 * 1024  # characters

_BUFFER, _SANDBOX = (
    (resources.files(__package__) / name).read_text("utf-8") for name in ("buffer.js", "sandbox.js")
)
#: Most codecs do without it, and it takes a third of their compiling.
_NAMES_BUFFER = re.compile(r"\bBuffer\b")
_BROKEN = (quickjs.JSException, quickjs.StackOverflow, MemoryError, UnicodeDecodeError)

Decode = Callable[[str], str]


def main() -> None:
    """Fork processes that decode, one after the other, until there are no more requests."""
    while True:
        child = os.fork()
        if child == 0:
            serve(sys.stdin.buffer, sys.stdout.buffer)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status == 0:
            return
        sys.stdout.buffer.write(REPLY.pack(DIED, 0.0, 0))
        sys.stdout.buffer.flush()


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until there are none any more."""
    codecs = _Codecs()
    while head := requests.read(REQUEST.size):
        name, alone, source_length, frames_length = REQUEST.unpack(head)
        if source_length:
            codecs.sources[name] = requests.read(source_length).decode()
        frames = requests.read(frames_length).decode()
        started = time.thread_time()
        kind, text = codecs.run(name, frames, alone=alone)
        _kill_after(0)
        body = text.encode()
        replies.write(REPLY.pack(kind, time.thread_time() - started, len(body)) + body)
        replies.flush()


class _Codecs:
    """The codecs of one process; each is compiled when its first frames come."""

    def __init__(self) -> None:
        self.sources: dict[bytes, str] = {}
        self._compiled: dict[bytes, Decode] = {}

    def run(self, name: bytes, frames: str, *, alone: bool) -> tuple[bytes, str]:
        """What to reply."""
        used = name in self._compiled
        kind, text = self._attempt(name, frames)
        if kind != ANSWERS and used and alone:
            # another device's frames may have filled the memory
            kind, text = self._attempt(name, frames)
        return kind, text

    def _attempt(self, name: bytes, frames: str) -> tuple[bytes, str]:
        # kept only when nothing went wrong: an interrupted context is in no known state
        decode = self._compiled.pop(name, None)
        if decode is None:
            _kill_after(COMPILE_LIMIT)
            try:
                decode = _compile(self.sources[name])
            except _BROKEN as error:
                return REFUSED, f"does not compile: {str(error).splitlines()[0]}"
        _kill_after(KILL_LIMIT)
        try:
            answers = decode(frames)
        except _BROKEN as error:
            return BROKEN, _limit(error)
        if len(answers) > MAX_ANSWER:
            return REFUSED, f"returned more than {MAX_ANSWER} characters"
        if not answers.startswith('{"dirty"'):
            self._compiled[name] = decode
        return ANSWERS, answers


def _kill_after(seconds: float) -> None:
    """Let the kernel end this process when it has used this much more processor time; 0: never."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _compile(source: str) -> Decode:
    context = quickjs.Context()
    context.set_memory_limit(COMPILE_MEMORY)
    context.set_max_stack_size(STACK)
    if _NAMES_BUFFER.search(source):
        context.eval(_BUFFER)
    decode: Decode = context.eval(_SANDBOX)(source)
    context.set_memory_limit(context.memory()["malloc_size"] + DECODE_MEMORY)
    context.set_time_limit(TIME_LIMIT)
    return decode


def _limit(error: Exception) -> str:
    text = str(error)
    if "interrupted" in text:
        return "took too long"
    if "stack" in text or isinstance(error, quickjs.StackOverflow):
        return "recursed too deeply"
    if text.startswith("null"):
        return "threw null or needs too much memory"
    return "needs too much memory"


if __name__ == "__main__":
    main()
