"""Field paths: where a value stands in what a codec returned.

::

    temperature                       a field
    soil.temperature                  a field inside a field
    Pd (P1-PBaro)                     names may hold spaces and brackets ( )
    "Temp. (°C)"                      quote a name that holds . [ ] or ", or nothing
    "5"" pipe"                        a " in quotes is written twice
    samples[0]                        an item of a list, counted from 0
    history[*].temperature            every item of a list
    messages[id=4102].value           the items of a list whose field id is 4102
    messages[type="Air [in]"].value   a value that holds [ ] or " stands in quotes, too
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Each:
    """Every item of a list."""


@dataclass(frozen=True, slots=True)
class Where:
    """The items of a list whose field `key` reads as `value`."""

    key: str
    value: str


_NOWHERE: Final = object()

Step = str | int | Each | Where
Path = tuple[Step, ...]

_STEP = re.compile(
    r"""\[(?P<index>\d+)\]
      | \[(?P<each>\*)\]
      | \[(?P<key>[^\[\]="]+)=(?:"(?P<exactly>(?:[^"]|"")*)"|(?P<value>[^\[\]"]*))\]
      | (?P<dot>\.)?(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<name>[^.\[\]"]+))""",
    re.VERBOSE,
)


_PLAIN_NAME = re.compile(r'[^].["]+')
_PLAIN_VALUE = re.compile(r'[^]["]*')


def parse_path(text: str) -> Path:
    """Read a field path.

    Raises:
        ValueError: it is none.
    """
    steps: list[Step] = []
    position = 0
    while position < len(text) or not steps:
        match = _STEP.match(text, position)
        # A dot stands before every name but the first, and nowhere else.
        is_name = match is not None and (match["quoted"], match["name"]) != (None, None)
        if match is None or bool(match["dot"]) != (is_name and bool(steps)):
            raise ValueError(f"not a field path: {text!r}")
        position = match.end()
        if match["index"] is not None:
            steps.append(int(match["index"]))
        elif match["each"] is not None:
            steps.append(Each())
        elif match["key"] is not None:
            steps.append(Where(match["key"], _plain(match["exactly"], match["value"])))
        else:
            steps.append(_plain(match["quoted"], match["name"]))
    if not isinstance(steps[0], str):
        raise ValueError(f"a field path begins with a name, not {text!r}")  # noqa: TRY004
    return tuple(steps)


def _plain(quoted: str | None, written: str) -> str:
    return written if quoted is None else quoted.replace('""', '"')


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def path_text(path: Path) -> str:
    """Write a field path as `parse_path` reads it."""
    text = ""
    for step in path:
        match step:
            case int():
                text += f"[{step}]"
            case Each():
                text += "[*]"
            case Where(key, value):
                text += f"[{key}={value if _PLAIN_VALUE.fullmatch(value) else _quoted(value)}]"
            case _:
                name = step if _PLAIN_NAME.fullmatch(step) else _quoted(step)
                text += f".{name}" if text else name
    return text


def items(data: Any, path: Path, at: tuple[int, ...] = ()) -> Iterator[tuple[Any, tuple[int, ...]]]:
    """Yield every value at the path, with the indexes its `[*]` and `[key=value]` stood for.

    A path that leads nowhere yields nothing; a null at its end is a value (None).
    """
    for number, step in enumerate(path):
        if isinstance(step, Each | Where):
            if isinstance(data, list):
                for index, item in enumerate(data):
                    if isinstance(step, Each) or _matches(item, step):
                        yield from items(item, path[number + 1 :], (*at, index))
            return
        data = _step(data, step)
    if data is not _NOWHERE:
        yield data, at


def look_up(data: Any, path: Path, at: tuple[int, ...] = ()) -> Any:
    """Return the one value at the path, its `[*]` and `[key=value]` standing for `at`; or None."""
    indexes = iter(at)
    for step in path:
        data = _step(data, next(indexes, -1) if isinstance(step, Each | Where) else step)
    return None if data is _NOWHERE else data


def many(path: Path) -> bool:
    """Whether the path can lead to several values."""
    return any(isinstance(step, Each | Where) for step in path)


def _step(data: Any, step: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(step, _NOWHERE)
    if isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data):
        return data[step]
    return _NOWHERE


def _matches(item: Any, step: Where) -> bool:
    return isinstance(item, dict) and step.key in item and str(item[step.key]) == step.value
