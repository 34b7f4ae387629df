"""A solution as one signed file, so that a hub can pass one to another hub.

The file is JSON: what the solution is, who signed it, the public key (Ed25519) and the signature
over all of that. Whether a key is to be trusted the operator decides, who compares its fingerprint
with what the other hub says; that the file is as it was signed is checked here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import TypeAdapter, ValidationError

from regionhub.errors import InputError
from regionhub.features.solutions import store
from regionhub.solutions import Manifest
from regionhub.store.database import Connection
from regionhub_dashboards.clone.canonical import Json, canonical
from regionhub_dashboards.clone.panels import contents
from regionhub_dashboards.kit.lint import problems
from regionhub_dashboards.kit.parts import Look
from regionhub_dashboards.kit.rules import Rule
from regionhub_dashboards.render import dashboard_of
from regionhub_dashboards.solutions import SOLUTIONS, Solution

FORMAT = "regionhub-solution/1"
#: What stands in a file in the place of what a hub puts there.
_PLACES = Look(
    version="", tile_url="%tile_url%", attribution="%attribution%", portal_url="%portal_url%"
)
#: No file of ours comes near it.
MOST_BYTES = 5_000_000
#: What no text needs: the database cannot keep a zero, and a terminal obeys an escape.
_CONTROL = re.compile(r"\\u00[0189][0-9a-f]|\\u007f|[\x7f-\x9f]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StoredBoard:
    """A dashboard that was rendered elsewhere."""

    board: Json

    @property
    def UID(self) -> str:  # noqa: N802  (as the modules of boards have it)
        """Its UID."""
        return str(self.board["uid"])

    @property
    def build(self) -> Callable[[Look], Json]:
        """Puts in what the hub says."""
        return self._build

    def _build(self, look: Look) -> Json:
        text = json.dumps(self.board)
        for name in ("tile_url", "attribution", "portal_url"):
            text = text.replace(f"%{name}%", json.dumps(getattr(look, name))[1:-1])
        board: Json = json.loads(text)
        if not look.portal_url:
            board.pop("links", None)
        return board


@dataclass(frozen=True, slots=True)
class Package:
    """What a signed file holds; `key` is the fingerprint of who signed it."""

    solution: Solution
    signer: str
    key: str


def read_key(pem: bytes) -> Ed25519PrivateKey:
    """The key of a hub.

    Raises:
        InputError: it is none.
    """
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(
            "this is no private key of the kind Ed25519: make one with "
            "`openssl genpkey -algorithm ed25519 -out hub.pem`"
        )
    return key


def pack(solution: Solution, *, key: Ed25519PrivateKey, signer: str) -> bytes:
    """The signed file of a solution."""
    content: Json = {
        "format": FORMAT,
        "manifest": solution.manifest.model_dump(mode="json"),
        "board": dashboard_of(
            solution,
            tile_url=_PLACES.tile_url,
            attribution=_PLACES.attribution,
            portal_url=_PLACES.portal_url,
        ),
        "rules": [asdict(rule) for rule in solution.rules],
        "signer": signer,
        "key": _text(key.public_key().public_bytes_raw()),
    }
    signed = {**content, "signature": _text(key.sign(_signed_bytes(content)))}
    return json.dumps(signed, indent=1, ensure_ascii=False, sort_keys=True).encode()


def unpack(file: bytes) -> Package:
    """What a file holds, as it was signed.

    Raises:
        InputError: it is no such file, was changed after it was signed, or its dashboard breaks a
            rule of this hub.
    """
    content = _content(file)
    try:
        public = base64.b64decode(content["key"], validate=True)
        signature = base64.b64decode(content.pop("signature"), validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _signed_bytes(content))
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise InputError("this is no signed solution: its key or signature is missing") from None
    except InvalidSignature:
        raise InputError(
            "this file is not as it was signed: somebody changed it, or it is not whole"
        ) from None
    return Package(_solution(content), str(content["signer"]), fingerprint(public))


def fingerprint(public: bytes) -> str:
    """What two operators compare on the telephone."""
    digest = hashlib.sha256(public).hexdigest()[:32]
    return " ".join(digest[start : start + 4] for start in range(0, 32, 4))


def _content(file: bytes) -> Json:
    if len(file) > MOST_BYTES:
        raise InputError(f"this file is larger than {MOST_BYTES // 1_000_000} MB: no solution is")
    try:
        text = file.decode()
        content = None if _CONTROL.search(text) else json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError(f"this is no solution of the format {FORMAT}")
    return content


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _solution(content: Json) -> Solution:
    try:
        manifest = Manifest.model_validate(content["manifest"])
        rules = TypeAdapter(tuple[Rule, ...]).validate_python(content["rules"])
        board = content["board"]
    except (KeyError, ValidationError) as error:
        raise InputError(f"this solution cannot be used: {error}") from None
    if board is not None:
        faults = problems(board) if isinstance(board, dict) else ["its dashboard is none"]
        if faults:
            raise InputError(f"this solution cannot be used: {'; '.join(faults[:3])}")
    return Solution(manifest, None if board is None else StoredBoard(board), rules)


def catalogue(connection: Connection) -> dict[str, Solution]:
    """Our solutions and those of other hubs, which take the place of ours of the same name.

    Raises:
        InputError: a file that was imported is not as it was signed any more.
    """
    imported = [unpack(each.file.encode()).solution for each in store.imports(connection)]
    return {**SOLUTIONS, **{each.manifest.name: each for each in imported}}


def differences(new: Solution, had: Solution | None) -> list[str]:
    """What is other than in the solution that is here, in words."""
    if had is None:
        return ["neu: Diese Lösung gibt es hier noch nicht"]
    said = []
    if new.manifest.version != had.manifest.version:
        said.append(f"Version {new.manifest.version} statt {had.manifest.version}")
    before, after = (each.manifest.model_dump(mode="json") for each in (had, new))
    said += [f"geändert: {key}" for key in after if key != "version" and after[key] != before[key]]
    said += _named("Feld", _panels(had), _panels(new))
    rules = [{rule.name: asdict(rule) for rule in each.rules} for each in (had, new)]
    return said + _named("Meldung", *rules)


def _panels(solution: Solution) -> dict[int, Any]:
    board = dashboard_of(solution)
    return {} if board is None else contents(canonical(board))


def _named(what: str, before: dict[Any, Any], after: dict[Any, Any]) -> list[str]:
    said = []
    for key in dict.fromkeys((*before, *after)):
        title = (after.get(key) or before[key]).get("title", "")
        if key not in before:
            said.append(f"neu: {what} {key} „{title}“")
        elif key not in after:
            said.append(f"entfällt: {what} {key} „{title}“")
        elif before[key] != after[key]:
            said.append(f"geändert: {what} {key} „{title}“")
    return said


def _signed_bytes(content: Json) -> bytes:
    """The same for whoever reads the file: sorted, without blanks."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
