"""What a broker or the network says, as codes of `regionhub.problems` with a detail.

Brokers of MQTT 3.1.1 and 5 arrive here alike: paho turns the return codes of the older version into
reason codes of the newer one. What Mosquitto 2.0 says is noted where it surprises.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from typing import Protocol

from regionhub.devices import Source

#: A code and what goes with it.
Refusal = tuple[str, str | None]

SESSION_TAKEN_OVER = 0x8E
_NOT_AUTHORISED = 0x87
_SHARING_NOT_SUPPORTED = 0x9E
_TOPIC_INVALID = {0x8F, 0xA2}  # 0xA2: wildcards are not supported
_REFUSALS = {
    0x84: "protocol_refused",
    0x85: "client_refused",  # the client id
    0x86: "wrong_password",
    _NOT_AUTHORISED: "wrong_password",  # Mosquitto says so for a wrong password as well
    0x88: "broker_unavailable",
    0x89: "broker_unavailable",
    0x8A: "client_refused",
    0x8C: "wrong_password",
    0x97: "broker_unavailable",
    0x9F: "broker_unavailable",
}


class BrokerReason(Protocol):
    """A reason code of MQTT 5 with its name as text."""

    @property
    def value(self) -> int:
        """The code."""

    @property
    def is_failure(self) -> bool:
        """Whether it refuses something."""


def refusal(reason: BrokerReason, source: Source) -> Refusal:
    """Why a broker does not let us in."""
    code = _REFUSALS.get(reason.value, "broker_refuses")
    if code == "wrong_password" and source.username is None:
        code = "login_missing"
    return code, str(reason)


def subscription_refusal(topics: Sequence[str], reasons: Sequence[BrokerReason]) -> Refusal | None:
    """Which topics a broker does not give us, and why; None if it gives all of them.

    Mosquitto with an ACL file grants every subscription and then sends nothing.
    """
    refused = [(t, r) for t, r in zip(topics, reasons, strict=False) if r.is_failure]
    if not refused:
        return None
    values = {reason.value for _, reason in refused}
    code = (
        "sharing_not_supported"
        if _SHARING_NOT_SUPPORTED in values
        else "topic_invalid"
        if values <= _TOPIC_INVALID
        else "topic_not_permitted"
    )
    return code, ", ".join(topic for topic, _ in refused)


def unreachable(error: BaseException | None, source: Source) -> Refusal:
    """Why there is no connection to the broker."""
    if isinstance(error, socket.gaierror):
        return "address_unknown", None
    if isinstance(error, ssl.SSLCertVerificationError):
        return "tls_failed", error.verify_message
    if isinstance(error, ssl.SSLError):
        return "tls_failed", (getattr(error, "reason", None) or "no TLS").replace("_", " ").lower()
    if isinstance(error, ConnectionResetError) and source.broker_url.startswith(("mqtts:", "wss:")):
        return "tls_failed", "the broker hangs up"  # Mosquitto on a port without TLS
    if isinstance(error, TimeoutError):
        return "broker_unreachable", "no answer"
    said = error.strerror if isinstance(error, OSError) else None
    return "broker_unreachable", (said or "no connection").lower()
