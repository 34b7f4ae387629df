"""Hand a message to a channel: whatever apprise knows, DIVERA 24/7 and Alamos FE2.

A channel is an address such as `mailto://user:password@mail.example?to=wehr@stadt.example`. The two
alarm systems of German fire services have addresses of the same kind:

- `divera://ACCESSKEY` and, for some groups only, `?ric=A,B`
- `alamos://AUTHORIZATION@fe2.example:83` and `alamoss://...` over TLS, `?sender=NAME`

Sources: help.divera247.com, "RESTful Webservice"; Alamos, "Zugriff via HTTP POST/GET", format v2.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self
from urllib.parse import SplitResult, parse_qs, unquote, urlencode, urlsplit

import apprise
import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)

from regionhub.confined import Network, confined
from regionhub.errors import InputError

#: The setting of networks that channels may lead to.
NETWORKS = "REGIONHUB_ALARM_NETWORKS"
#: How long a service may take, in seconds.
TIMEOUT = urllib3.Timeout(connect=5, read=15)
_DIVERA = "www.divera247.com"
#: Address of what only takes note, for the hub's own check; nobody can enter it.
RECEIPT = "receipt://"
#: What only makes sense on a person's own desk, or would let a town act on the hub's machine.
_LOCAL = frozenset(
    {"dbus", "glib", "gio", "gnome", "kde", "qt", "macosx", "windows", "syslog", "growl"}
)
_OWN = frozenset({"divera", "divera-http", "alamos", "alamoss"})
#: What DIVERA shows.
_LONGEST_TITLE, _LONGEST_TEXT = 50, 1000
#: Bytes of an answer that are looked at.
_MOST_ANSWERED = 65_536
_pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: delivered, refused (it has not arrived), or nobody knows."""

    kind: Literal["delivered", "refused", "unknown"]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message as a channel gets it; `key` is the same when it is sent again."""

    key: str
    subject: str
    body: str
    level: int


DELIVERED = Outcome("delivered")


def check_address(address: str) -> str:
    """The address without what is secret in it, for people to tell channels apart.

    Raises:
        InputError: nothing can be sent there.
    """
    scheme = address.partition("://")[0].lower()
    if scheme in _OWN:
        parts = _split(address)
        _key(parts)
        host = parts.netloc.rpartition("@")[2] if "@" in parts.netloc else ""
        return f"{scheme}://…@{host}" if host else f"{scheme}://…"
    if scheme in _LOCAL:
        raise InputError(f"{scheme}:// shows messages on the machine of the hub only")
    with confined((), NETWORKS) as bounds:
        plugin = _plugin(address)
    if bounds.refused:
        raise InputError(bounds.refused)
    shown: str = plugin.url(privacy=True)
    return shown.partition("?")[0]


def send(address: str, message: Outgoing) -> Outcome:
    """Hand a message to a channel; never fails.

    Args:
        address: as `check_address` took it.
        message: what is sent.
    """
    scheme = address.partition("://")[0].lower()
    if address == RECEIPT:
        return DELIVERED
    try:
        match scheme:
            case "divera" | "divera-http":
                return _divera(_split(address), message)
            case "alamos" | "alamoss":
                return _alamos(_split(address), message)
            case _:
                return _apprise(address, message)
    except InputError as error:
        return Outcome("refused", error.detail)
    except Exception as error:  # noqa: BLE001 - of a hundred services; a message is tried again
        return Outcome("unknown", _without_address(error))


def send_for_town(address: str, message: Outgoing, inner: Sequence[Network]) -> Outcome:
    """The same for an address that a town typed in, which reaches what it may; never fails.

    Args:
        address: as `check_address` took it.
        message: what is sent.
        inner: networks that it may lead to, beside the internet.
    """
    with confined(inner, NETWORKS) as bounds:
        outcome = send(address, message)
    if bounds.refused and outcome.kind != "delivered":
        return Outcome("refused", bounds.refused)
    return outcome


def ping(address: str) -> None:
    """Tell another place that all is well, if one is set; it notices when that stops."""
    if address:
        with contextlib.suppress(HTTPError, OSError):
            _pool.request("GET", address)


def _divera(parts: SplitResult, message: Outgoing) -> Outcome:
    host = parts.netloc.rpartition("@")[2] if "@" in parts.netloc else _DIVERA
    query = {"accesskey": _key(parts)}
    body: dict[str, Any] = {
        "title": message.subject[:_LONGEST_TITLE],
        "text": message.body[:_LONGEST_TEXT],
        "priority": 1 if message.level == 3 else 0,
    }
    if ric := _option(parts, "ric"):
        body["ric"] = ric
    scheme = "http" if parts.scheme == "divera-http" else "https"
    return _post(f"{scheme}://{host}/api/alarm?{urlencode(query)}", body, _divera_took)


def _divera_took(answer: Any) -> bool:
    return answer.get("success") is not False


def _alamos(parts: SplitResult, message: Outgoing) -> Outcome:
    scheme = "https" if parts.scheme == "alamoss" else "http"
    body = {
        "type": "ALARM",
        "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
        "sender": _option(parts, "sender") or "Smart Region Hub",
        "authorization": _key(parts),
        "data": {
            "externalId": message.key,
            "keyword": message.subject,
            "message": message.body.splitlines(),
        },
    }
    host = parts.netloc.rpartition("@")[2]
    return _post(f"{scheme}://{host}/rest/external/http/alarm/v2", body, _alamos_took)


def _alamos_took(answer: Any) -> bool:
    return bool(answer.get("status") == "OK")


def _post(url: str, body: Any, took: Any) -> Outcome:
    try:
        answer = _pool.request("POST", url, json=body, redirect=False, preload_content=False)
        with contextlib.closing(answer):
            data = answer.read(_MOST_ANSWERED)
        said = json.loads(data) if data else {}
    except (NewConnectionError, NameResolutionError, ConnectTimeoutError) as error:
        return Outcome("refused", _without_address(error))
    except (HTTPError, OSError) as error:
        return Outcome("unknown", _without_address(error))
    except ValueError:
        said = {}
    if answer.status >= 500:
        return Outcome("unknown", f"HTTP {answer.status}")
    if answer.status >= 300:
        return Outcome("refused", f"HTTP {answer.status}")
    if not isinstance(said, dict) or not took(said):
        detail = said.get("error") or said.get("message") if isinstance(said, dict) else None
        return Outcome("refused", str(detail or "the service did not take it")[:200])
    return DELIVERED


def _without_address(error: Exception) -> str:
    """What happened, without the address, in which keys stand."""
    return type(error).__name__


def _apprise(address: str, message: Outgoing) -> Outcome:
    plugin = _plugin(address)
    kinds = {1: apprise.NotifyType.INFO, 2: apprise.NotifyType.WARNING}
    kind = kinds.get(message.level, apprise.NotifyType.FAILURE)
    with _Heard() as heard:
        done = plugin.notify(title=message.subject, body=message.body, notify_type=kind)
    # it says no more than that it did not work: the message may have arrived
    return DELIVERED if done else Outcome("unknown", heard.text or plugin.service_name)


def _plugin(address: str) -> Any:
    with _Heard() as heard:
        plugin = apprise.Apprise.instantiate(address)
    if plugin is None:
        raise InputError(
            "nothing can be sent to this address: see https://appriseit.com/services/ for how "
            f"addresses of channels are written. {heard.text}".strip()
        )
    return plugin


class _Heard(logging.Handler):
    """What apprise says to its log in this thread, such as that a password is wrong."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self.text = ""

    def __enter__(self) -> Self:
        logging.getLogger("apprise").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the last sentence."""
        if record.thread == self._thread:
            self.text = record.getMessage()[:200]


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        raise InputError("the address of this channel cannot be read") from None


def _key(parts: SplitResult) -> str:
    key, at, host = parts.netloc.rpartition("@")
    if not at:
        key = host
    if not key or (parts.scheme != "divera" and not (at and host)):
        raise InputError(
            "write divera://ACCESSKEY, or alamos://AUTHORIZATION@host:83 (alamoss:// over TLS)"
        )
    return unquote(key)


def _option(parts: SplitResult, name: str) -> str:
    return next(iter(parse_qs(parts.query).get(name, [])), "")
