"""A device whose frames are written down in one line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Any

import pytest
from tests.devices import Frame
from tests.world import World

START = datetime(2026, 3, 1, tzinfo=UTC)


END = START + timedelta(days=300)


STEP = timedelta(minutes=10)


MINUTE = timedelta(minutes=1)


_FRAME = re.compile(r"(\d+|\?)(?:\.\.(\d+))?([rw]?)(?:@(\w+))?$")


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Life:
    """One device and what it sent; `at` is the time of the last event."""

    def __init__(self, world: World) -> None:
        self.town = world.town("olpe")
        self.device = self.town.device()
        self.at = START - STEP

    def lives(self, line: str) -> None:
        """Write down what came."""
        words = line.split()
        for word, following in zip_longest(words, words[1:], fillvalue=""):
            if word[0] == "+":
                self.at += timedelta(**{_UNITS[word[-1]]: float(word[1:-1])})
            elif word == "join":
                self._join(self.at + STEP - MINUTE, self._address(following))
            else:
                self._frames(word)

    def _address(self, word: str) -> str:
        found = _FRAME.match(word)
        return (found and found[4]) or "a"

    def _frames(self, word: str) -> None:
        found = _FRAME.match(word)
        assert found is not None, word
        first, last, kind = found[1], found[2] or found[1], found[3]
        counters = [None] if first == "?" else range(int(first), int(last) + 1)
        frames = [
            Frame(self.at + number * STEP, f_cnt, self._address(word), kind == "r")
            for number, f_cnt in enumerate(counters, start=1)
        ]
        self.at = frames[-1].time
        if kind != "w":
            self.device.uplinks(frames)
            return
        for frame in frames:
            self.town.dead_letter(
                "not_decodable",
                dev_eui=self.device.dev_eui,
                frame_time=frame.time,
                dev_addr=frame.dev_addr,
                f_cnt=frame.f_cnt,
            )

    def _join(self, time: datetime, address: str) -> None:
        self.device.event("join", time, dev_addr=address)

    def ask(
        self, what: str, start: datetime = START - STEP, end: datetime = END
    ) -> list[dict[str, Any]]:
        return self.town.select(
            f"select * from api.{what}(%(id)s, %(start)s, %(end)s)",
            id=self.device.device_id,
            start=start,
            end=end,
        )

    @property
    def sessions(self) -> list[dict[str, Any]]:
        return sorted(self.ask("completeness_sessions"), key=lambda row: row["began_at"])

    @property
    def gaps(self) -> list[tuple[int, int]]:
        rows = self.ask("completeness_gaps")
        return sorted((row["first_f_cnt"], row["last_f_cnt"]) for row in rows)

    @property
    def total(self) -> dict[str, Any]:
        [row] = self.ask("completeness")
        return row


@pytest.fixture
def life(world: World) -> Life:
    return Life(world)
