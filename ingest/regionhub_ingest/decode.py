"""From payload bytes to measurements: the profile's codec, then the profile's mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from regionhub.errors import DecodeError, ProfileError
from regionhub.profiles import DeviceProfile, measurements
from regionhub.readings import Measurement
from regionhub_ingest.codec import Codec, one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What one payload says: the codec's own fields, and what the profile makes of them."""

    fields: dict[str, Any]
    measurements: list[Measurement]
    warnings: list[str] = field(default_factory=list)


class Codecs:
    """The codecs of all device profiles.

    QuickJS objects belong to the thread that made them, so every thread needs `Codecs` of its own.
    """

    def __init__(self, profiles: Mapping[str, DeviceProfile]) -> None:
        """Take the profiles; each codec is compiled when its first payload comes."""
        self._profiles = profiles
        self._codecs = {name: Codec(name, profile.codec) for name, profile in profiles.items()}

    def version(self, profile_id: str) -> str | None:
        """Hash of the profile and its codec, kept with what they decoded; None if unknown."""
        profile = self._profiles.get(profile_id)
        return None if profile is None else profile.version

    def decode(
        self,
        profile_id: str,
        *,
        f_port: int | None,
        payload: bytes,
        parameters: Mapping[str, object],
        time_ns: int,
    ) -> Decoded:
        """Decode one payload of a device with this profile and these parameters.

        `time_ns` is the time of the uplink. A port that the profile does not list carries no
        data: nothing is decoded, and a warning says so.

        Raises:
            ProfileError: no such profile, or the parameters do not fit it.
            DecodeError: the codec failed or refused the payload.
        """
        profile = self._profiles.get(profile_id)
        if profile is None:
            known = ", ".join(self._profiles) or "none"
            raise ProfileError(f"no device profile {profile_id} (known: {known})")
        variables = profile.read_parameters(parameters)
        if profile.f_ports is not None and f_port is not None and f_port not in profile.f_ports:
            warning = f"port {f_port} carries no data of {profile_id}"
            return Decoded(fields={}, measurements=[], warnings=[warning])
        answer = self._codecs[profile_id].run(payload, f_port, time_ns, orjson.dumps(variables))
        fields = _fields(profile_id, answer)
        return Decoded(
            fields=fields, measurements=measurements(profile, fields), warnings=_warnings(answer)
        )


def _fields(profile_id: str, answer: dict[str, Any]) -> dict[str, Any]:
    errors = _texts(answer.get("errors"))
    fields = answer.get("data")
    # Some codecs put their only word, that they failed, into the data.
    if isinstance(fields, dict) and list(fields) == ["error"] and isinstance(fields["error"], str):
        errors.append(one_line(fields["error"]))
    if errors:
        raise DecodeError(f"the codec of {profile_id} refused the payload: {'; '.join(errors)}")
    if fields is None:
        return {}
    if not isinstance(fields, dict):
        raise DecodeError(f"the codec of {profile_id} returned data that is not an object")
    return fields


def _warnings(answer: dict[str, Any]) -> list[str]:
    lost = [f"field {one_line(name)} is not a finite number" for name in answer.get("lost", [])]
    return _texts(answer.get("warnings")) + lost


def _texts(value: Any) -> list[str]:
    """Return errors or warnings, which codecs write as one text or a list of anything."""
    if value is None or value == "" or value is False:
        return []
    return [one_line(text) for text in (value if isinstance(value, list) else [value])]
