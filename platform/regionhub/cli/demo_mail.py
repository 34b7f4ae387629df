"""The demo's mailbox: alarms arrive on a page of this machine instead of on a phone."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from regionhub.features.alarms.contacts import create_chain, create_contact, put_step
from regionhub.features.alarms.rules import create_rule, switch_rule
from regionhub.sealing import Secrets
from regionhub.store.database import Connection, select_all
from regionhub.store.roles import acting_as
from regionhub.store.statements import queries
from regionhub_simulators.region import DemoRegion

_SQL = queries(__package__, "demo_mail")
#: Who is told of each town, and after the minutes of the chain.
_PEOPLE = ("Wache", "Einsatzleitung")
_CHAIN_MINUTES = 2
_USUAL = {
    "signal": None, "quantity": None, "below": False, "limit_value": None, "clear_value": None,
    "silent": None, "minutes": None, "stage": None, "hours": None, "hold_minutes": 0,
    "site_kind": None, "site_ids": None,
}  # fmt: skip
_RULES = (
    {"name": "Hochwasser", "kind": "signal", "signal": "gauges", "level": 1},
    {"name": "Glätte", "kind": "signal", "signal": "road", "level": 2},
    {"name": "Rauch im Wald", "kind": "signal", "signal": "smoke", "level": 3},
    {"name": "Hochwasser zu erwarten", "kind": "forecast", "level": 2, "stage": 2, "hours": 6,
     "limit_value": 50.0, "clear_value": 30.0},
)  # fmt: skip
#: Messages that are kept.
_MOST = 200
_LONGEST = 100_000
_LINK = re.compile(r"https?://[^\s<>\"]+")
_PAGE = """<!doctype html><html lang="de"><meta charset="utf-8">
<meta http-equiv="refresh" content="5"><meta name="viewport" content="width=device-width">
<title>Postfach der Demo</title>
<style>body{font:16px/1.5 system-ui;max-width:46rem;margin:2rem auto;padding:0 1rem}
article{border:1px solid #999;border-radius:8px;padding:.2rem 1rem;margin:1rem 0}
p{white-space:pre-line}small{color:#555}</style>
<h1>Postfach der Demo</h1><p>Was Empfänger auf ihr Telefon bekämen. Der Link einer Nachricht
quittiert ihren Alarm; ohne Quittung wird nach zwei Minuten die nächste Stufe der Kette
benachrichtigt.</p>
"""


@dataclass(frozen=True, slots=True)
class _Mail:
    time: datetime
    who: str
    title: str
    text: str

    def html(self) -> str:
        """As a part of the page; links can be followed."""
        text = _LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', escape(self.text))
        return (
            f"<article><h2>{escape(self.title)}</h2><small>{self.time:%d.%m. %H:%M:%S} an "
            f"{escape(self.who)}</small><p>{text}</p></article>"
        )


class _Handler(BaseHTTPRequestHandler):
    """Takes what apprise posts to json:// and shows it."""

    mails: ClassVar[list[_Mail]]

    def do_POST(self) -> None:
        """A message."""
        try:
            length = int(self.headers.get("content-length", "0"))
            given = json.loads(self.rfile.read(min(length, _LONGEST)))
            mail = _Mail(
                datetime.now().astimezone(),
                self.path.strip("/").replace("/", ", "),
                str(given["title"]),
                str(given["message"]),
            )
        except (ValueError, KeyError, TypeError):
            self.send_error(400)
            return
        self.mails.append(mail)
        del self.mails[:-_MOST]
        self.send_response(204)
        self.end_headers()

    def do_GET(self) -> None:
        """All of them, the last first."""
        mails = "".join(mail.html() for mail in reversed(self.mails))
        body = (_PAGE + (mails or "<p>Noch keine Nachricht.</p>")).encode()
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nobody reads it."""


@contextmanager
def mailbox(port: int) -> Iterator[str]:
    """Serve the page on a port of this machine; gives its address."""
    handler = type("Handler", (_Handler,), {"mails": []})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Town:
    tenant_id: int
    slug: str


def set_up_alarms(connection: Connection, region: DemoRegion, secrets: Secrets, port: int) -> None:
    """Give each town of the demo people, a chain and rules that are on."""
    slugs = [town.slug for town in region.towns]
    with connection.transaction():
        for town in select_all(connection, _Town, _SQL["towns"], {"slugs": slugs}):
            with acting_as(connection, town.slug):
                _set_up_town(connection, town, secrets, port)


def _set_up_town(connection: Connection, town: _Town, secrets: Secrets, port: int) -> None:
    chain = create_chain(
        connection, town.tenant_id, name="Hochwasser (Demo)", minutes=_CHAIN_MINUTES
    )
    for step, name in enumerate(_PEOPLE, 1):
        address = f"json://127.0.0.1:{port}/{town.slug}/{name}"
        contact = create_contact(
            connection, town.tenant_id, name=f"{name} (Demo)", address=address, secrets=secrets
        )
        put_step(connection, chain, step=step, contact_id=contact)
    for rule in _RULES:
        made = create_rule(connection, town.tenant_id, _USUAL | rule | {"chain_id": chain})
        switch_rule(connection, made.rule_id, enabled=True)
