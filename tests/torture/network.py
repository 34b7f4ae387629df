"""A network that can be cut, silenced and slowed: a proxy between two of the processes."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of zero seconds: close with a reset
_CHUNK = 16384
_SLOW_DELAY = 0.12  # seconds for every chunk and direction
_SLOW_RATE = 60_000  # bytes a second


class Link:
    """Listens on `port` and passes on to `target`.

    `how` is the state of the line: "up"; "cut" (connections are reset, new ones too); "silent"
    (nothing passes, nothing is said); "half-open" (the far ends are gone, the near ones are not
    told); "slow".
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.how = "up"
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._closing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def change(self, how: str) -> None:
        """Put the line into another state; what a silent or half-open line held is then reset."""
        before, self.how = self.how, how
        if how == "cut" or before in {"silent", "half-open"}:
            for pair in self._take():
                for end in pair:
                    _reset(end)
        elif how == "half-open":
            with self._lock:
                pairs = list(self._pairs)
            for _, far in pairs:
                _reset(far)

    def close(self) -> None:
        """End it."""
        self._closing = True
        self._listener.close()
        self.change("cut")

    def _take(self) -> list[tuple[socket.socket, socket.socket]]:
        with self._lock:
            pairs, self._pairs = list(self._pairs), set()
        return pairs

    def _accept(self) -> None:
        while not self._closing:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.how == "cut":
                _reset(near)
                continue
            threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._target), timeout=5)
        except OSError:
            _reset(near)
            return
        far.settimeout(None)
        pair = (near, far)
        with self._lock:
            self._pairs.add(pair)
        for end in pair:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for source, sink in (pair, pair[::-1]):
            threading.Thread(target=self._pump, args=(source, sink, pair), daemon=True).start()

    def _pump(
        self, source: socket.socket, sink: socket.socket, pair: tuple[socket.socket, socket.socket]
    ) -> None:
        try:
            while data := source.recv(_CHUNK):
                while self.how in {"silent", "half-open"}:
                    time.sleep(0.01)
                if self.how == "slow":
                    time.sleep(_SLOW_DELAY + len(data) / _SLOW_RATE)
                sink.sendall(data)
        except OSError:
            pass
        while self.how == "half-open":
            time.sleep(0.01)  # the far end is gone; the near one must not hear of it yet
        with self._lock:
            self._pairs.discard(pair)
        for end in pair:
            _reset(end)


def _reset(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        end.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
    with suppress(OSError):
        end.close()


@contextmanager
def link(target: int) -> Iterator[Link]:
    """A line to a port of this machine."""
    line = Link(target)
    try:
        yield line
    finally:
        line.close()
