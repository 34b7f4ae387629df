"""Profiles in the database: ingest takes them between two batches, each for its own devices."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.foreign.checkouts import ttn_checkout
from tests.ingest.conftest import EM300, Intake, Run
from tests.ingest.test_server_decoded import message
from tests.shipped import PROFILES

from regionhub.archive import stored_profiles as module
from regionhub.archive.stored_profiles import (
    listed,
    remove_profile,
    save_profile,
    seen_profiles,
    stored_profiles,
)
from regionhub.errors import Conflict, InputError, NotAllowed, NotFound
from regionhub.profiles import DeviceProfile, read_profile
from regionhub.store.roles import acting_as
from regionhub_ingest.decode import Codecs
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry


def made(profile_id: str, factor: int) -> DeviceProfile:
    """A profile of one's own: the first byte is a temperature."""
    text = (
        "vendor: Acme\nmodel: AIR\nname: Acme AIR\ndescription: {de: Luft, en: Air}\n"
        "lorawan: {mac_version: 1.0.3}\ninterval_minutes: 10\n"
        "measurements: [{field: t, quantity: air_temperature, unit: degC}]\nexamples: []\n"
    )
    codec = f"function decodeUplink(input) {{ return {{data: {{t: input.bytes[0] * {factor}}}}} }}"
    return read_profile(profile_id, text, codec)


def save(intake: Intake, profile: DeviceProfile, *, town: str | None = None) -> None:
    """Save a profile of the hub, or as a town its own."""
    connection = intake.owner
    with connection.transaction():
        if town is None:
            save_profile(connection, profile, tenant_id=None, by="test")
            return
        with acting_as(connection, town):
            save_profile(connection, profile, tenant_id=intake.source.tenant_id, by="test")


@dataclass
class Process:
    """A process of ingest that goes on running."""

    intake: Intake
    registry: Registry
    pipeline: Pipeline

    def decode(self, f_cnt: int) -> Any:
        """What becomes of one frame after it has looked for changes, as it does each second."""
        self.registry.refresh()
        item = self.pipeline.prepare(self.intake.source, message(EM300, f_cnt, None))
        self.intake.store.commit([item])
        return item


@pytest.fixture
def process(intake: Intake) -> Process:
    registry = Registry(intake.store)
    return Process(intake, registry, Pipeline(registry, Codecs(PROFILES)))


def use(intake: Intake, profile_id: str) -> None:
    intake.owner.execute("update core.device set profile_id = %s", [profile_id])


def test_a_new_version_decodes_from_the_next_batch_on(intake: Intake, process: Process) -> None:
    use(intake, "arnsberg/air")
    assert process.decode(1).reason == "unusable_profile"
    save(intake, first := made("arnsberg/air", 1), town="arnsberg")
    before = process.decode(2)
    save(intake, second := made("arnsberg/air", 2), town="arnsberg")
    after = process.decode(3)
    assert after.measurements[0].value == 2 * before.measurements[0].value
    assert (before.profile_version, after.profile_version) == (first.version, second.version)
    kept = intake.rows("select profile_version from core.uplink order by f_cnt")
    assert kept == [(first.version,), (second.version,)]
    save(intake, first, town="arnsberg")
    assert process.decode(4).profile_version == first.version


def test_the_files_of_a_town_are_seen_by_the_town(intake: Intake) -> None:
    save(intake, made("arnsberg/air", 1), town="arnsberg")
    save(intake, made("acme/air", 1))
    seen = {}
    for town in ("arnsberg", "olpe"):
        with intake.owner.transaction(), acting_as(intake.owner, town):
            rows = intake.owner.execute(
                "select profile_id, saved_by from api.profile_version where codec <> '' order by 1"
            ).fetchall()
            seen[town] = [tuple(row.values()) for row in rows]
    assert seen == {
        "arnsberg": [("acme/air", None), ("arnsberg/air", "test")],
        "olpe": [("acme/air", None)],
    }


def test_a_replay_decodes_with_the_new_version(intake: Intake, process: Process, run: Run) -> None:
    use(intake, "arnsberg/air")
    save(intake, made("arnsberg/air", 1), town="arnsberg")
    value = process.decode(1).measurements[0].value
    save(intake, made("arnsberg/air", 3), town="arnsberg")
    arguments = ("--profile", "arnsberg/air", "--since", "2026-01-01", "--reason", "factor")
    assert run("replay", *arguments) == 0
    assert intake.rows("select value from core.reading") == [(3 * value,)]
    assert intake.rows("select value from core.reading_version") == [(value,)]


