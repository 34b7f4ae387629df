"""The Things Stack v3: a device and its key in the four registries of its HTTP API.

In the order that its reference recommends (API, End Device APIs): Identity Server, Join Server,
Network Server, Application Server. The last three set what is there already.
"""

from __future__ import annotations

import contextlib
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, NameResolutionError, SSLError

from regionhub.features.onboarding.servers.answers import ServerError
from regionhub.features.onboarding.servers.device import Server, Wanted

#: Of the sources whose network server this is.
FORMAT = "tts-v3"
_TIMEOUT = urllib3.Timeout(connect=5, read=15)
_MOST = 65_536
#: What devices in Germany speak; somebody who needs another sets it at the network server.
_RADIO = {"frequency_plan_id": "EU_863_870_TTN", "supports_join": True}
_LORAWAN_1_0 = {"lorawan_version": "MAC_V1_0_3", "lorawan_phy_version": "PHY_V1_0_3_REV_A"}
_LORAWAN_1_1 = {"lorawan_version": "MAC_V1_1", "lorawan_phy_version": "PHY_V1_1_REV_B"}
_LONGEST_NAME = 50
_CODES = {401: "wrong_token", 403: "wrong_token", 404: "unknown_target", 429: "busy"}
_CONFLICT = 409


def create(server: Server, wanted: Wanted) -> None:
    """Create the device, or complete it where it is there already.

    Raises:
        ServerError: it could not be.
    """
    context = server.tls_context()
    with urllib3.PoolManager(retries=False, timeout=_TIMEOUT, ssl_context=context) as pool:
        _create(_Api(pool, server), urlsplit(server.address).hostname or "", wanted)


def _create(api: _Api, host: str, wanted: Wanted) -> None:
    device_id = f"eui-{wanted.dev_eui}"
    eui = wanted.dev_eui.upper()
    ids = {"device_id": device_id, "dev_eui": eui, "join_eui": wanted.keys.join_eui.upper()}
    addresses = {f"{part}_server_address": host for part in ("network", "application", "join")}
    try:
        named = {"name": wanted.name[:_LONGEST_NAME], **addresses}
        api.send("POST", "applications/{application}/devices", ids, named)
    except _ConflictError as error:
        there = api.dev_eui(device_id)
        if there != eui:
            raise ServerError("taken", error.detail) from None
    roots = {"app_key": {"key": wanted.keys.app_key.upper()}}
    version = _LORAWAN_1_0
    if wanted.keys.nwk_key is not None:
        roots["nwk_key"] = {"key": wanted.keys.nwk_key.upper()}
        version = _LORAWAN_1_1
    key = {"root_keys": roots}
    served = {name: host for name in addresses if not name.startswith("join")}
    for registry, values in (("js", {**served, **key}), ("ns", _RADIO | version), ("as", {})):
        path = f"{registry}/applications/{{application}}/devices/{device_id}"
        api.send("PUT", path, ids, values)


class _ConflictError(Exception):
    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class _Api:
    """The API below one address, for one application."""

    def __init__(self, pool: urllib3.PoolManager, server: Server) -> None:
        self._pool = pool
        self._base = f"{server.address}/api/v3/"
        self._application = quote(server.application_id, safe="")
        self._headers = {"Authorization": f"Bearer {server.token}", "User-Agent": "regionhub"}

    def send(
        self, method: str, path: str, ids: Mapping[str, str], values: Mapping[str, Any]
    ) -> None:
        """Write a device; the mask names each value that is written."""
        of = {"application_ids": {"application_id": self._application}}
        mask = [*(f"ids.{name}" for name in ids), *_paths(values)]
        if method == "POST":
            mask.remove("ids.device_id")
        body = {"end_device": {"ids": {**ids, **of}, **values}, "field_mask": {"paths": mask}}
        self._ask(method, path, body)

    def dev_eui(self, device_id: str) -> str | None:
        """Of a device of this application; None if it is not in it."""
        try:
            path = f"applications/{{application}}/devices/{device_id}"
            return str(self._ask("GET", path).get("ids", {}).get("dev_eui", "")).upper()
        except ServerError as error:
            if error.code == "unknown_target":
                return None
            raise

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        url = self._base + path.format(application=self._application)
        try:
            answer = self._pool.request(
                method, url, json=body, headers=self._headers, redirect=False, preload_content=False
            )
            with contextlib.closing(answer):
                data = answer.read(_MOST)
        except NameResolutionError:
            raise ServerError("unreachable", "unknown name") from None
        except SSLError as error:
            [cause] = error.args[:1] or [error]
            if isinstance(cause, ssl.SSLCertVerificationError):
                raise ServerError("untrusted", cause.verify_message) from None
            raise ServerError("unreachable", type(cause).__name__) from None
        except (HTTPError, OSError) as error:
            raise ServerError("unreachable", type(error).__name__) from None
        try:
            said = json.loads(data)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise ServerError("unreadable", f"HTTP {answer.status}")
        if answer.status >= 300:
            self._refuse(answer.status, str(said.get("message", "")))
        return said

    def _refuse(self, status: int, message: str) -> None:
        if status == _CONFLICT:
            raise _ConflictError(message)
        usual = "busy" if status >= 500 else "refused"
        raise ServerError(_CODES.get(status, usual), message or f"HTTP {status}")


def _paths(values: Mapping[str, Any], before: str = "") -> list[str]:
    """The names of all values, as a field mask has them."""
    found = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            found += _paths(value, f"{before}{name}.")
        else:
            found.append(f"{before}{name}")
    return found
