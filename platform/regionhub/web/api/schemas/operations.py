"""Messages, sources and the vocabulary."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from regionhub.web.api.schemas.base import Answer


class DeadLetter(Answer):
    """A message that could not pass, and why."""

    dead_letter_id: int
    tenant_id: int
    source_id: int
    topic: str
    reason: str = Field(description="A stable word.", examples=["unknown_device"])
    detail: str
    dev_eui: str | None
    body_bytes: int = Field(description="Length of the message as it came.")
    body_text: str = Field(
        description="The beginning of the message as text, at most 4 KiB; � is no UTF-8."
    )
    body_base64: str = Field(description="The same beginning, byte by byte.")
    first_received_at: datetime
    last_received_at: datetime
    copies: int = Field(description="How often the same message came.")
    attempted_at: datetime | None = Field(description="When it was last tried again.")
    resolved_at: datetime | None = Field(description="Null: it waits.")
    resolved_by: str | None
    outcome: Literal["stored", "duplicate", "ignored"] | None = Field(
        description="What became of it when it was processed again."
    )


class Fate(Answer):
    """How many messages of a source ended in one way."""

    source_id: int
    tenant_id: int
    fate: Literal["stored", "duplicate", "dead_letter", "ignored"]
    reason: str
    messages: int


class Statistics(Answer):
    """Fates of the messages in whole hours (UTC); every message has exactly one."""

    start: datetime = Field(serialization_alias="from", description="Start of the first hour.")
    end: datetime = Field(
        serialization_alias="to", description="End of the last hour, not included."
    )
    messages: int = Field(description="The sum.")
    items: list[Fate]


class Source(Answer):
    """A network server that the town is connected to; never a password."""

    source_id: int
    tenant_id: int
    name: str
    format: str
    broker_url: str
    topics: list[str]
    protocol: str
    username: str | None
    enabled: bool
    sessions: int = Field(description="Sessions at the broker that share the messages.")
    sessions_connected: int
    connected_since: datetime | None = Field(
        description="Since the oldest connection; null unless every session is connected."
    )
    last_message_at: datetime | None
    messages_last_minute: int
    lag_seconds: float | None = Field(
        description="How long the oldest message that is received and not acknowledged yet has "
        "been waiting; null without a word of ingest."
    )
    reported_at: datetime | None = Field(description="The last word of ingest.")
    problem: str | None = Field(description="A stable word.", examples=["wrong_password"])
    problem_detail: str | None = Field(description="What broker, network or database said.")
    silent_since: datetime | None = Field(
        description="The last message of a source that is connected and gave none for more than "
        "two hours and twice the longest pause of the week before; null while messages come."
    )
    explanation_de: str | None = Field(description="The problem and what to do, in one sentence.")
    explanation_en: str | None


class DecodeErrors(Answer):
    """Messages that the codec of their devices' profile could not read, as far as they wait."""

    tenant_id: int
    profile_id: str
    reason: Literal["not_decodable", "unusable_profile"]
    messages: int
    messages_today: int = Field(description="Last received since midnight in Europe/Berlin.")
    messages_week: int = Field(description="Last received in the last seven days.")
    devices: int
    last_received_at: datetime
    example: str = Field(description="Why the newest of them could not be read.")


class ProfileParameter(Answer):
    """What has to be known of the single device."""

    name: str
    type: Literal["text", "number", "boolean"]
    default: bool | float | str
    values: list[bool | float | str] | None
    min: float | None
    max: float | None
    description_de: str
    description_en: str


class Profile(Answer):
    """A kind of device."""

    profile_id: str
    vendor: str
    model: str
    name: str
    description_de: str
    description_en: str
    interval_seconds: int = Field(description="How often it sends as delivered.")
    quantities: list[str]
    parameters: list[ProfileParameter]
