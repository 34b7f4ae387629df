"""What the page "Eingang" shows of a town, in every state."""

# ruff: noqa: E501 - SQL reads best on one line
from __future__ import annotations

from datetime import UTC, datetime, timedelta

from regionhub.registry.sources import create_source
from regionhub.store.database import Connection


def fill_inbox(owner: Connection, town: int) -> None:
    """Sources that are well, slow, refused and silent; waiting, processed and removed messages."""

    def source(name: str) -> int:
        return create_source(
            owner,
            tenant_id=town,
            name=name,
            format="chirpstack-v4",
            broker_url="mqtts://lns.arnsberg.example:8883",
            topics=["application/#"],
            username="hub",
        )

    good, bad = source("Stadtwerke ChirpStack"), source("Altes Netz")
    slow, gone = source("Pegelnetz"), source("Waldnetz")
    owner.execute(
        "insert into core.source_state (source_id, tenant_id, connected_since, last_message_at, "
        "messages_last_minute, lag_seconds, updated_at) values (%s, %s, now() - interval '3 days', "
        "now() - interval '20 seconds', 34, 0.4, now() + interval '1 hour')",
        [good, town],
    )
    owner.execute(
        "insert into core.source_state (source_id, tenant_id, last_message_at, problem, problem_detail, updated_at) "
        "values (%s, %s, now() - interval '2 days', 'wrong_password', 'Not authorized', now() + interval '1 hour')",
        [bad, town],
    )
    # two sessions share this one, and the database is slow
    owner.execute("update core.source set sessions = 2 where source_id = %s", [slow])
    for session, lag in enumerate((195, 60)):
        owner.execute(
            "insert into core.source_state (source_id, tenant_id, session, connected_since, last_message_at, "
            "messages_last_minute, lag_seconds, updated_at) values (%s, %s, %s, now() - interval '2 hours', "
            "now() - interval '3 minutes', 400, %s, now() + interval '1 hour')",
            [slow, town, session, lag],
        )
    owner.execute(
        "insert into core.source_state (source_id, tenant_id, last_message_at, updated_at) "
        "values (%s, %s, now() - interval '5 hours', now() - interval '4 hours')",
        [gone, town],
    )
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for back in range(0, 150, 3):
        for fate, reason, count in (
            ("stored", "", 310),
            ("duplicate", "", 12),
            ("ignored", "", 3),
            ("dead_letter", "unknown_device", 2),
        ):
            owner.execute(
                "insert into core.ingest_fate (source_id, tenant_id, hour, fate, reason, messages) "
                "values (%s, %s, %s, %s, %s, %s)",
                [good, town, hour - timedelta(hours=back), fate, reason, count + back % 7],
            )
    letters = [
        (
            "unknown_device",
            "application/3/device/24e124136b502217/event/up",
            b'{"deduplicationId":"3ac7e3c4-4401-4b8d-9386-a5c902f9202d","deviceInfo":{"devEui":"24e124136b502217"},"data":"AXVkA2cQAQ=="}',
            "no device with DevEUI 24e124136b502217 is registered",
            41,
        ),
        (
            "not_decodable",
            "application/3/device/70b3d57ed0000001/event/up",
            b'{"deviceInfo":{"devEui":"70b3d57ed0000001"},"data":"/w=="}',
            "codec: unknown message type 255",
            2,
        ),
        (
            "not_parseable",
            "application/3/status",
            b"\xff\x00\x1bonline",
            "not JSON: invalid start byte",
            1,
        ),
    ]
    row = owner.execute(
        "select dev_eui from core.device where tenant_id = %s order by device_id limit 1",
        [town],
    ).fetchone()
    assert row is not None
    misfit = row["dev_eui"]
    for reason, topic, body, detail, copies in letters:
        owner.execute(
            "insert into core.dead_letter (tenant_id, source_id, topic, body, body_bytes, digest, reason, detail, "
            "dev_eui, first_received_at, last_received_at, copies) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, "
            "now() - interval '1 day', now() - interval '9 minutes', %s)",
            [
                town,
                good,
                topic,
                body,
                len(body),
                reason.encode(),
                reason,
                detail,
                {"unknown_device": "24e124136b502217", "not_decodable": misfit}.get(reason),
                copies,
            ],
        )
    replay = owner.execute(
        "insert into core.replay (tenant_id, kind, requested_by, why, profile_id, from_time, state, finished_at, "
        "messages, handled, changed, unchanged, failed, readings_changed, problem) values (%s, 'uplinks', 'hub', "
        "'Temperatur zehnfach zu hoch', 'milesight/em300-th', now() - interval '20 days', 'done', now(), 12480, 12480, "
        "12470, 8, 2, 12470, '24e124136d0c0417, uplink 7: frame ends inside an item') returning replay_id",
        [town],
    ).fetchone()
    assert replay is not None
    owner.execute(
        "insert into core.dead_letter (tenant_id, source_id, topic, body, body_bytes, digest, reason, detail, dev_eui, "
        "first_received_at, last_received_at, copies, outcome, resolved_by, resolved_at, replay_id) values "
        "(%s, %s, 'application/3/device/24e124136d0c0417/event/up', '{}', 2, 'd', 'unknown_device', 'x', '24e124136d0c0417', "
        "now() - interval '3 days', now() - interval '3 days', 2, 'stored', 'crew@arnsberg.example', now() - interval '1 hour', %s)",
        [town, good, replay["replay_id"]],
    )
    owner.execute(
        "insert into core.removal (tenant_id, what, source_id, reason, removed, messages, oldest, newest) values "
        "(%s, 'dead_letter', %s, 'not_parseable', 12, 14, now() - interval '200 days', now() - interval '181 days')",
        [town, good],
    )
