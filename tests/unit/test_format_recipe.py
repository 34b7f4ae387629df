"""The recipe "Add a format" of docs/lns-formats.md, followed: one module, and one line for it."""

from __future__ import annotations

import importlib
import json
import pkgutil
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from tests.messages import arrived
from typer.testing import CliRunner

from regionhub import cli
from regionhub.cli.uplink import app
from regionhub.envelope import Envelope
from regionhub.errors import InputError, ParseError
from regionhub.uplinks import Ignored, Uplink
from regionhub_ingest import formats
from regionhub_ingest.formats import FORMATS, Format, find, mapping, named, parse, without_keys

MODULE = '''
"""Acme, a network server that nobody runs."""

from regionhub.envelope import Envelope
from regionhub.errors import ParseError
from regionhub.uplinks import Ignored, Message, Uplink
from regionhub_ingest.formats import clock
from regionhub_ingest.formats import fields as read
from regionhub_ingest.formats.format import Format


def parse(envelope: Envelope) -> Message:
    body = read.json_object(envelope.body)
    if body.get("acmeKind") == "beat":
        return Ignored(event="beat", why="is a heartbeat")
    dev_eui = read.eui(body, "device")
    if dev_eui is None:
        raise ParseError("device is missing")
    time_ns, time_source = clock.choose(read.instant(body, "at"), None, envelope.received_ns)
    return Uplink(
        dev_eui=dev_eui,
        time_ns=time_ns,
        time_source=time_source,
        f_port=read.whole(body, "port", high=255),
        payload=read.payload(body, "bytes", encoding="hex"),
        f_cnt=read.whole(body, "counter"),
    )


def without_keys(body: bytes) -> bytes | None:
    return body.replace(b"SECRET", b"") if body.startswith(b"ACME") else None


FORMAT = Format(
    name="acme",
    parse=parse,
    protocol="3.1.1",
    topics=("acme/+/up",),
    likeness=lambda message: "acmeKind" in message,
    without_keys=without_keys,
)
'''
EUI = "24e124136d0c0417"
UP = {"acmeKind": "up", "device": EUI.upper(), "at": "2026-05-12T07:41:23Z", "port": 85,
      "bytes": "0175", "counter": 7}  # fmt: skip


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Format:
    file = tmp_path / "acme.py"
    file.write_text(MODULE)
    spec = spec_from_file_location("acme", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    made: Format = module.FORMAT
    monkeypatch.setitem(FORMATS, made.name, made)  # what the line in the tuple does
    return made


def message(body: object, topic: str = "") -> Envelope:
    return Envelope(topic=topic, body=json.dumps(body).encode(), arrival=arrived(None))


def test_its_messages_are_read(acme: Format) -> None:
    uplink = parse("acme", message(UP, f"acme/{EUI}/up"))
    assert isinstance(uplink, Uplink)
    assert (uplink.dev_eui, uplink.f_cnt, uplink.payload) == (EUI, 7, b"\x01\x75")
    assert isinstance(parse("acme", message({"acmeKind": "beat"})), Ignored)


def test_what_holds_for_every_format_holds_for_it(acme: Format) -> None:
    with pytest.raises(ParseError, match=r"^port must be a whole number from 0 to 255, not '1'"):
        parse("acme", message(UP | {"port": "1"}))
    assert isinstance(parse("acme", message(UP, "acme/24e124713c2a0093/up")), Uplink)
    with pytest.raises(InputError, match="the format acme takes no mapping"):
        parse("acme", message(UP), "{}")


def test_a_message_of_it_in_a_source_of_another_format_is_named(acme: Format) -> None:
    for other in set(FORMATS) - {"acme"}:
        with pytest.raises(ParseError, match=r"it looks like a message of acme$"):
            parse(other, message(UP))


def test_the_command_line_knows_it(acme: Format, tmp_path: Path) -> None:
    file = tmp_path / "up.json"
    file.write_text(json.dumps(UP))
    result = CliRunner().invoke(app, ["parse", "--format", "acme", str(file), "--json"])
    assert json.loads(result.stdout)["dev_eui"] == EUI
    result = CliRunner().invoke(app, ["parse", "--format", "other", str(file)])
    assert "acme" in str(result.exception)
    assert (named("acme").protocol, named("acme").topics) == ("3.1.1", ("acme/+/up",))


def test_its_keys_leave_a_body_that_is_not_json(acme: Format) -> None:
    kept = without_keys(Envelope(topic="", body=b"ACME\x01SECRET\x02", arrival=arrived(None)))
    assert kept.body == b"ACME\x01\x02"


def test_no_module_was_left_out_of_the_tuple() -> None:
    """Also: what a module is called is what people call its format."""
    found = {
        info.name: module.FORMAT
        for info in pkgutil.iter_modules(formats.__path__)
        if hasattr(module := importlib.import_module(f"{formats.__name__}.{info.name}"), "FORMAT")
    }
    assert len(found) >= 5
    assert all(find(one.name) is one for one in found.values())
    del found["mapped"]
    assert {name.replace("_", "-") for name in found} == {one.name for one in found.values()}
    assert set(FORMATS) == {one.name for one in found.values()} | set(mapping.SHIPPED)


def test_nothing_else_names_a_format() -> None:
    """But the API of a network server at which devices are registered says whose it is.

    The simulated network servers are apart: they must not know how they are read.
    """
    names = [f'"{name}"' for name in FORMATS]
    for package in (formats.__path__[0], *cli.__path__):
        for file in Path(package).parent.rglob("*.py"):
            if file.parent.name not in {"formats", "servers"}:
                assert not [name for name in names if name in file.read_text()], file


def test_the_documentation_lists_every_format() -> None:
    page = (Path(__file__).parents[2] / "docs" / "lns-formats.md").read_text("utf-8")
    rows = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert set(FORMATS) <= rows
