"""The archive: where readings come from, what was worked on again, what was removed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from regionhub.registry.devices import Eui
from regionhub.series.datastreams import QualityFlag as Quality
from regionhub.web.api.schemas.base import Answer, Given
from regionhub.web.api.values import DevEui, Id, Line, Word

Outcome = Literal["stored", "duplicate", "ignored"]
Kind = Literal["uplink", "reading", "dead_letter", "device_event", "ingest_fate"]


class FormerValue(Answer):
    """What a reading was before it was decoded again."""

    value: float | None
    quality: Quality
    tests: int
    profile_id: str
    profile_version: str | None
    replaced_at: datetime
    replaced_by: str
    why: str
    replay_id: int


class Origin(Answer):
    """The radio frame that a reading came in, as it was kept."""

    uplink_id: int
    source_id: int
    source_name: str
    dev_eui: Eui
    time: datetime
    time_source: Literal["event", "network", "arrival"] = Field(
        description="Which clock the time comes from."
    )
    received_at: datetime
    event_id: str | None
    payload_hex: str
    f_port: int | None
    f_cnt: int | None
    dev_addr: str | None
    confirmed: bool | None
    sf: int | None
    bw_hz: int | None
    frequency_hz: int | None
    dr: int | None
    gateways: int
    rssi: float | None = Field(description="Of the best gateway, dBm.")
    snr: float | None = Field(description="Of the best gateway, dB.")
    receptions: list[dict[str, Any]]


class Provenance(Answer):
    """Which bytes and which codec made a value, and what it was before."""

    datastream_id: int
    time: datetime
    value: float | None
    unit: str
    quality: Quality
    tests: int
    uplink: Origin | None = Field(
        description="Null when the frame is not kept any more (see /retention) or was imported "
        "without one."
    )
    profile_id: str | None
    profile_version: str | None = Field(
        description="Both files: /device-profiles/{vendor}/{model}/versions/{version}. The codec "
        "of this platform made the value, never the network server's."
    )
    profile_kept: bool = Field(description="Whether the files of that version can be looked up.")
    versions: list[FormerValue] = Field(description="Former values, the last one first.")


class ProfileVersion(Answer):
    """A version of a device profile that decoded here."""

    profile_id: str
    version: str = Field(description="Hash of both files.")
    known_since: datetime


class ProfileFiles(ProfileVersion):
    """Both files of a version."""

    profile: str = Field(description="profile.yaml; empty for a profile that had no file.")
    codec: str = Field(description="codec.js")


class Replay(Answer):
    """Stored messages that are worked on again."""

    replay_id: int
    tenant_id: int
    kind: Literal["uplinks", "dead_letters"]
    requested_by: str
    requested_at: datetime
    why: str
    dev_eui: str | None
    profile_id: str | None
    from_time: datetime | None = Field(serialization_alias="from")
    to_time: datetime | None = Field(serialization_alias="to")
    source_id: int | None
    letter_reason: str | None = Field(serialization_alias="reason")
    state: Literal["waiting", "running", "done", "stopped"]
    started_at: datetime | None
    updated_at: datetime
    finished_at: datetime | None
    messages: int = Field(description="How many there are.")
    handled: int = Field(
        description="stored + duplicate + ignored + failed, or changed + unchanged + failed."
    )
    stored: int
    duplicate: int
    ignored: int
    failed: int = Field(
        description="Still a dead letter; or an uplink that could not be decoded and stayed as is."
    )
    changed: int
    unchanged: int
    readings_changed: int
    readings_added: int
    readings_missing: int = Field(
        description="The codec gives them no more: kept without a value, quality 9."
    )
    problem: str | None = Field(description="The first failure.")


class NewReplay(Given):
    """Which waiting dead letters are processed again; what is not named does not choose."""

    reason: Word | None = None
    dev_eui: DevEui | None = None
    source_id: Id | None = None
    why: Line = "asked for through the API"


class LetterGroup(Answer):
    """Waiting dead letters of one reason and one device (or one source), with one example."""

    tenant_id: int
    source_id: int
    source_name: str | None
    reason: str
    dev_eui: str | None
    device_id: int | None = Field(description="Set when the device is registered by now.")
    messages: int
    copies: int
    cut: int = Field(description="Of these only a part was kept: they cannot be processed again.")
    first_received_at: datetime
    last_received_at: datetime
    attempted_at: datetime | None = Field(description="When they were last tried again.")
    expires_at: datetime | None = Field(description="When retention begins to remove them.")
    topic: str
    detail: str
    body_text: str


class LetterAccount(Answer):
    """Messages of a source that could not pass, ever, and where each of them is now."""

    source_id: int
    tenant_id: int
    arrived: int = Field(description="waiting + stored + duplicate + ignored + removed")
    waiting: int
    stored: int
    duplicate: int
    ignored: int
    removed: int = Field(description="By retention; see /removals.")
    unexplained: int = Field(description="0, unless rows were removed by hand.")


class Removal(Answer):
    """What retention removed."""

    removal_id: int
    tenant_id: int
    what: str
    source_id: int | None
    reason: str | None
    outcome: Outcome | None = Field(description="Of dead letters; null: never processed.")
    removed: int = Field(description="Rows.")
    messages: int = Field(description="Messages, copies included.")
    oldest: datetime
    newest: datetime
    removed_at: datetime


class Retention(Answer):
    """How long a town keeps what."""

    tenant_id: int
    what: Kind
    keep_days: Annotated[int | None, Field(description="Null: for good.")]
    of_tenant: bool = Field(description="The town's own choice; else the default of the hub.")
