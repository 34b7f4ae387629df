"""Profiles of one's own in the API: tried, saved, removed, proposed from what a device sends."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Request
from pydantic import Field

from regionhub.access import Editor
from regionhub.archive.stored_profiles import remove_profile
from regionhub.errors import InputError, NotFound
from regionhub.features.device_profiles.bench import Bench, Tried
from regionhub.features.device_profiles.payloads import dev_eui, read_payload
from regionhub.features.device_profiles.saving import Author, read, save
from regionhub.features.device_profiles.store import last_frames, own_slug, waiting_frames
from regionhub.profiles import DeviceProfile
from regionhub.web.api.registration import Profiles, profile_of, profiles_seen
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Answer, Given, Items

routes = router("/device-profiles", tag="vocabulary")
Part = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,80}$")]
LongText = Annotated[str, Field(max_length=450_000)]


class ProfileTexts(Given):
    """Both files of a profile (docs/device-profiles.md)."""

    profile: LongText = Field(description="profile.yaml")
    codec: LongText = Field(default="", description="codec.js; empty where the server decodes.")


class SavedProfile(Answer):
    """A profile as it decodes from now on."""

    profile_id: str
    version: str


class TrialOrder(Given):
    """What is tried: a profile that is there, or two texts; on a payload or on a device."""

    profile_id: str | None = None
    profile: LongText | None = None
    codec: LongText = ""
    payload: str = Field(default="", max_length=2000, description="Hexadecimal or base64.")
    f_port: int | None = Field(default=None, ge=1, le=255)
    dev_eui: str = Field(default="", max_length=60, description="Its last messages are tried.")


class TriedMeasurement(Answer):
    """A measurement in the unit of the profile."""

    quantity: str
    value: float | None
    unit: str
    quality: str
    reason: str | None
    position: str


class TriedFrame(Answer):
    """What came of a frame; with an `error` nothing else did."""

    f_port: int | None
    payload_hex: str
    fields: dict[str, Any]
    measurements: list[TriedMeasurement]
    warnings: list[str]
    error: str


class ExampleOutcome(Answer):
    """An example of the profile."""

    description: str
    passed: bool
    expected: str
    got: str


class TrialResult(Answer):
    """What a profile makes of frames, and whether its examples are right. Nothing is stored."""

    frames: list[TriedFrame]
    examples: list[ExampleOutcome]


class ProposalOrder(Given):
    """A device that sends already and whose network server decodes."""

    dev_eui: str = Field(max_length=60)


class ProposedField(Answer):
    """A field that the network server decoded; `quantity` is empty where nobody knows."""

    field: str
    quantity: str
    unit: str
    position: str
    last: float | None
    why: str


@routes.put("/{vendor}/{model}")
def save_own_profile(
    vendor: Part, model: Part, texts: ProfileTexts, request: Request, visit: Editor
) -> SavedProfile:
    """Save a profile of your town, or its next version; `vendor` is your town. Rights: editor.

    Its examples have to come out right. Devices that have it are decoded by it within seconds;
    stored messages only in a replay.
    """
    with visit.town() as town:
        if own_slug(town, visit.principal.tenant_id) != vendor:
            raise NotFound("Profiles of your own begin with your town: town/model.")
        profile = read(f"{vendor}/{model}", texts.profile, texts.codec)
        author = Author(town, visit.principal.tenant_id, visit.principal.named)
        save(author, request.app.state.bench, profile)
    return SavedProfile(profile_id=profile.id, version=profile.version)


@routes.delete("/{vendor}/{model}", status_code=204)
def delete_own_profile(vendor: Part, model: Part, visit: Editor) -> None:
    """Remove a profile of your town that no device has; its versions stay. Rights: editor."""
    with visit.town() as town:
        remove_profile(town, f"{vendor}/{model}", tenant_id=visit.principal.tenant_id)


@routes.post("/trial")
def try_profile(order: TrialOrder, request: Request, visit: Editor) -> TrialResult:
    """Try a profile on a payload or on the last messages of a device. Rights: editor."""
    state = request.app.state
    bench: Bench = state.bench
    frames: list[Tried] = []
    with visit.town() as town:
        profile = _ordered(order, profiles_seen(state, town))
        if order.dev_eui:
            eui, tenant_id = dev_eui(order.dev_eui), visit.principal.tenant_id
            frames = last_frames(town, tenant_id, eui, state.read_message)
    if order.payload:
        payload = read_payload(order.payload)
        frames.append(Tried(f_port=order.f_port, payload=payload, time_ns=0, parameters={}))
    return TrialResult(
        frames=[
            TriedFrame(
                f_port=trial.tried.f_port,
                payload_hex=trial.tried.payload.hex(),
                fields=dict(trial.fields),
                measurements=[
                    TriedMeasurement(
                        quantity=one.quantity,
                        value=one.value,
                        unit=one.unit,
                        quality=one.quality,
                        reason=one.reason,
                        position=one.position,
                    )
                    for one in trial.measurements
                ],
                warnings=list(trial.warnings),
                error=trial.error,
            )
            for trial in bench.decode(profile, frames)
        ],
        examples=[
            ExampleOutcome(
                description=one.description,
                passed=one.passed,
                expected=one.expected,
                got=one.got,
            )
            for one in bench.examples(profile)
        ],
    )


@routes.post("/proposal")
def propose_mapping(order: ProposalOrder, request: Request, visit: Editor) -> Items[ProposedField]:
    """What the fields may be that the network server decoded of a device. Rights: editor.

    They are learnt from its messages that wait here; `profile` of a PUT then maps them.
    """
    state = request.app.state
    with visit.town() as town:
        eui, tenant_id = dev_eui(order.dev_eui), visit.principal.tenant_id
        frames = waiting_frames(town, tenant_id, eui, state.read_message)
    bench: Bench = state.bench
    return Items(
        items=[
            ProposedField(
                field=one.field,
                quantity=one.quantity,
                unit=one.unit,
                position=one.position,
                last=one.last,
                why=one.why,
            )
            for one in bench.suggest(frames)
        ]
    )


def _ordered(order: TrialOrder, known: Profiles) -> DeviceProfile:
    if (order.profile_id is None) == (order.profile is None):
        raise InputError("Name either profile_id, or profile and codec.")
    if order.profile is not None:
        return read("trial/trial", order.profile, order.codec)
    assert order.profile_id is not None
    return profile_of(known, order.profile_id)
