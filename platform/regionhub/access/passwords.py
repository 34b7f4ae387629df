"""Checking passwords: slow on purpose, and as slow for a login that nobody has."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from regionhub.errors import InputError

#: The first choice of OWASP's password storage cheat sheet (19 MiB, two passes, one lane): whoever
#: signs in takes one core for some 30 ms. More would slow down everybody else on a small machine
#: rather than who guesses: guesses are counted (`sign_in`).
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
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
    return _HASHER.hash(password)


def check_password(password_hash: str | None, password: str) -> Check:
    """Compare a password with a hash; without a hash it takes as long and is wrong."""
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
