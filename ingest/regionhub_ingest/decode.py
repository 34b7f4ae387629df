"""From payload bytes to measurements: the profile's codec, then the profile's mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from regionhub.errors import DecodeError, ProfileError, RegionhubError
from regionhub.profiles import DeviceProfile, measurements
from regionhub.readings import Measurement
from regionhub_ingest.codec import Answer, Codec, Frame, one_line
from regionhub_ingest.codec_host import CodecHost


class Decoded(NamedTuple):
    """What one payload says: the codec's own fields, and what the profile makes of them."""

    fields: dict[str, Any]
    measurements: Sequence[Measurement]
    warnings: list[str]


class Codecs:
    """The codecs of all device profiles, in a process of their own.

    One thread at a time may use them.
    """

    def __init__(self, profiles: Mapping[str, DeviceProfile]) -> None:
        """Take the profiles; each codec is compiled when its first payload comes."""
        self._shipped = profiles
        self._host = CodecHost()
        self._profiles: dict[str, DeviceProfile] = {}
        self._codecs: dict[str, Codec] = {}
        self._parameters: dict[tuple[str, bytes], Mapping[str, object]] = {}
        self.take({})

    def take(self, stored: Mapping[str, DeviceProfile]) -> None:
        """Use these profiles beside the given ones, and before them, instead of those taken before.

        The codec of a profile that did not change stays compiled.
        """
        before, self._profiles = self._profiles, {**self._shipped, **stored}
        for name in before.keys() | self._profiles.keys():
            profile = self._profiles.get(name)
            if name in before and profile is not None and profile.version == before[name].version:
                continue
            self._codecs.pop(name, None)
            if profile is not None and not profile.maps_decoded:
                self._codecs[name] = Codec(name, profile.codec, self._host)
        self._parameters.clear()

    def close(self) -> None:
        """End the process of the codecs; the next payload starts another one."""
        self._host.close()

    def version(self, profile_id: str) -> str | None:
        """Hash of the profile and its codec, kept with what they decoded; None if unknown."""
        profile = self._profiles.get(profile_id)
        return None if profile is None else profile.version

    def maps_decoded(self, profile_id: str) -> bool:
        """Whether a profile maps what the network server decoded."""
        profile = self._profiles.get(profile_id)
        return profile is not None and profile.maps_decoded

    def decode(
        self,
        profile_id: str,
        *,
        f_port: int | None,
        payload: bytes,
        parameters: Mapping[str, object],
        time_ns: int,
        decoded: Mapping[str, Any] | None = None,
    ) -> Decoded:
        """Decode one payload, or map what the network server decoded.

        A port that the profile does not list carries no data: nothing is decoded, and a warning
        says so.

        Raises:
            ProfileError: no such profile, or the parameters do not fit it.
            DecodeError: the codec failed or refused the payload.
        """
        frame = Frame(payload, f_port, time_ns, parameters, decoded=decoded)
        (answer,) = self.decode_all([(profile_id, frame)])
        if isinstance(answer, RegionhubError):
            raise answer
        return answer

    def decode_all(
        self, frames: Sequence[tuple[str, Frame]]
    ) -> list[Decoded | ProfileError | DecodeError]:
        """Decode many frames, each beside its profile; each has the result or error of `decode`."""
        results: list[Decoded | ProfileError | DecodeError | None] = [None] * len(frames)
        by_profile: dict[str, list[tuple[int, Frame]]] = {}
        for i, (profile_id, frame) in enumerate(frames):
            try:
                checked = self._checked(profile_id, frame)
            except (ProfileError, DecodeError) as error:
                results[i] = error
                continue
            if isinstance(checked, Decoded):
                results[i] = checked
            else:
                by_profile.setdefault(profile_id, []).append((i, checked))
        for profile_id, waiting in by_profile.items():
            answers = self._codecs[profile_id].run_all([frame for _, frame in waiting])
            profile = self._profiles[profile_id]
            for (i, _), answer in zip(waiting, answers, strict=True):
                results[i] = _decoded(profile, answer)
        return [result for result in results if result is not None]

    def _checked(self, profile_id: str, frame: Frame) -> Frame | Decoded:
        """The frame with the port and the parameters as its profile reads them."""
        f_port = frame.f_port
        profile = self._profiles.get(profile_id)
        if profile is None:
            # not those in the database: they may be of another town
            known = ", ".join(self._shipped) or "none"
            raise ProfileError(f"no device profile {profile_id} (known: {known})")
        key = (profile_id, orjson.dumps(frame.parameters) if frame.parameters else b"")
        read = self._parameters.get(key)
        if read is None:
            read = self._parameters[key] = profile.read_parameters(frame.parameters)
        if profile.f_ports is not None:
            if f_port is None and len(profile.f_ports) == 1:
                f_port = profile.f_ports[0]
            elif f_port is not None and f_port not in profile.f_ports:
                return Decoded({}, [], [f"port {f_port} carries no data of {profile_id}"])
        if profile.maps_decoded:
            return _mapped(profile, frame.decoded)
        return Frame(frame.payload, f_port, frame.time_ns, read, frame.device)


def _mapped(profile: DeviceProfile, decoded: Mapping[str, Any] | None) -> Decoded:
    if decoded is None:
        raise DecodeError(
            f"{profile.id} maps what the network server decodes, and with this frame came nothing: "
            "look there at the codec of the device"
        )
    fields = dict(decoded)
    return Decoded(fields, measurements(profile, fields), [])


def _decoded(profile: DeviceProfile, answer: Answer | DecodeError) -> Decoded | DecodeError:
    if isinstance(answer, DecodeError):
        return answer
    try:
        fields = _fields(profile.id, answer)
        found = measurements(profile, fields)
    except DecodeError as error:
        return error
    return Decoded(fields, found, _warnings(answer))


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
