"""A new town: 500 devices from a file, and the first value of each through broker and ingest."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

from tests.ingest.conftest import Intake, Run, until
from tests.ingest.test_worker import message, publish, running

__all__ = ["publish"]

DEVICES = 500
WITH_VALUES = (
    "select count(*)::int from core.latest join core.datastream using (datastream_id) "
    "where quantity = 'air_temperature'"
)


def test_from_a_file_to_the_first_values(
    intake: Intake, publish: Callable[..., None], run: Run, tmp_path: Path
) -> None:
    euis = [f"24e124136d5{number:05x}" for number in range(DEVICES)]
    file = tmp_path / "lieferung.csv"
    rows = (
        f"{eui.upper()};EM300-TH;Straßenbaum {number};Baum;51,{number:04};8,{number:04}\n"
        for number, eui in enumerate(euis)
    )
    file.write_text("DevEUI;Modell;Standort;Art;Breite;Länge\n" + "".join(rows), "cp1252")
    counts = itertools.count(1)

    def first_is_stored() -> bool:
        """Messages of the first device come all the time, as from one that sends already."""
        publish(*message(next(counts), euis[0]))
        return ("stored", "") in intake.fates()

    with running(intake):
        publish(*message(next(counts), euis[0]))
        until(lambda: ("dead_letter", "unknown_device") in intake.fates())
        assert run("device", "import", intake.town.slug, str(file)) == 0
        until(first_is_stored)
        for eui in euis[1:]:
            publish(*message(next(counts), eui))
        until(lambda: intake.rows(WITH_VALUES) == [(DEVICES,)])
    # what came before the file waits, and is asked for by it
    asked = intake.rows("select letter_reason from core.replay where finished_at is null")
    assert asked == [("unknown_device",)]