def test_a_towns_profile_decodes_no_devices_of_others(intake: Intake, process: Process) -> None:
    with intake.owner.transaction():
        save_profile(
            intake.owner,
            made("olpe/air", 1),
            tenant_id=intake.neighbour.tenant_id,
            by="test",
        )
    use(intake, "olpe/air")
    letter = process.decode(1)
    assert letter.reason == "unusable_profile"
    assert "olpe" not in letter.detail


def test_who_may_save_what(intake: Intake) -> None:
    save(intake, made("acme/air", 1))
    for profile_id in ("acme/other", "olpe/air", "acme/air"):
        with pytest.raises((InputError, NotAllowed)):
            save(intake, made(profile_id, 2), town="arnsberg")
    with pytest.raises(InputError):
        save(intake, made("arnsberg/air", 1))  # called after a town, and the hub's
    save(intake, made("arnsberg/air", 1), town="arnsberg")
    with intake.owner.transaction(), acting_as(intake.owner, "arnsberg"):
        assert [row.profile_id for row in listed(intake.owner)] == ["acme/air", "arnsberg/air"]
        assert seen_profiles(intake.owner).keys() == {"acme/air", "arnsberg/air"}
    assert stored_profiles(intake.owner).keys() == {"acme/air", "arnsberg/air"}


def test_one_that_can_be_used_no_more_is_read_once(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until there is another version of it."""
    save(intake, made("acme/air", 1))
    spoilt = {"text": "vendor: [", "version": "spoilt"}
    save(intake, made("acme/old", 1).model_copy(update=spoilt))
    read: list[str] = []

    def reading(profile_id: str, text: str, codec: str) -> DeviceProfile:
        read.append(profile_id)
        return read_profile(profile_id, text, codec)

    monkeypatch.setattr(module, "read_profile", reading)
    for _ in range(3):
        assert stored_profiles(intake.owner).keys() == {"acme/air"}
    assert read.count("acme/old") == 1
    save(intake, made("acme/old", 2))
    assert stored_profiles(intake.owner).keys() == {"acme/air", "acme/old"}


def test_a_profile_that_devices_have_stays(intake: Intake) -> None:
    save(intake, made("arnsberg/air", 1), town="arnsberg")
    tenant_id = intake.source.tenant_id
    use(intake, "arnsberg/air")
    with intake.owner.transaction(), acting_as(intake.owner, "arnsberg"):
        with pytest.raises(Conflict):
            remove_profile(intake.owner, "arnsberg/air", tenant_id=tenant_id)
        with pytest.raises(NotFound):
            remove_profile(intake.owner, "acme/air", tenant_id=tenant_id)
    use(intake, EM300)
    with intake.owner.transaction(), acting_as(intake.owner, "arnsberg"):
        remove_profile(intake.owner, "arnsberg/air", tenant_id=tenant_id)
    assert not stored_profiles(intake.owner)
    assert intake.rows("select count(*)::int from core.profile_version where codec <> ''") == [(1,)]


def test_the_command_line_keeps_them_too(
    intake: Intake, process: Process, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("profile", "new", "acme/air-1", "--directory", str(tmp_path)) == 0
    order = ("profile", "save", "acme/air-1", "--directory", str(tmp_path))
    assert run(*order) == 1
    assert run(*order, "--hub", "--tenant", "arnsberg") == 1
    assert run(*order, "--hub") == 0
    assert run(*order, "--tenant", "arnsberg") == 0
    assert stored_profiles(intake.owner).keys() == {"acme/air-1", "arnsberg/air-1"}
    codec = tmp_path / "acme" / "air-1" / "codec.js"
    codec.write_text(codec.read_text("utf-8").replace("decodeUplink", "nothing"), "utf-8")
    assert run(*order, "--hub") == 1
    checkout = ttn_checkout(tmp_path / "checkout")
    imported = ("profile", "import", str(checkout), "acme/sound")
    capsys.readouterr()
    assert run(*imported, "--tenant", "arnsberg") == 0
    assert run(*imported, "--tenant", "arnsberg") == 1
    assert "in the database already" in capsys.readouterr().out
    use(intake, "arnsberg/sound")
    assert process.decode(1).reason == "not_decodable"  # its codec knows port 1 only
