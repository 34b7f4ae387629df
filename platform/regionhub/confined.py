"""What an address that somebody typed in may make the hub do: reach the internet, and no more.

An address names a host, and with some services files or another address. A look at its text cannot
say where that leads: names resolve to anything, and servers send on to others. So Python's audit
events are asked, which come with the very address that a socket is about to be connected to.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import NoReturn

from regionhub.errors import InputError

Network = IPv4Network | IPv6Network
#: IPv4 addresses in those of IPv6, for networks that have no IPv4 (RFC 6052).
_NAT64 = IPv6Network("64:ff9b::/96")
_SENDS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_PROGRAMS = ("subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system")
#: Where the program and its libraries are, which read files of their own.
_OWN = (
    *(Path(folder).resolve() for folder in (sys.prefix, sys.base_prefix)),
    Path(__file__).parents[1],
)
_thread = threading.local()


@dataclass(slots=True)
class Bounds:
    """What may be reached beside the internet, and what was refused, in words."""

    inner: Sequence[Network]
    setting: str
    refused: str = ""


class _RefusedError(PermissionError):
    pass


def read_networks(text: str, setting: str) -> tuple[Network, ...]:
    """Networks, comma separated, of a setting.

    Raises:
        InputError: one is none.
    """
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise InputError(f"{setting}: {error}") from None


@contextmanager
def confined(inner: Sequence[Network], setting: str) -> Iterator[Bounds]:
    """Within this, this thread reaches the internet and the `inner` networks only.

    It opens no file but those of the program, and starts no other program. `setting` is the one
    that allows networks.
    """
    _listen()
    bounds = Bounds(inner, setting)
    _thread.bounds = bounds
    try:
        yield bounds
    finally:
        _thread.bounds = None


@cache
def _listen() -> None:
    sys.addaudithook(_heard)


def _heard(event: str, details: tuple[object, ...]) -> None:
    bounds: Bounds | None = getattr(_thread, "bounds", None)
    if bounds is None:
        return
    if event in _SENDS:
        _check_host(bounds, details[1])
    elif event == "open":
        _check_file(bounds, details[0])
    elif event.startswith(_PROGRAMS):
        _refuse(bounds, "this address would start a program on the machine of the hub")


def _check_host(bounds: Bounds, address: object) -> None:
    if address is None:  # of a socket that is connected
        return
    host = str(address[0]) if isinstance(address, tuple) else str(address)
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:  # a socket of this machine, or a name that nobody has looked up yet
        _refuse(bounds, f"this hub may not reach {host}")
    if isinstance(found, IPv6Address):
        last = IPv4Address(int(found) & 0xFFFFFFFF) if found in _NAT64 else None
        found = last or found.ipv4_mapped or found.sixtofour or found
    if any(found in network for network in bounds.inner):
        return
    if not found.is_global or found.is_multicast:
        _refuse(
            bounds,
            f"this hub may not reach {host}, which is not in the internet: whoever runs it can "
            f"allow networks ({bounds.setting})",
        )


def _check_file(bounds: Bounds, path: object) -> None:
    if isinstance(path, int) or path is None:
        return
    opened = Path(path.decode(errors="replace") if isinstance(path, bytes) else str(path)).resolve()
    if not any(opened.is_relative_to(folder) for folder in _OWN):
        _refuse(bounds, "this address would read a file of the hub")


def _refuse(bounds: Bounds, why: str) -> NoReturn:
    bounds.refused = bounds.refused or why
    raise _RefusedError(why)
