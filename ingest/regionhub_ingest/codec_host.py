"""Keeps the process in which codecs run, and starts another one when it is gone."""

from __future__ import annotations

import hashlib
import os
import select
import signal
import subprocess
import sys
import weakref
from contextlib import suppress
from typing import IO, NamedTuple

from regionhub.observability import get_logger
from regionhub_ingest.codec_process import DIED, REPLY, REQUEST

_log = get_logger(__name__)
#: Processor time is bounded in the process itself; this is for a process that waits for nothing.
_WAIT_SECONDS = 30
_END_SECONDS = 2
#: What Python needs to start. Passwords and addresses stand in others.
_ENVIRONMENT = ("PATH", "PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "TZ")


class Reply(NamedTuple):
    """What the process said; for `kind` and `text` see `codec_process`."""

    kind: bytes
    seconds: float
    text: bytes


class CodecHost:
    """A process for codecs, started when it is needed first; one thread at a time may use it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._end: weakref.finalize[[subprocess.Popen[bytes]], CodecHost] | None = None
        #: Codecs whose source the process has.
        self._known: set[bytes] = set()

    def run(self, source: str, frames: bytes, *, alone: bool) -> Reply:
        """Let a codec decode frames; a reply says as well that the process did not outlive it.

        Args:
            source: of the codec.
            frames: as `sandbox.js` takes them.
            alone: whether it is one frame.
        """
        for attempt in (1, 2):
            try:
                return self._ask(source, frames, alone=alone)
            except OSError as error:  # somebody ended all of it, such as a machine without memory
                _log.warning("codec_process_lost", detail=str(error), attempt=attempt)
                self.close()
        return Reply(DIED, 0.0, b"")

    def close(self) -> None:
        """End the process; the next request starts another one."""
        if self._end is not None:
            self._end()
        self._process = self._end = None
        self._known.clear()

    def _ask(self, source: str, frames: bytes, *, alone: bool) -> Reply:
        process = self._process or self._start()
        assert process.stdin is not None
        name = hashlib.blake2b(source.encode(), digest_size=16).digest()
        text = b"" if name in self._known else source.encode()
        _write(process.stdin, REQUEST.pack(name, alone, len(text), len(frames)) + text + frames)
        kind, seconds, length = REPLY.unpack(self._read(process, REPLY.size))
        if kind == DIED:
            self._known.clear()
        else:
            self._known.add(name)
        return Reply(kind, seconds, self._read(process, length))

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = process = subprocess.Popen(
            [sys.executable, "-P", "-m", "regionhub_ingest.codec_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            # what a terminal sends to all is for us to follow; and all of it can be ended together
            start_new_session=True,
        )
        self._end = weakref.finalize(self, _end, process)
        return process

    def _read(self, process: subprocess.Popen[bytes], length: int) -> bytes:
        assert process.stdout is not None
        answers = process.stdout.fileno()
        waiting = select.poll()
        waiting.register(answers, select.POLLIN)
        pieces = []
        while length:
            if not waiting.poll(_WAIT_SECONDS * 1000):
                raise TimeoutError("no answer")
            piece = os.read(answers, length)
            if not piece:
                raise BrokenPipeError("it is gone")
            pieces.append(piece)
            length -= len(piece)
        return b"".join(pieces)


def _write(pipe: IO[bytes], data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[pipe.write(rest) :]


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    try:
        process.wait(_END_SECONDS)  # without requests it ends, and its children before it
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
