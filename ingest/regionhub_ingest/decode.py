"""From payload bytes to measurements: the profile's codec, then the profile's mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from regionhub.errors import DecodeError, ProfileError, RegionhubError
from regionhub.profiles import DeviceProfile, measurements
from regionhub.readings import Measurement
from regionhub_ingest.codec import Answer, Codec, Frame, one_line


class Payload(NamedTuple):
    """What is decoded: a payload of a device with this profile and these parameters.

    `time_ns` is the time of the uplink; `f_port` is None where the network server does not tell.
    """

    profile_id: str
    f_port: int | None
    payload: bytes
    parameters: Mapping[str, object]
    time_ns: int


class Decoded(NamedTuple):
    """What one payload says: the codec's own fields, and what the profile makes of them."""

    fields: dict[str, Any]
    measurements: Sequence[Measurement]
    warnings: list[str]


class Codecs:
    """The codecs of all device profiles.

    QuickJS objects belong to the thread that made them, so every thread needs `Codecs` of its own.
    """

    def __init__(self, profiles: Mapping[str, DeviceProfile]) -> None:
        """Take the profiles; each codec is compiled when its first payload comes."""
        self._profiles = profiles
        self._codecs = {name: Codec(name, profile.codec) for name, profile in profiles.items()}
        self._variables: dict[tuple[str, bytes], bytes] = {}

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
        """Decode one payload.

        A port that the profile does not list carries no data: nothing is decoded, and a warning
        says so.

        Raises:
            ProfileError: no such profile, or the parameters do not fit it.
            DecodeError: the codec failed or refused the payload.
        """
        (decoded,) = self.decode_all([Payload(profile_id, f_port, payload, parameters, time_ns)])
        if isinstance(decoded, RegionhubError):
            raise decoded
        return decoded

    def decode_all(self, payloads: Sequence[Payload]) -> list[Decoded | ProfileError | DecodeError]:
        """Decode many payloads of any devices; each has the result or the error of `decode`."""
        results: list[Decoded | ProfileError | DecodeError | None] = [None] * len(payloads)
        frames: dict[str, list[tuple[int, Frame]]] = {}
        for i, payload in enumerate(payloads):
            try:
                frame = self._frame(payload)
            except ProfileError as error:
                results[i] = error
                continue
            if isinstance(frame, Decoded):
                results[i] = frame
            else:
                frames.setdefault(payload.profile_id, []).append((i, frame))
        for profile_id, waiting in frames.items():
            answers = self._codecs[profile_id].run_all([frame for _, frame in waiting])
            profile = self._profiles[profile_id]
            for (i, _), answer in zip(waiting, answers, strict=True):
                results[i] = _decoded(profile, answer)
        return [result for result in results if result is not None]

    def _frame(self, payload: Payload) -> Frame | Decoded:
        profile_id, f_port, content, parameters, time_ns = payload
        profile = self._profiles.get(profile_id)
        if profile is None:
            known = ", ".join(self._profiles) or "none"
            raise ProfileError(f"no device profile {profile_id} (known: {known})")
        key = (profile_id, orjson.dumps(parameters) if parameters else b"")
        variables = self._variables.get(key)
        if variables is None:
            variables = orjson.dumps(profile.read_parameters(parameters))
            self._variables[key] = variables
        if profile.f_ports is not None:
            if f_port is None and len(profile.f_ports) == 1:
                f_port = profile.f_ports[0]
            elif f_port is not None and f_port not in profile.f_ports:
                return Decoded({}, [], [f"port {f_port} carries no data of {profile_id}"])
        return Frame(content, f_port, time_ns, variables)


def _decoded(profile: DeviceProfile, answer: Answer | DecodeError) -> Decoded | DecodeError:
    if isinstance(answer, DecodeError):
        return answer
    try:
        fields = _fields(profile.id, answer)
    except DecodeError as error:
        return error
    return Decoded(fields, measurements(profile, fields), _warnings(answer))


def _fields(profile_id: str, answer: dict[str, Any]) -> dict[str, Any]:
    errors = _texts(answer.get("errors"))
    fields = answer.get("data")
    # Some codecs put their only word, that they failed, into the data.
    if isinstance(fields, dict) and len(fields) == 1 and isinstance(fields.get("error"), str):
        errors.append(one_line(fields["error"]))
    if errors:
        raise DecodeError(f"the codec of {profile_id} refused the payload: {'; '.join(errors)}")
    if fields is None:
        return {}
    if not isinstance(fields, dict):
        raise DecodeError(f"the codec of {profile_id} returned data that is not an object")
    return fields


def _warnings(answer: dict[str, Any]) -> list[str]:
    warnings = _texts(answer.get("warnings"))
    if "lost" in answer:
        warnings += [f"field {one_line(name)} is not a finite number" for name in answer["lost"]]
    return warnings


def _texts(value: Any) -> list[str]:
    """Return errors or warnings, which codecs write as one text or a list of anything."""
    if value is None or value is False or value in ("", []):
        return []
    return [one_line(text) for text in (value if isinstance(value, list) else [value])]
