"""`Buffer` in codecs: what it answers is what Node.js answers, and it opens nothing."""

from __future__ import annotations

import pytest

from regionhub.errors import DecodeError
from regionhub_ingest.codec import Codec
from regionhub_ingest.codec_host import CodecHost

HOST = CodecHost()

#: Each expression with what Node.js 20 says to it.
ANSWERS = [
    ("Buffer.from([1, 2, 300, -1]).toString('hex')", "01022cff"),
    ("Buffer.from('0a0Bzz', 'hex').length", 2),
    ("Buffer.from('c3a4e282ac', 'hex').toString()", "ä€"),
    ("Buffer.from('ä€😀').toString('hex')", "c3a4e282acf09f9880"),
    ("Buffer.from([255, 65, 226, 130]).toString('utf8')", "�A�"),
    ("Buffer.from([237, 160, 128, 240, 128, 128, 128]).toString()", "�" * 7),
    ("Buffer.from([200, 65]).toString('latin1') + Buffer.from([200]).toString('ascii')", "ÈAH"),
    ("Buffer.from('AQID_-8').toString('hex') + Buffer.from('AQID_-8', 'base64').toString('hex')",
     "415149445f2d38010203ffef"),
    ("Buffer.from([251, 255]).toString('base64') + Buffer.from([251, 255]).toString('base64url')",
     "+/8=-_8"),
    ("Buffer.from([1, 65, 66, 67]).toString('utf8', 1, -1)", ""),
    ("Buffer.from([1, 65, 66, 67]).toString('utf8', 1, 3)", "AB"),
    ("Buffer.from([1, 2, 254, 255]).readUInt16BE(0)", 258),
    ("Buffer.from([1, 2, 254, 255]).readUInt16LE()", 513),
    ("Buffer.from([1, 2, 254, 255]).readInt16BE(2)", -257),
    ("Buffer.from([1, 2, 254, 255]).readInt8(2) + Buffer.from([254]).readUint8(0)", 252),
    ("Buffer.from([255, 2, 254, 255]).readUInt32BE(0)", 4278386431),
    ("Buffer.from([255, 2, 254, 255]).readInt32LE(0)", -130305),
    ("Buffer.from([255, 2, 254, 255]).readUIntBE(1, 3)", 196351),
    ("Buffer.from([255, 2, 254, 255]).readIntLE(1, 3)", -510),
    ("Buffer.from([65, 72, 0, 0]).readFloatBE(0)", 12.5),
    ("Buffer.from([0, 0, 0, 0, 0, 0, 41, 64]).readDoubleLE(0)", 12.5),
    ("String(Buffer.from([255, 255, 255, 255, 255, 255, 255, 254]).readBigInt64BE(0))", "-2"),
    ("(b => (b.writeUInt32BE(1095237632, 0), b.readFloatBE(0)))(Buffer.alloc(4))", 12.5),
    ("(b => b.writeInt16LE(-2, 1) + b.toString('hex'))(Buffer.alloc(3))", "300feff"),
    ("(b => (b.slice(1)[0] = 9, b[1]))(Buffer.from([1, 2]))", 9),
    ("Buffer.from([1, 2, 3]).subarray(1).byteLength", 2),
    ("Buffer.concat([Buffer.from([1]), new Uint8Array([2, 3])], 2).toString('hex')", "0102"),
    ("Buffer.alloc(3, 'ab').toString() + Buffer.alloc(2, 7)[1]", "aba7"),
    ("Buffer.isBuffer(new Buffer([1])) && !Buffer.isBuffer([1])", True),
    ("Buffer.from([1, 2]).equals(new Uint8Array([1, 2]))", True),
    ("Buffer.byteLength('ä') + new Buffer('ff', 'hex')[0]", 257),
    ("JSON.stringify(Buffer.from([1, 2]))", '{"type":"Buffer","data":[1,2]}'),
    ("Buffer.from(Buffer.from([1, 2]).toJSON()).length", 2),
    ("Array.from(Buffer.from([3, 4]).entries()).join()", "0,3,1,4"),
    ("Buffer.from([3, 4]).map(x => x * 2).toString('hex')", "0608"),
    ("[...Buffer.from([3, 4])].join('')", "34"),
    ("Buffer.from(new Uint8Array([1, 2, 3]).buffer, 1, 1)[0]", 2),
    ("Buffer.from([1, 2]).copy(Buffer.alloc(1))", 1),
    ("Buffer.from([7, 8]).indexOf(8) + '' + Buffer.from([7, 8]).includes(9)", "1false"),
]  # fmt: skip
#: What Node.js refuses too: what lies outside, and what is no number.
REFUSED = [
    "Buffer.from([1]).readUInt16BE(0)",
    "Buffer.from([1, 2]).readInt8(2)",
    "Buffer.from([1, 2]).readUInt8(-1)",
    "Buffer.from([1, 2]).readUInt8(0.5)",
    "Buffer.from([1, 2]).readUInt8('0')",
    "Buffer.from([1, 2]).readUIntBE(0, 7)",
    "Buffer.alloc(1).writeUInt8(256)",
    "Buffer.from(7)",
    "Buffer.from('x', 'nothing')",
    "Buffer.from('x', 'constructor')",
]


