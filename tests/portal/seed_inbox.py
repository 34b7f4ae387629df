"""What the page "Eingang" shows of a town, in every state."""

from __future__ import annotations

from datetime import timedelta

from tests.town import Town

UNKNOWN = "24e124136b502217"
#: A device of the town whose codec does not know what it sends.
MISFIT = "70b3d57ed0000001"


def fill_inbox(town: Town) -> None:
    """Sources that are well, slow, refused and silent; waiting, processed and removed messages."""
    good = _sources(town)
    town.fates(
        [
            (town.world.ago(hours=back), fate, reason, count + back % 7)
            for back in range(0, 150, 3)
            for fate, reason, count in (
                ("stored", "", 310),
                ("duplicate", "", 12),
                ("ignored", "", 3),
                ("dead_letter", "unknown_device", 2),
            )
        ],
        good,
    )
    _waiting(town)
    _processed(town, good)


def _sources(town: Town) -> int:
    """All four; returns the one that is well."""
    world = town.world
    good, bad, slow, silent = (
        town.source(
            name,
            broker_url="mqtts://lns.arnsberg.example:8883",
            topics=["application/#"],
            username="hub",
        )
        for name in ("Stadtwerke ChirpStack", "Altes Netz", "Pegelnetz", "Waldnetz")
    )
    for_now = {"updated_at": world.now + timedelta(hours=1)}  # as if ingest went on reporting
    town.source_state(
        good,
        connected_since=world.ago(days=3),
        last_message_at=world.ago(seconds=20),
        messages_last_minute=34,
        lag_seconds=0.4,
        **for_now,
    )
    town.source_state(
        bad,
        last_message_at=world.ago(days=2),
        problem="wrong_password",
        problem_detail="Not authorized",
        **for_now,
    )
    # two sessions share this one, and the database is slow
    world.owner.execute("update core.source set sessions = 2 where source_id = %s", [slow])
    for session, lag in enumerate((195, 60)):
        town.source_state(
            slow,
            session=session,
            connected_since=world.ago(hours=2),
            last_message_at=world.ago(minutes=3),
            messages_last_minute=400,
            lag_seconds=lag,
            **for_now,
        )
    town.source_state(silent, last_message_at=world.ago(hours=5), updated_at=world.ago(hours=4))
    return good


def _waiting(town: Town) -> None:
    world = town.world
    for reason, dev_eui, topic, body, detail, copies in (
        (
            "unknown_device",
            UNKNOWN,
            f"application/3/device/{UNKNOWN}/event/up",
            b'{"deduplicationId":"3ac7e3c4","deviceInfo":{"devEui":"24e124136b502217"},"data":"AXVk"}',
            f"no device with DevEUI {UNKNOWN} is registered",
            41,
        ),
        (
            "not_decodable",
            MISFIT,
            f"application/3/device/{MISFIT}/event/up",
            b'{"deviceInfo":{"devEui":"70b3d57ed0000001"},"data":"/w=="}',
            "codec: unknown message type 255",
            2,
        ),
        (
            "not_parseable",
            None,
            "application/3/status",
            b"\xff\x00\x1bonline",
            "not JSON: invalid start byte",
            1,
        ),
    ):
        town.dead_letter(
            reason,
            dev_eui=dev_eui,
            topic=topic,
            body=body,
            detail=detail,
            copies=copies,
            first_received_at=world.ago(days=1),
            last_received_at=world.ago(minutes=9),
        )


def _processed(town: Town, source_id: int) -> None:
    world = town.world
    replay = world.add(
        "core.replay",
        tenant_id=town.tenant_id,
        kind="uplinks",
        requested_by="hub",
        why="Temperatur zehnfach zu hoch",
        profile_id="milesight/em300-th",
        from_time=world.ago(days=20),
        state="done",
        finished_at=world.now,
        messages=12480,
        handled=12480,
        changed=12470,
        unchanged=8,
        failed=2,
        readings_changed=12470,
        problem="24e124136d0c0417, uplink 7: frame ends inside an item",
    )
    town.dead_letter(
        "unknown_device",
        dev_eui="24e124136d0c0417",
        topic="application/3/device/24e124136d0c0417/event/up",
        body=b"{}",
        first_received_at=world.ago(days=3),
        last_received_at=world.ago(days=3),
        copies=2,
        outcome="stored",
        resolved_by="crew@arnsberg.example",
        resolved_at=world.ago(hours=1),
        replay_id=replay["replay_id"],
    )
    world.add(
        "core.removal",
        tenant_id=town.tenant_id,
        what="dead_letter",
        source_id=source_id,
        reason="not_parseable",
        removed=12,
        messages=14,
        oldest=world.ago(days=200),
        newest=world.ago(days=181),
    )
