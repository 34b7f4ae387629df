"""From an HTTP request to a principal and a connection under the role of its town.

A request identifies itself by `Authorization: Bearer rhk_...` or by the session cookie. Both are
looked up for every request, so that a revoked key or an inactive account stops at once.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie, HTTPBearer

from regionhub.access import accounts
from regionhub.access.attempts import Attempts
from regionhub.access.passwords import check_password
from regionhub.access.principals import Principal, Role
from regionhub.errors import NotAllowed, NotSignedIn
from regionhub.store.database import Connection, Database

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Access:
    """Sign-in and identification; one per application, at `app.state.access`.

    Args:
        database: under the api role.
        secure_cookies: send the cookie over HTTPS only; its name then starts with `__Host-`.
        session_lifetime: how long a session lasts; it is not prolonged.
    """

    def __init__(
        self,
        database: Database,
        *,
        secure_cookies: bool = True,
        session_lifetime: timedelta = timedelta(hours=12),
    ) -> None:
        self._database = database
        self._secure = secure_cookies
        self._lifetime = session_lifetime
        self._by_login = Attempts(limit=5, window_seconds=300)
        self._by_address = Attempts(limit=50, window_seconds=300)
        self.cookie_name = "__Host-regionhub" if secure_cookies else "regionhub"

    def sign_in(self, request: Request, login: str, password: str) -> str:
        """Check a password and begin a session; returns its token for `set_cookie`.

        Raises:
            NotSignedIn: wrong login or password, or an inactive account; nobody learns which.
            NotAllowed: the request comes from another site.
            TooManyAttempts: too many wrong passwords for this login from this address, or for any
                login from this address.
        """
        refuse_cross_site(request)
        address = request.client.host if request.client else ""
        login = login.strip().lower()
        # counted before the check, so that guesses side by side count as well
        self._by_address.count(address)
        self._by_login.count((login, address))
        with self._database.transaction() as connection:
            account = accounts.account_by_login(connection, login)
        # no connection is held while the password is checked: that takes long on purpose
        check = check_password(account.password_hash if account else None, password)
        if account is None or not check.right or not account.active:
            raise NotSignedIn("Login or password is wrong.")
        self._by_login.forget((login, address))
        self._by_address.take_back(address)
        with self._database.transaction() as connection:
            if check.new_hash:
                accounts.replace_password_hash(connection, account.account_id, check.new_hash)
            return accounts.create_session(connection, account.account_id, self._lifetime)

    def sign_out(self, request: Request) -> None:
        """End the session of this request, if there is one.

        Raises:
            NotAllowed: the request comes from another site.
        """
        refuse_cross_site(request)
        if token := request.cookies.get(self.cookie_name):
            with self._database.transaction() as connection:
                accounts.end_session(connection, token)

    def set_cookie(self, response: Response, token: str) -> None:
        """Hand the session to the browser."""
        response.set_cookie(
            self.cookie_name,
            token,
            max_age=int(self._lifetime.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def clear_cookie(self, response: Response) -> None:
        """Make the browser forget the session."""
        response.delete_cookie(
            self.cookie_name, path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def principal(self, request: Request) -> Principal | None:
        """Who asks, or None. A key that is given but not valid is nobody, cookie or not.

        Raises:
            NotAllowed: a change that another site wants to make with this browser's cookie.
        """
        header = request.headers.get("authorization")
        if header is not None:
            scheme, _, secret = header.partition(" ")
            if scheme.lower() != "bearer":
                return None
            with self._database.transaction() as connection:
                return accounts.key_principal(connection, secret.strip())
        token = request.cookies.get(self.cookie_name)
        if not token:
            return None
        refuse_cross_site(request)
        return self.session(token)

    def session(self, token: str) -> Principal | None:
        """Whose session this is, or None when it ended."""
        with self._database.transaction() as connection:
            return accounts.session_principal(connection, token)

    def town(self, principal: Principal) -> AbstractContextManager[Connection]:
        """One transaction under the role of the principal's town."""
        return self._database.as_role(principal.database_role)

    def accounts(self) -> AbstractContextManager[Connection]:
        """One transaction under the api role, for `access.accounts`."""
        return self._database.transaction()


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who is signed in."""

    principal: Principal
    access: Access

    def town(self) -> AbstractContextManager[Connection]:
        """One transaction under the role of the visitor's town.

        Opened inside the endpoint, not by a dependency: a connection is then never held while the
        request waits for a thread.
        """
        return self.access.town(self.principal)


def refuse_cross_site(request: Request) -> None:
    """Refuse a change that a page of another site asks for.

    Browsers send Sec-Fetch-Site, older ones Origin; a program sends neither and has no cookie by
    accident.

    Raises:
        NotAllowed: the request comes from another site.
    """
    if request.method in _SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        same = site in {"same-origin", "none"}
    elif origin is not None:
        # the host only: behind a proxy that ends TLS we do not see the scheme
        same = _netloc(origin) == request.headers.get("host", "").lower()
    else:
        same = True
    if not same:
        raise NotAllowed("Changes from other sites are refused.")


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None


def visit_or_none(request: Request) -> Visit | None:
    """Return the visit if somebody is signed in; for pages that also greet strangers.

    It stays at `request.state.visit`, for whoever has to answer when the request fails.
    """
    access: Access = request.app.state.access
    principal = access.principal(request)
    visit = None if principal is None else Visit(principal, access)
    request.state.visit = visit
    return visit


_DOCUMENTED = [
    Depends(HTTPBearer(auto_error=False, description="An API key, `rhk_...`.")),
    Depends(APIKeyCookie(name="regionhub", auto_error=False, description="A session.")),
]


class _Require:
    """Dependency: the visit of somebody with at least this role."""

    def __init__(self, role: Role) -> None:
        self._role = role

    def __call__(
        self,
        visit: Annotated[Visit | None, Depends(visit_or_none)],
        _key: Annotated[object, _DOCUMENTED[0]],
        _session: Annotated[object, _DOCUMENTED[1]],
    ) -> Visit:
        if visit is None:
            raise NotSignedIn("Sign in, or send an API key that is valid.")
        if not visit.principal.may(self._role):
            raise NotAllowed(f"This needs the rights of an {self._role}.")
        return visit


#: Parameters of endpoints: who is signed in, with at least these rights. Anything else is refused
#: with NotSignedIn or NotAllowed.
Viewer = Annotated[Visit, Depends(_Require("viewer"))]
Editor = Annotated[Visit, Depends(_Require("editor"))]
Admin = Annotated[Visit, Depends(_Require("admin"))]
