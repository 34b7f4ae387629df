"""Which frames of a device came, by its own counter."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field

from regionhub.web.api.schemas.base import Answer, Eui, Page

Row = TypeVar("Row")

Expected = Annotated[
    int | None,
    Field(description="Frames sent by the counter in the period; null when it tells nothing."),
]
Received = Annotated[int | None, Field(description="Frames that came live.")]
Recovered = Annotated[
    int | None, Field(description="Frames that were imported or fetched afterwards.")
]
Waiting = Annotated[
    int | None,
    Field(
        description="Of those: frames that could not be decoded yet and are kept as dead letters."
    ),
]
Missing = Annotated[int | None, Field(description="Expected, and nobody has them.")]
Uncounted = Annotated[
    int, Field(description="Frames that came without a counter, or with one that stands still.")
]
Percent = Annotated[
    float | None, Field(description="Received and recovered of expected frames, %.")
]


class Completeness(Answer):
    """The ledger of a device in a period: expected = received + recovered + missing."""

    device_id: int
    tenant_id: int
    dev_eui: Eui
    name: str
    active: bool
    sessions: int = Field(description="Sessions with frames in the period.")
    expected: Expected
    received: Received
    recovered: Recovered
    waiting: Waiting
    missing: Missing
    uncounted: Uncounted
    completeness_pct: Percent
    not_judged: Literal["no_frames", "no_counter", "one_frame", "stuck_counter"] | None = Field(
        description="Why the counter tells nothing about lost frames; null when it does."
    )
    last_frame_at: datetime | None = Field(
        description="After this frame nobody can tell yet whether some were lost."
    )
    last_gap_from: datetime | None = Field(description="Time of the frame before the newest gap.")
    last_gap_to: datetime | None = Field(description="Time of the frame after it.")
    last_gap_missing: int | None = Field(description="Frames that it lacks.")


class Session(Answer):
    """From a join, a reset of the counter or the start of the period to the next one."""

    dev_addr: str | None = Field(
        description="Device address; null where not every frame tells its own."
    )
    joined_at: datetime | None = Field(description="The join that opened it, if one was heard.")
    began_at: datetime = Field(description="First frame in the period.")
    ended_at: datetime = Field(description="Last frame in the period.")
    start_known: bool = Field(
        description="It began in the period: counters from 1 on are expected. "
        "Otherwise those from the first frame on."
    )
    first_f_cnt: int = Field(description="Lowest counter that came.")
    last_f_cnt: int = Field(description="Highest counter that came.")
    rolled_over: bool = Field(description="A counter of 16 bits began again at 0 in between.")
    expected: Expected
    received: Received
    recovered: Recovered
    waiting: Waiting
    missing: Missing
    uncounted: Uncounted
    completeness_pct: Percent


class Gap(Answer):
    """Counters that follow each other and are all missing."""

    dev_addr: str | None
    first_f_cnt: int
    last_f_cnt: int = Field(description="Included.")
    missing: int = Field(description="Frames.")
    previous_frame_at: datetime | None = Field(
        description="Time of the frame before; of the join or the end of the session before, "
        "where the first frames of a session are missing."
    )
    next_frame_at: datetime = Field(description="Time of the frame after.")


class InPeriod(Page[Row], Generic[Row]):
    """A page of a list for a period."""

    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to", description="Not included.")


class DeviceCompleteness(Completeness):
    """The ledger of a device with its sessions, the newest first."""

    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to", description="Not included.")
    items: list[Session]
    next: str | None = Field(default=None, description="Address of the following sessions.")
