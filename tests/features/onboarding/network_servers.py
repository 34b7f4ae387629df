"""Network servers with an API, for tests: ChirpStack's own messages over gRPC, and JSON as The
Things Stack speaks it. Both keep what they are told, and refuse what the real ones refuse.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
from chirpstack_api.api import device_pb2, device_pb2_grpc
from google.protobuf.empty_pb2 import Empty

TOKEN = "NNSXS.a-token-that-nobody-may-see"  # gitleaks:allow
APPLICATION = "7f2cc1e6-6f0b-4f53-9d1a-3a5a3e1b9a01"
DEVICE_PROFILE = "0b8f3c2e-58d2-4b7c-8f52-7b1f1d3f6a02"
TTS_APPLICATION = "brilon-sensors"


@dataclass
class Registry:
    """What a server knows: devices by DevEUI with their application, key and JoinEUI."""

    address: str = ""
    devices: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    down: bool = False


def _keys(given: Any) -> dict[str, str]:
    """The keys, as they are called since LoRaWAN 1.1; before, the AppKey is the network's."""
    if given.app_key == "0" * 32:
        return {"key": given.nwk_key}
    return {"key": given.app_key, "nwk_key": given.nwk_key}


class _DeviceService(device_pb2_grpc.DeviceServiceServicer):  # type: ignore[misc]  # untyped
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802 - ChirpStack's name
        self._check(context, "Create")
        given = request.device
        if (given.application_id, given.device_profile_id) != (APPLICATION, DEVICE_PROFILE):
            context.abort(grpc.StatusCode.NOT_FOUND, "Object does not exist (id: ü)")
        if given.dev_eui in self._registry.devices:
            context.abort(grpc.StatusCode.ALREADY_EXISTS, "Object already exists")
        self._registry.devices[given.dev_eui] = {
            "application": given.application_id,
            "join_eui": given.join_eui,
            "name": given.name,
        }
        return Empty()

    def Get(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._check(context, "Get")
        known = self._registry.devices[request.dev_eui]
        device = device_pb2.Device(dev_eui=request.dev_eui, application_id=known["application"])
        return device_pb2.GetDeviceResponse(device=device)

    def CreateKeys(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._check(context, "CreateKeys")
        known = self._registry.devices[request.device_keys.dev_eui]
        if "key" in known:
            context.abort(grpc.StatusCode.ALREADY_EXISTS, "Object already exists")
        known |= _keys(request.device_keys)
        return Empty()

    def UpdateKeys(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._check(context, "UpdateKeys")
        known = self._registry.devices[request.device_keys.dev_eui]
        known |= _keys(request.device_keys)
        return Empty()

    def _check(self, context: Any, call: str) -> None:
        self._registry.calls.append(call)
        if self._registry.down:
            context.abort(grpc.StatusCode.UNAVAILABLE, "database")
        metadata = dict(context.invocation_metadata())
        if metadata.get("authorization") != f"Bearer {TOKEN}":
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "authentication error")


@contextmanager
def chirpstack(certificate: Path | None = None) -> Iterator[Registry]:
    """ChirpStack v4 on a port of this machine, encrypted with the certificate in a folder."""
    registry = Registry()
    with ThreadPoolExecutor(2) as threads:
        server = grpc.server(threads)
        device_pb2_grpc.add_DeviceServiceServicer_to_server(_DeviceService(registry), server)
        if certificate is None:
            registry.address = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        else:
            files = [(certificate / name).read_bytes() for name in ("server.key", "server.crt")]
            secure = grpc.ssl_server_credentials([tuple(files)])
            port = server.add_secure_port("127.0.0.1:0", secure)
            registry.address = f"https://localhost:{port}"
        server.start()
        try:
            yield registry
        finally:
            server.stop(None).wait()


class _Refused(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.answer = status, {"code": code, "message": message, "details": []}


class _ThingsStack(BaseHTTPRequestHandler):
    registry: Registry
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self._answer(self._create)

    def do_PUT(self) -> None:
        self._answer(self._set)

    def do_GET(self) -> None:
        self._answer(self._get)

    def log_message(self, *_: Any) -> None:
        """Nothing: the output belongs to the tests."""

    def _answer(self, act: Any) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        given = json.loads(self.rfile.read(length) or b"{}")
        self.registry.calls.append(f"{self.command} {self.path}")
        try:
            self._check()
            status, answer = 200, act(given)
        except _Refused as refused:
            status, answer = refused.answer
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _check(self) -> None:
        if self.registry.down:
            raise _Refused(503, 14, "error:pkg/rpc:unavailable (unavailable)")
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            raise _Refused(401, 16, "error:pkg/auth:token_not_found (token not found)")
        if f"/applications/{TTS_APPLICATION}/devices" not in self.path:
            raise _Refused(404, 5, "error:pkg/identityserver:application_not_found")

    def _create(self, given: Any) -> Any:
        ids = given["end_device"]["ids"]
        assert "name" in given["field_mask"]["paths"]
        eui = ids["dev_eui"].lower()
        if eui in self.registry.devices:
            raise _Refused(409, 6, "error:pkg/identityserver:end_device_euis_taken")
        self.registry.devices[eui] = {
            "application": TTS_APPLICATION,
            "device_id": ids["device_id"],
            "join_eui": ids["join_eui"].lower(),
            "name": given["end_device"]["name"],
        }
        return {"ids": ids}

    def _set(self, given: Any) -> Any:
        device = given["end_device"]
        known = self.registry.devices[device["ids"]["dev_eui"].lower()]
        paths = given["field_mask"]["paths"]
        if "/js/" in self.path:
            assert "root_keys.app_key.key" in paths
            known["key"] = device["root_keys"]["app_key"]["key"].lower()
            if "root_keys.nwk_key.key" in paths:
                known["nwk_key"] = device["root_keys"]["nwk_key"]["key"].lower()
        elif "/ns/" in self.path:
            assert {"frequency_plan_id", "lorawan_version", "supports_join"} <= set(paths)
            known["plan"] = device["frequency_plan_id"]
            is_1_1 = device["lorawan_version"] == "MAC_V1_1"
            assert is_1_1 == ("nwk_key" in known)
            assert device["lorawan_phy_version"].startswith("PHY_V1_1" if is_1_1 else "PHY_V1_0")
        else:
            assert "/as/" in self.path
            known["served"] = "yes"
        return device

    def _get(self, _: Any) -> Any:
        wanted = self.path.rpartition("/")[2]
        for eui, known in self.registry.devices.items():
            if known.get("device_id") == wanted and known["application"] == TTS_APPLICATION:
                return {"ids": {"device_id": wanted, "dev_eui": eui.upper()}}
        raise _Refused(404, 5, "error:pkg/identityserver:end_device_not_found")


@contextmanager
def things_stack(certificate: Path | None = None) -> Iterator[Registry]:
    """The Things Stack v3 on a port of this machine, encrypted with the certificate in a folder."""
    registry = Registry()
    handler = type("Handler", (_ThingsStack,), {"registry": registry})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        registry.address = f"http://127.0.0.1:{server.server_port}"
        if certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate / "server.crt", certificate / "server.key")
            server.socket = context.wrap_socket(server.socket, server_side=True)
            registry.address = f"https://localhost:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield registry
        finally:
            server.shutdown()
            thread.join()
