"""From a good message to a bad one, drawn from one random generator."""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Callable
from typing import Any

import orjson

from tests.fuzz.samples import Sample

#: What stands in one place of a body instead of what belongs there.
_VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 2**70, 10**400, 1e308, -1e-308, -0.0,
    float("nan"), float("inf"), 4242.0, 0.1, "", " ", "0", "4711", "-1", "1e5", "NaN", "true",
    "\x00", "\ud800", "\udfff\ud800", "ä€😀", "\u202e", "A" * 5000, "AA==", "A", "====", "AAA=A",
    "24E124136D0C0417", "24e124136d0c041", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z",
    "2026-13-45T25:61:61Z", "1970-01-01T00:00:00+23:59", "2026-05-12T07:41:23.118", "0.118s",
    [], {}, [[]], [None], {"": None}, [0] * 300, {"a": {"b": {"c": {}}}},
]  # fmt: skip
_LETTERS = "".join(map(chr, [*range(0x180), 0x2028, 0xFFFD, 0x1F600]))


def message(rng: random.Random, samples: list[Sample], payloads: list[bytes]) -> tuple[
    str, str, bytes
]:  # fmt: skip
    """Format, topic and body of a mutated message; `payloads` are of the profile it goes to."""
    sample = rng.choices(samples, [sample.weight for sample in samples])[0]
    topic = sample.topic if rng.random() < 0.8 else _topic(rng, samples)
    if not sample.json:
        return sample.format, topic, _noise(rng, sample.body)
    chosen = rng.random()
    try:
        body = _changed(rng, orjson.loads(sample.body), payloads, chosen)
    except RecursionError:  # nested more deeply than Python copies and writes
        body = b'{"a":[' * 10_000
    return sample.format, topic, _noise(rng, body) if chosen > 0.9 else body


