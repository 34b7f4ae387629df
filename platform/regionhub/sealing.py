"""Passwords and keys of sources, sealed with a key that is not in the database.

So a dump of the database, or a login that can read it, tells none of them.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from regionhub.devices import Source
from regionhub.errors import InputError, NoKey

_SHORTEST_KEY = 32  # characters


class Secrets:
    """Seals secrets and opens them again.

    Args:
        key_file: a file of the operator with at least 32 random characters; None: there is none.

    Raises:
        InputError: the file cannot be read or is too short.
    """

    def __init__(self, key_file: Path | None = None) -> None:
        self._fernet: Fernet | None = None
        if key_file is None:
            return
        try:
            key = key_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            said = getattr(error, "strerror", None) or "it is no text"
            raise InputError(f"the key file {key_file} cannot be read: {said}") from None
        if len(key) < _SHORTEST_KEY:
            raise InputError(
                f"the key file {key_file} has less than {_SHORTEST_KEY} characters: make one with "
                "`openssl rand -hex 32`"
            )
        digest = hashlib.sha256(key.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(digest))

    def seal(self, secret: str) -> str:
        """What may stand in the database.

        Raises:
            NoKey: there is none.
        """
        if self._fernet is None:
            raise NoKey(
                "passwords and keys of sources are sealed with the key in REGIONHUB_KEY_FILE, "
                "which is not set: make a key with `openssl rand -hex 32` and keep it apart from "
                "backups"
            )
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """The secret.

        Raises:
            InputError: there is no key, or it is another one.
        """
        if self._fernet is None:
            raise InputError("REGIONHUB_KEY_FILE is not set")
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise InputError("REGIONHUB_KEY_FILE holds another key") from None

    def opened(self, source: Source) -> Source:
        """A source as it is stored, with its secrets as its broker wants them.

        One whose secrets cannot be opened has none, and says why.
        """
        try:
            return replace(
                source,
                password=source.password and self.open(source.password),
                private_key=source.private_key and self.open(source.private_key),
            )
        except InputError as error:
            return replace(source, password=None, private_key=None, sealed=error.detail)
