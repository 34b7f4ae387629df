"""How a source's broker is reached: address, login, encryption, WebSocket."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path
from typing import Literal, NamedTuple

import paho.mqtt.client as paho

from regionhub.devices import Broker, Source, broker_address
from regionhub.errors import InputError


class UnusableSource(Exception):
    """Something that is set for a source cannot be used: a code of `regionhub.problems`, why."""

    def __init__(self, code: str, detail: str) -> None:
        self.refusal = code, detail
        super().__init__(code)


class Way(NamedTuple):
    """How to reach a broker."""

    broker: Broker
    context: ssl.SSLContext | None

    @property
    def transport(self) -> Literal["tcp", "websockets"]:
        """What a client of paho is made with."""
        return "tcp" if self.broker.path is None else "websockets"

    def prepare(self, client: paho.Client, source: Source) -> None:
        """Set up a client that was made for this way."""
        if source.username is not None:
            client.username_pw_set(source.username, source.password)
        if self.context is not None:
            client.tls_set_context(self.context)
        if self.broker.path is not None:
            client.ws_set_options(path=self.broker.path)


def way_to(source: Source) -> Way:
    """How to reach the broker of a source.

    Raises:
        UnusableSource: it cannot be reached as it is set.
    """
    if source.sealed is not None:
        raise UnusableSource("secrets_sealed", source.sealed)
    try:
        broker = broker_address(source.broker_url)
    except InputError as error:
        raise UnusableSource("address_invalid", error.detail) from None
    try:
        return Way(broker, tls_context(source) if broker.tls else None)
    except InputError as error:
        raise UnusableSource("certificate_invalid", error.detail) from None


def tls_context(source: Source) -> ssl.SSLContext:
    """Whom we believe, and how we prove who we are.

    Raises:
        InputError: a certificate or key of the source cannot be used.
    """
    try:
        # with authorities of its own, those of everybody are not believed
        context = ssl.create_default_context(cadata=source.ca)
        if source.certificate is not None:
            _prove(context, source.certificate, source.private_key)
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None)
        raise InputError(reason.replace("_", " ").lower() if reason else "no PEM") from None
    return context


def _prove(context: ssl.SSLContext, certificate: str, private_key: str | None) -> None:
    # OpenSSL reads both from a file only; nobody else can read this one, and it is gone at once
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "certificate.pem"
        file.touch(mode=0o600)
        file.write_text(f"{private_key or ''}\n{certificate}\n", encoding="utf-8")
        context.load_cert_chain(file, password=_no_password)


def _no_password() -> str:
    # without it OpenSSL would ask at the terminal
    return ""
