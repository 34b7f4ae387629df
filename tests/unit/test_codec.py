"""The codec runtime: what codecs may do, and what must not come of it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from regionhub.errors import DecodeError
from regionhub_ingest.codec import Codec
from regionhub_ingest.codec_host import CodecHost

HOST = CodecHost()


def run(source: str, *, payload: bytes = b"\x01\x02", f_port: int | None = 2) -> object:
    return Codec("acme/one", source, HOST).run(payload, f_port, 0)


def value_of(expression: str) -> object:
    answer = run(f"function decodeUplink(input) {{ return {{data: {{v: {expression}}}}}; }}")
    assert isinstance(answer, dict)
    return answer["data"].get("v")


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("function decodeUplink(i) { return {data: {n: i.bytes.length}} }", {"data": {"n": 2}}),
        ("function Decoder(bytes, port) { return {p: port} }", {"data": {"p": 2}}),
        ("function Decode(fPort, b, v) { return {p: fPort, v: v} }", {"data": {"p": 2, "v": {}}}),
        ("decodeUplink = function () { return {data: {}} }", {"data": {}}),
        ("function decodeUplink(i) {}", {}),
        ("function decodeUplink(i) { return {errors: ['x']} }", {"errors": ["x"]}),
        ("function decodeUplink(i) { bat = 1; this.x = 2; return {data: {v: bat + x}} }",
         {"data": {"v": 3}}),
        ("'use strict'; const decodeUplink = (i) => ({data: {}})", {"data": {}}),
        ("function Buffer() {} function decodeUplink(i) { return {data: new Buffer()} }",
         {"data": {}}),
        ("function decodeUplink(i) { console.log(i); i.bytes[0] = i.bytes.map(String); return {} }",
         {}),
        ("""Object.defineProperty(Object, "assign", {value: 7});
            function decodeUplink(i) { return {data: Object.assign({a: 1}, {b: 2})} }""",
         {"data": {"a": 1, "b": 2}}),
        ("""Array.prototype.word = function (i) { return this[i] << 8 | this[i + 1] };
            Object.defineProperty(String.prototype, "twice", {value() { return this + this }});
            function decodeUplink(i) { return {data: {v: i.bytes.word(0), t: "a".twice()}} }""",
         {"data": {"v": 258, "t": "aa"}}),
        ("""function first(bytes) { return bytes[0] }
            function decodeUplink(i) { return {data: {v: this.first(i.bytes)}} }""",
         {"data": {"v": 1}}),
        ("var driver; (() => { driver = {decodeUplink: (i) => ({data: {v: i.fPort}})} })()",
         {"data": {"v": 2}}),
        ("function decodeUplink(i) { return {data: {a: -0, b: undefined, c: function () {}}} }",
         {"data": {"a": 0}}),
    ],
)  # fmt: skip
def test_codecs_as_they_are_found(source: str, answer: object) -> None:
    assert run(source) == answer


@pytest.mark.parametrize("payload", [b"", bytes(range(256))])
def test_every_byte_arrives(payload: bytes) -> None:
    answer = run("function decodeUplink(i) { return {data: {v: i.bytes}} }", payload=payload)
    assert answer == {"data": {"v": list(payload)}}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("Array.isArray(input.bytes) && input.bytes.constructor === Array", True),
        ("input.recvTime.toISOString()", "1970-01-01T00:00:00.000Z"),
        ("typeof process + typeof require + typeof eval", "undefinedundefinedundefined"),
        ("(function (o) { o.toString = function () { return 'own' }; return '' + o })({})", "own"),
        ("(function (e) { e.name = 'E'; return String(e) })(new Error('x'))", "E: x"),
    ],
)
def test_the_world_of_a_codec(expression: str, value: object) -> None:
    assert value_of(expression) == value


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    HOST.close()
    yield
    monkeypatch.delenv("TZ") if before is None else monkeypatch.setenv("TZ", before)
    HOST.close()


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("new Date(0).getHours()", 0),
        ("new Date(0).getTimezoneOffset()", 0),
        ("new Date(0).toString()", "Thu Jan 01 1970 00:00:00 GMT+0000 (UTC)"),
        ("new Date(2020, 6, 1, 12).toISOString()", "2020-07-01T12:00:00.000Z"),
        ("new Date('2020-07-01T12:00:00').toISOString()", "2020-07-01T12:00:00.000Z"),
        ("new Date('2020-07-01T12:00:00+02:00').toISOString()", "2020-07-01T10:00:00.000Z"),
        ("new Date('Jul 1 2020 12:00').toISOString()", "2020-07-01T12:00:00.000Z"),
        ("new Date() instanceof Date && new Date(5).constructor === Date", True),
    ],
)
def test_local_time_is_utc(expression: str, value: object) -> None:
    assert value_of(expression) == value


def test_numbers_that_json_does_not_know() -> None:
    answer = run("function decodeUplink(i) { return {data: {a: NaN, b: [1 / 0], c: null}} }")
    assert answer == {"data": {"a": None, "b": [None], "c": None}, "lost": ["a", "0"]}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("throw new Error('too\\n short')", "Error: too short"),
        ("throw {code: 5}", '"code":5'),
        ("throw null", "threw null or"),
        ("throw undefined", "undefined"),
        ("throw Symbol('s')", "Symbol"),
        ("throw {toJSON() { throw 1 }}", "no text"),
        ("return 7", "did not return an object"),
        ("return 'text'", "did not return an object"),
        ("return [1]", "did not return an object"),
        ("return function () {}", "did not return an object"),
        ("return 2n ** 80n", "did not return an object"),
        ("return {data: 1n}", "BigInt"),
        ("var o = {}; o.o = o; return {data: o}", "circular"),
        ("return Promise.resolve({data: {}})", "asynchronous"),
        ("function f() { return f() + 1 } f()", "call stack"),
        ("for (;;);", "took too long"),
        ("for (;;) { try { for (;;); } catch (e) {} finally {} }", "took too long"),
        ("return {data: {v: /(a+)+$/.test('a'.repeat(40) + 'b')}}", "took too long"),
        ("return {data: {get v() { for (;;); }}}", "took too long"),
        ("var a = []; for (;;) a.push('x'.repeat(1e5) + a.length)", "memory"),
        ("return {data: {v: new Uint8Array(1e9).length}}", "memory|array"),
        ("return {data: {v: Array(4294967295).join('x')}}", "array is too long"),
        ("return {data: {v: String(Array(4294967295))}}", "array is too long"),
        ("return {data: {v: [].concat(Array(4294967295))}}", "array is too long"),
        ("return {data: {v: [...Array(4294967295)]}}", "took too long|memory"),
        ("Array(4294967295).forEach(Number)", "took too long"),
        ("return {data: {v: 'x'.repeat(300000)}}", "more than 262144 characters"),
        ("return {data: {v: '\\ud800'}}", "no usable JSON"),
        ("var a = []; for (var i = 0; i < 1100; i++) a = [a]; return {data: {a: a}}", "JSON|stack"),
        ("return eval('({data: {}})')", "eval is not defined"),
    ],
)
def test_failures_are_decode_errors(body: str, words: str) -> None:
    started = time.monotonic()
    with pytest.raises(DecodeError, match=words) as caught:
        run(f"function decodeUplink(input) {{ {body} }}")
    assert time.monotonic() - started < 10
    assert "\n" not in caught.value.detail
    assert len(caught.value.detail) < 300


@pytest.mark.parametrize(
    "source",
    [
        "function (",
        "}); leaked = 1; (function () {",
        "}, leaked = 1, function () {",
        "x" * 100 + "(",
    ],
)
def test_what_does_not_compile(source: str) -> None:
    with pytest.raises(DecodeError, match="does not compile"):
        run(source)


def test_endless_promises_are_never_run() -> None:
    source = """function decodeUplink(input) {
        (function f() { Promise.resolve().then(f) })();
        return {data: {}};
    }"""
    codec = Codec("acme/one", source, HOST)
    for _ in range(50):
        assert codec.run(b"\0", 1, 0) == {"data": {}}


#: Where a codec could hide something until the next call.
PLACES = [
    *(
        place
        for name in ["Array", "Object", "String", "Number", "Date", "RegExp", "Function", "Error"]
        for place in (name, f"{name}.prototype")
    ),
    *("JSON", "Math", "Reflect", "Promise", "Promise.prototype", "Symbol", "Map.prototype"),
    *("globalThis", "this", "arguments.callee", "top", "console", "console.log", "isNaN"),
    "Date.prototype.getHours",
    "(0, function () {}).constructor",
    "Object.getPrototypeOf(function* () {})",
    "Object.getPrototypeOf(async function () {})",
    "Object.getPrototypeOf(async function* () {})",
    "Object.getPrototypeOf([][Symbol.iterator]())",
    "Object.getPrototypeOf([].values().map(String))",
    "Object.getPrototypeOf(''.matchAll(/a/g))",
    "Object.getPrototypeOf(new Map().keys())",
    "Object.getPrototypeOf(new Uint8Array(1)).__proto__",
    "Object.getOwnPropertyDescriptor(Object.prototype, 'toString').set",
]
#: Each looks for what the call before has kept, then keeps the first byte.
LEAKS = [
    *(f"var seen = typeof {place}.kept; {place}.kept = b;" for place in PLACES),
    "var seen = typeof [][1]; Object.defineProperty(Object.prototype, 1, {get: () => b});",
    "var s = Symbol.for('s'); var seen = typeof [][s]; Array.prototype[s] = b;",
    "var p = [].__proto__; var seen = typeof p.kept; p.kept = b;",
    "var seen = typeof kept; kept = b;",
    "var seen = typeof kept; Object.defineProperty(globalThis, 'kept', {value: b});",
    "var seen = typeof kept; Object.defineProperty(globalThis, 'kept', {get: () => b});",
    "var seen = typeof kept; Object.setPrototypeOf(globalThis, {kept: b});",
    "var seen = typeof kept; kept = b; Object.freeze(globalThis);",
    "var seen = typeof kept; kept = b; Object.preventExtensions(globalThis);",
    "var seen = typeof Error.prepareStackTrace; Error.prepareStackTrace = () => b;",
    "var s = Symbol.for('s'); var seen = typeof Object[s]; Object[s] = b;",
    "var seen = typeof globalThis[Symbol.for('s')]; globalThis[Symbol.for('s')] = b;",
]


@pytest.mark.parametrize("body", LEAKS)
def test_nothing_leaks_to_the_next_device(body: str) -> None:
    source = f"""var top = arguments.callee;
        function decodeUplink(input) {{
          var b = input.bytes[0];
          return {{data: {{seen: (function () {{ {body} return seen; }}).call(this)}}}};
        }}"""
    codec = Codec("acme/one", source, HOST)
    for byte in (1, 2, 3):
        assert codec.run(bytes([byte]), 1, 0) == {"data": {"seen": "undefined"}}


@pytest.mark.parametrize(
    "attack",
    [
        "JSON.stringify = function () { return '{}' }; JSON.parse = function () { return [9] }",
        "Array.prototype.push = Array.prototype.map = function () { return [666] }",
        "Object.prototype.data = {v: 666}; Object.prototype.toJSON = function () { return 666 }",
        "String.prototype.split = function () { return [1, 2] }; Number.isFinite = null",
        "Uint8Array.fromHex = function () { return [9] }",
        "Object.defineProperty(Uint8Array.prototype.__proto__, 'length', {value: 0})",
        "Reflect.ownKeys = function () { return [] }; Reflect.deleteProperty = null",
        "JSON = Date = Object = Array = Number = Reflect = Promise = undefined",
        "Object.defineProperty(globalThis, 'JSON', {value: null})",
        "Object.defineProperty(Array.prototype, 0, {set: function () {}})",
        "Object.setPrototypeOf(Array.prototype, {map: () => [666]})",
        "Object.freeze(Array.prototype); Object.freeze(Object.prototype)",
        "String.prototype[Symbol.split] = RegExp.prototype[Symbol.split]; Number.prototype.v = 666",
        "Object.defineProperty(Object.prototype, 'get', {value: 666})",
    ],
)
def test_built_ins_cannot_be_replaced(attack: str) -> None:
    source = f"""function decodeUplink(input) {{
        if (input.bytes[0] === 1) {{ try {{ {attack} }} catch (e) {{}} return {{data: {{}}}}; }}
        return {{data: {{v: [input.bytes[0]].map(function (x) {{ return x * 2 }})}}}};
    }}"""
    codec = Codec("acme/one", source, HOST)
    with suppress(DecodeError):  # the attack may have spoiled its own answer
        codec.run(b"\x01", 1, 0)
    assert codec.run(b"\x02", 1, 0) == {"data": {"v": [4]}}


def test_a_broken_limit_does_not_spoil_the_next_decode() -> None:
    source = """function decodeUplink(input) {
        if (input.bytes[0] === 1) for (;;);
        return {data: {v: input.bytes[0]}};
    }"""
    codec = Codec("acme/one", source, HOST)
    assert codec.run(b"\x02", 1, 0) == {"data": {"v": 2}}
    with pytest.raises(DecodeError, match="took too long"):
        codec.run(b"\x01", 1, 0)
    assert codec.run(b"\x02", 1, 0) == {"data": {"v": 2}}
