"""Checking and setting passwords: one at a time, and ever more slowly for who guesses.

A check is slow on purpose and takes a core for as long, so sign-in has a bounded queue of its own:
however many ask at once, the others' requests have the rest of the machine.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from regionhub.access import accounts, people
from regionhub.access.accounts import Account
from regionhub.access.attempts import Attempts
from regionhub.access.passwords import Check, check_password, checked, hash_password
from regionhub.access.shares import Shares
from regionhub.errors import NotFound, NotSignedIn
from regionhub.store.database import Database

_WINDOW_SECONDS = 300


class SignIn:
    """Checks passwords; `database` is under the api role."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_login = Attempts(limit=5, window_seconds=_WINDOW_SECONDS)
        self._by_address = Attempts(limit=50, window_seconds=_WINDOW_SECONDS)
        self._checks = Shares(at_once=1, each=1, waiting=16, waiting_in_all=24, seconds=10)

    def account(self, host: str, login: str, password: str) -> int:
        """The id of the account with this login and password.

        Raises:
            NotSignedIn: wrong login or password, or an inactive account; nobody learns which.
            TooManyAttempts: too many wrong passwords for this login from this address, or for any
                login from this address.
            Busy: too many sign in at this moment.
        """
        address, login = network_of(host), login.strip().lower()
        attempt = (login, address)
        # before it waits: who only guesses takes no place in the queue
        self._by_address.check(address)
        self._by_login.check(attempt)
        with self._checks.taken(address):
            # counted when its turn comes: of those who wait nobody has guessed yet
            self._by_address.count(address)
            self._by_login.count(attempt)
            account, check = self._compared(login, password)
            if account is None or not check.right or not account.active:
                raise NotSignedIn("Login or password is wrong.")
            self._by_login.forget(attempt)
            self._by_address.take_back(address)
        if check.new_hash:
            with self._database.transaction() as connection:
                accounts.replace_password_hash(connection, account.account_id, check.new_hash)
        return account.account_id

    def change_password(self, host: str, login: str, old: str, new: str) -> None:
        """Replace the password of an account by who knows the present one.

        Raises:
            InputError: the new one is too short.
            NotSignedIn, TooManyAttempts, Busy: as with `account`.
        """
        checked(new)
        account_id = self.account(host, login, old)
        hashed = self._hashed(host, new)
        with self._database.transaction() as connection:
            accounts.replace_password_hash(connection, account_id, hashed)

    def set_password(self, host: str, token: str, new: str) -> None:
        """Set a password with a one-time link; all sessions of the account end.

        Raises:
            NotFound: the link was used, is too old or never was one.
            InputError: the password is too short.
            Busy: too many sign in at this moment.
        """
        checked(new)
        with self._database.transaction() as connection:
            known = people.link_holder(connection, token) is not None
        # strangers without a link take no place in the queue
        hashed = self._hashed(host, new) if known else ""
        with self._database.transaction() as connection:
            if not known or not people.use_link(connection, token, hashed):
                raise NotFound("This link works no more.")

    def _hashed(self, host: str, password: str) -> str:
        with self._checks.taken(network_of(host)):
            return hash_password(password)

    def _compared(self, login: str, password: str) -> tuple[Account | None, Check]:
        with self._database.transaction() as connection:
            account = accounts.account_by_login(connection, login)
        # no connection is held while the password is checked
        return account, check_password(account.password_hash if account else None, password)


def network_of(host: str) -> str:
    """Whom an address belongs to: itself or, of IPv6, the network that one customer is given."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), 64), strict=False))
