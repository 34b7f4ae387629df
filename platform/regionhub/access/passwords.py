"""Checking passwords: slow on purpose, and as slow for a login that nobody has."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from regionhub.errors import InputError

#: The second recommendation of RFC 9106 (64 MiB, three passes), but in one lane: a check takes one
#: core and leaves the others to whoever is signed in.
_HASHER = PasswordHasher(parallelism=1)


#: Characters of a password at least.
SHORTEST = 10


class Check(NamedTuple):
    """Whether the password is right; `new_hash` is set when the kept hash is of an older cost."""

    right: bool
    new_hash: str | None = None


def checked(password: str) -> str:
    """A password that somebody wants to have.

    Raises:
        InputError: it is too short.
    """
    if len(password) < SHORTEST:
        raise InputError(f"a password needs at least {SHORTEST} characters")
    return password


def hash_password(password: str) -> str:
    """Argon2id hash with its parameters and salt."""
    return _BESIDE.submit(_HASHER.hash, password).result()


def check_password(password_hash: str | None, password: str) -> Check:
    """Compare a password with a hash; without a hash it takes as long and is wrong."""
    return _BESIDE.submit(_check, password_hash, password).result()


def _check(password_hash: str | None, password: str) -> Check:
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


def _step_back() -> None:
    # of this thread only, which Linux can; elsewhere it is as urgent as the others
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


#: The thread in which it is done, one after the other and behind whatever else wants a core.
_BESIDE = ThreadPoolExecutor(1, "passwords", initializer=_step_back)
