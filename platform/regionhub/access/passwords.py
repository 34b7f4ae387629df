"""Checking passwords: slow on purpose, and as slow for a login that nobody has."""

from __future__ import annotations

import threading
from functools import cache
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: Each check takes 64 MiB for some 50 ms; a flood of logins must not take all memory.
_AT_ONCE = threading.BoundedSemaphore(2)
_HASHER = PasswordHasher()


class Check(NamedTuple):
    """Whether the password is right; `new_hash` is set when the kept hash is of an older cost."""

    right: bool
    new_hash: str | None = None


def hash_password(password: str) -> str:
    """Argon2id hash with its parameters and salt."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def check_password(password_hash: str | None, password: str) -> Check:
    """Compare a password with a hash; without a hash it takes as long and is wrong."""
    with _AT_ONCE:
        try:
            _HASHER.verify(password_hash or _nobody(), password)
        except (VerificationError, InvalidHashError):
            return Check(False)
        if password_hash is None:
            return Check(False)
        if _HASHER.check_needs_rehash(password_hash):
            return Check(True, _HASHER.hash(password))
        return Check(True)


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody has this login")