def run(body: str, *, payload: bytes = b"\x01\x02") -> object:
    source = f"function decodeUplink(input) {{ {body} }}"
    return Codec("acme/one", source, HOST).run(payload, 2, 0)


@pytest.mark.parametrize(("expression", "value"), ANSWERS)
def test_it_answers_as_elsewhere(expression: str, value: object) -> None:
    assert run(f"return {{data: {{v: {expression}}}}};") == {"data": {"v": value}}


@pytest.mark.parametrize("expression", REFUSED)
def test_what_cannot_be_is_refused(expression: str) -> None:
    with pytest.raises(DecodeError, match=r"RangeError|TypeError"):
        run(f"return {{data: {{v: {expression}}}}};")


def test_a_codec_for_chirpstack_runs_as_it_is() -> None:
    """A clamp on a cable: its packet, charge, mean and largest current, voltage, temperature."""
    body = """
        const raw = Buffer.from(input.bytes);
        if (raw.byteLength != 11) throw new Error("must be 11 bytes long");
        if (raw[0] !== 50) throw new Error("another packet");
        return {data: {charge: raw.readUInt32BE(1) / 10, current: raw.readUInt16BE(5) / 10,
          voltage: raw[9] * 5 / 255, temperature: raw[10] * 120 / 255 - 40}};"""
    payload = bytes.fromhex("32000003e8006400c8cc80")
    assert run(body, payload=payload) == {
        "data": {
            "charge": 100,
            "current": 10,
            "voltage": 4,
            "temperature": pytest.approx(20.235, abs=0.001),
        }
    }


@pytest.mark.parametrize(
    "body",
    [
        "Buffer.alloc(1e9)",
        "const all = []; for (;;) all.push(Buffer.alloc(65536))",
        "Buffer.concat([], 5e8)",
        "let b = Buffer.alloc(1); for (;;) b = Buffer.concat([b, b])",
        "let t = 'ab'; for (;;) t += Buffer.from(t, 'latin1').toString('hex')",
        "for (;;) Buffer.from([1]).readUInt8(0)",
    ],
)
def test_it_is_bound_by_time_and_memory(body: str) -> None:
    with pytest.raises(DecodeError, match=r"memory|too long|RangeError|recursed"):
        run(f"{body}; return {{data: {{}}}};")


def test_nothing_stays_in_it_for_the_next_frame() -> None:
    source = """function decodeUplink(input) {
        const seen = [Buffer.kept, Buffer.prototype.kept, Buffer.from.kept, globalThis.kept];
        try { Buffer.kept = 1 } catch (e) {}
        try { Buffer.prototype.kept = 1 } catch (e) {}
        try { Buffer.from.kept = 1 } catch (e) {}
        Buffer.from = () => [9];
        Buffer.prototype.readUInt8 = () => 9;
        kept = 1;
        return {data: {seen: seen.filter((one) => one).length, v: Buffer.from([5]).readUInt8(0)}};
    }"""
    codec = Codec("acme/one", source, HOST)
    for _ in range(3):
        assert codec.run(b"\x01", 2, 0) == {"data": {"seen": 0, "v": 5}}