def _changed(rng: random.Random, value: Any, payloads: list[bytes], chosen: float) -> bytes:
    if chosen < 0.85:
        _replace_payload(rng, value, payloads)
    if chosen > 0.45:
        for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
            value = rng.choice(_CHANGES)(rng, value)
    # json writes half a surrogate pair as an escape; as it stands it is no UTF-8
    return json.dumps(value, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")


def _topic(rng: random.Random, samples: list[Sample]) -> str:
    topic = rng.choice(samples).topic
    if rng.random() < 0.5:
        parts = topic.split("/")
        parts[rng.randrange(len(parts))] = _text(rng)
        return "/".join(parts)
    return topic if rng.random() < 0.5 else _text(rng)


def _text(rng: random.Random) -> str:
    return "".join(rng.choices(_LETTERS, k=rng.randrange(20)))


def payload(rng: random.Random, payloads: list[bytes]) -> bytes:
    """An example payload with damage, or bytes that nobody ever sent."""
    if not payloads or rng.random() < 0.3:
        return rng.randbytes(rng.choice((0, 1, 2, 3, 7, 11, 20, 51, 115, 222, 242, 255, 700)))
    return _noise(rng, rng.choice(payloads))


def _noise(rng: random.Random, data: bytes) -> bytes:
    """Bytes with bits flipped, parts cut out, doubled or put in."""
    changed = bytearray(data)
    for _ in range(rng.choice((0, 1, 1, 2, 5))):
        at = rng.randrange(len(changed) + 1)
        match rng.randrange(5):
            case 0 if at < len(changed):
                changed[at] ^= 1 << rng.randrange(8)
            case 1:
                del changed[at:]
            case 2:
                changed[at:at] = rng.randbytes(rng.randrange(1, 9))
            case 3:
                del changed[at : at + rng.randrange(1, 30)]
            case _:
                changed += changed[at : at + 200]
    return bytes(changed)


# A change of a JSON value: takes it, may alter it, gives back what stands there now -------------


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place inside, as the object or array and its key."""
    found: list[tuple[Any, Any]] = []
    todo = [value]
    while todo and len(found) < 500:
        each = todo.pop()
        keys = each.keys() if isinstance(each, dict) else range(len(each))
        for key in list(keys):
            found.append((each, key))
            if isinstance(each[key], dict | list) and each[key]:
                todo.append(each[key])
    return found


def _place(rng: random.Random, value: Any) -> tuple[Any, Any] | None:
    """One place inside, found by going down at random."""
    place = None
    while isinstance(value, dict | list) and value and (place is None or rng.random() < 0.7):
        key = rng.choice(list(value)) if isinstance(value, dict) else rng.randrange(len(value))
        place = (value, key)
        value = value[key]
    return place


def _replace(rng: random.Random, value: Any) -> Any:
    place = _place(rng, value)
    if place is None:
        return rng.choice(_VALUES)
    place[0][place[1]] = copy.deepcopy(rng.choice(_VALUES))
    return value


def _remove(rng: random.Random, value: Any) -> Any:
    place = _place(rng, value)
    if place is not None:
        del place[0][place[1]]
    return value


def _retype(rng: random.Random, value: Any) -> Any:
    """A number becomes text, text a number, an object an array, and so on."""
    place = _place(rng, value)
    if place is None:
        return value
    where, key = place
    old = where[key]
    options: list[Callable[[], Any]] = [
        lambda: str(old)[:200], lambda: [old], lambda: {"value": old},
        lambda: rng.uniform(-1e6, 1e6), lambda: rng.getrandbits(rng.choice((8, 16, 33, 64))),
        lambda: _text(rng), lambda: rng.randbytes(12).hex(), lambda: list(old) if old else [],
    ]  # fmt: skip
    try:
        where[key] = rng.choice(options)()
    except TypeError:
        where[key] = None
    return value


def _swap(rng: random.Random, value: Any) -> Any:
    one, other = _place(rng, value), _place(rng, value)
    if one is not None and other is not None:
        # a copy: what lies inside of what it is swapped with would have no end
        moved = copy.deepcopy(one[0][one[1]])
        one[0][one[1]] = copy.deepcopy(other[0][other[1]])
        other[0][other[1]] = moved
    return value


def _rename(rng: random.Random, value: Any) -> Any:
    place = _place(rng, value)
    if place is not None and isinstance(place[0], dict):
        place[0][_text(rng)] = place[0].pop(place[1])
    return value


def _nest(rng: random.Random, value: Any) -> Any:
    """Something lies at the end of many arrays and objects."""
    inner: Any = rng.choice((None, copy.deepcopy(value), 1))
    for _ in range(rng.choice((3, 50, 400))):
        inner = [inner] if rng.random() < 0.5 else {"a": inner}
    place = _place(rng, value)
    if place is None or rng.random() < 0.1:
        return inner
    place[0][place[1]] = inner
    return value


def _multiply(rng: random.Random, value: Any) -> Any:
    """A list comes several times over, up to what a body may hold a few times."""
    place = _place(rng, value)
    if place is not None and isinstance(place[0][place[1]], list):
        size = len(json.dumps(place[0][place[1]])) + 1
        place[0][place[1]] = place[0][place[1]] * min(rng.choice((2, 20, 200)), 200_000 // size)
    return value


_CHANGES: tuple[Callable[[random.Random, Any], Any], ...] = (
    _replace, _replace, _replace, _remove, _retype, _retype, _swap, _rename, _multiply, _nest,
)  # fmt: skip


def _replace_payload(rng: random.Random, value: Any, payloads: list[bytes]) -> None:
    """Put another payload where one stands, in base64 or in hexadecimal, and another port."""
    for where, key in _places(value):
        name = str(key).lower().replace("_", "")
        old = where[key]
        if "port" in name and isinstance(old, int) and rng.random() < 0.5:
            where[key] = rng.choice((0, 1, 2, 4, 85, 100, 223, 255, rng.randrange(300)))
        elif ("payload" in name or name == "data") and isinstance(old, str):
            new = payload(rng, payloads)
            hexadecimal = all(letter in "0123456789abcdefABCDEF" for letter in old)
            where[key] = new.hex() if hexadecimal and old else base64.b64encode(new).decode()
