"""Calibrations: new and stored readings follow, and come back when they are withdrawn."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import pytest
from tests.ingest.conftest import EM300, Intake
from tests.ingest.test_server_decoded import message
from tests.shipped import PROFILES

from regionhub.archive.calibrations import calibrate, calibrations, withdraw
from regionhub.cli.work import process_requests
from regionhub.errors import InputError, NotFound
from regionhub.settings import Settings
from regionhub.store.roles import acting_as
from regionhub_ingest.decode import Codecs
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry

RAW = 23.3
EARLIER, LATER = 5, 1  # minutes before the last frame


def temperatures(intake: Intake) -> list[float]:
    rows = intake.rows(
        "select round(value::numeric, 6)::float8 from core.reading "
        "join core.datastream using (datastream_id) where quantity = 'air_temperature' "
        "order by time"
    )
    return [value for (value,) in rows]


def arrive(intake: Intake, *f_cnts: int) -> None:
    registry = Registry(intake.store)
    registry.refresh()
    pipeline = Pipeline(registry, Codecs(PROFILES))
    messages = [(intake.source, message(EM300, f_cnt, None)) for f_cnt in f_cnts]
    intake.store.commit(pipeline.prepare_all(messages))


def settle(intake: Intake) -> None:
    process_requests(Settings(), intake.database, threading.Event())


def put_right(intake: Intake, since: str, **changes: Any) -> int:
    values: dict[str, Any] = {
        "quantity": "air_temperature",
        "position": "",
        "factor": 1.0,
        "added": 0.0,
    }
    with intake.owner.transaction(), acting_as(intake.owner, "arnsberg"):
        return calibrate(
            intake.owner,
            intake.device.device_id,
            tenant_id=intake.source.tenant_id,
            valid_from=datetime.fromisoformat(since),
            by="Ada",
            why="Eiswasser",
            **(values | changes),
        )


@pytest.fixture
def measured(intake: Intake) -> Intake:
    """Frames of 07:31, 07:36 and 07:40."""
    arrive(intake, 10, EARLIER, LATER)
    assert temperatures(intake) == [RAW] * 3
    return intake


def test_what_is_stored_and_what_comes_follow(measured: Intake) -> None:
    first = put_right(measured, "2026-05-12T07:35:00Z", added=-0.5)
    settle(measured)
    assert temperatures(measured) == [RAW, RAW - 0.5, RAW - 0.5]
    arrive(measured, 0)
    assert temperatures(measured)[-1] == RAW - 0.5
    put_right(measured, "2026-05-12T07:39:00Z", factor=2.0)
    settle(measured)
    assert temperatures(measured) == [RAW, RAW - 0.5, 2 * RAW, 2 * RAW]
    versions = measured.rows(
        "select value from core.reading_version join core.datastream using (datastream_id) "
        "where quantity = 'air_temperature' order by 1"
    )
    assert (RAW,) in versions
    with measured.owner.transaction(), acting_as(measured.owner, "arnsberg"):
        withdraw(
            measured.owner,
            measured.device.device_id,
            first,
            tenant_id=measured.source.tenant_id,
            by="Ada",
        )
        last, before = calibrations(measured.owner, measured.device.device_id)
    assert (last.factor, before.withdrawn_by, before.why) == (2.0, "Ada", "Eiswasser")
    settle(measured)
    assert temperatures(measured) == [RAW, RAW, 2 * RAW, 2 * RAW]


def test_what_cannot_be_calibrated(measured: Intake) -> None:
    for unknown in ({"quantity": "distance"}, {"position": "depth_1"}):
        with pytest.raises(NotFound):
            put_right(measured, "2026-05-12T07:35:00Z", **unknown)
    for wrong in ({"factor": 0.0}, {"factor": float("nan")}, {"added": float("inf")}):
        with pytest.raises(InputError):
            put_right(measured, "2026-05-12T07:35:00Z", **wrong)
    with pytest.raises(InputError):
        put_right(measured, "2099-01-01T00:00:00Z")
    tenant = measured.neighbour.tenant_id
    with (
        measured.owner.transaction(),
        acting_as(measured.owner, "olpe"),
        pytest.raises(NotFound),
    ):
        withdraw(measured.owner, measured.device.device_id, 1, tenant_id=tenant, by="x")
    settle(measured)
    assert temperatures(measured) == [RAW] * 3
