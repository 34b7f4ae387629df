"""From an HTTP request to a principal and a connection under the role of its town.

A request identifies itself by `Authorization: Bearer rhk_...` or by the session cookie. Both are
looked up for every request, so that a revoked key or an inactive account stops at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie, HTTPBearer

from regionhub.access import accounts, people
from regionhub.access.principals import Principal, Role
from regionhub.access.shares import Shares
from regionhub.access.sign_in import SignIn
from regionhub.errors import InputError, NotAllowed, NotSignedIn
from regionhub.store.database import Connection, Database

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


#: Somebody who asked to stay signed in on a device.
STAY = timedelta(days=30)
#: How long one statement of an export may take, in seconds; of other requests see settings.sql.
_EXPORT_SECONDS = 60


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
        self._sign_in = SignIn(database)
        # of the connections a fifth is always left for looking up who asks
        fifth = max(1, database.size // 5)
        self._requests = Shares(
            at_once=3 * fifth, each=max(2, fifth), waiting=16, waiting_in_all=32, seconds=1
        )
        self._exports = Shares(at_once=fifth, each=1, waiting=16, waiting_in_all=16, seconds=30)
        self.cookie_name = "__Host-regionhub" if secure_cookies else "regionhub"

    def sign_in(self, request: Request, login: str, password: str, *, stay: bool = False) -> str:
        """Check a password and begin a session; returns its token for `set_cookie`.

        Args:
            request: where it comes from.
            login: of the account.
            password: what was given for it.
            stay: let the session last as long as `STAY`.

        Raises:
            NotAllowed: the request comes from another site.
            NotSignedIn, TooManyAttempts, Busy: see `SignIn.account`.
        """
        refuse_cross_site(request)
        account_id = self._sign_in.account(_host(request), login, password)
        with self._database.transaction() as connection:
            return accounts.create_session(connection, account_id, self._lasts(stay))

    def change_password(self, request: Request, principal: Principal, old: str, new: str) -> None:
        """Give somebody a new password, and end their sessions but this one.

        Raises:
            InputError: the new one is too short, or it is a key that asks.
            NotSignedIn: the old one is wrong.
            TooManyAttempts, Busy: see `SignIn.account`.
        """
        if principal.account_id is None or principal.login is None:
            raise InputError("A key has no password.")
        self._sign_in.change_password(_host(request), principal.login, old, new)
        self.end_other_sessions(request, principal)

    def end_other_sessions(self, request: Request, principal: Principal) -> None:
        """End the sessions of somebody but this one."""
        token = request.cookies.get(self.cookie_name, "")
        if principal.account_id is not None:
            with self._database.transaction() as connection:
                people.end_other_sessions(connection, account_id=principal.account_id, token=token)

    def set_password(self, request: Request, token: str, new: str) -> None:
        """Set a password with a one-time link; see `SignIn.set_password`.

        Raises:
            NotAllowed: the request comes from another site.
            NotFound, InputError, Busy: see there.
        """
        refuse_cross_site(request)
        self._sign_in.set_password(_host(request), token, new)

    def sign_out(self, request: Request) -> None:
        """End the session of this request, if there is one.

        Raises:
            NotAllowed: the request comes from another site.
        """
        refuse_cross_site(request)
        if token := request.cookies.get(self.cookie_name):
            with self._database.transaction() as connection:
                accounts.end_session(connection, token)

    def set_cookie(self, response: Response, token: str, *, stay: bool = False) -> None:
        """Hand the session to the browser."""
        response.set_cookie(
            self.cookie_name,
            token,
            max_age=int(self._lasts(stay).total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def _lasts(self, stay: bool) -> timedelta:
        return STAY if stay else self._lifetime

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

    @contextmanager
    def town(self, principal: Principal) -> Iterator[Connection]:
        """One transaction under the role of the principal's town, out of the town's share.

        Raises:
            Busy: the town asks for too much at once.
        """
        with (
            self._requests.taken(principal.tenant_id),
            self._database.as_role(principal.database_role) as connection,
        ):
            yield connection

    @contextmanager
    def export(self, principal: Principal) -> Iterator[Connection]:
        """The same for a part of a file: a share of its own, and more time.

        Raises:
            Busy: the town takes too many files at once.
        """
        with (
            self._exports.taken(principal.tenant_id),
            self._database.as_role(
                principal.database_role, statement_seconds=_EXPORT_SECONDS
            ) as connection,
        ):
            yield connection

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

    def export(self) -> AbstractContextManager[Connection]:
        """The same for each part of a file that is sent while it is read."""
        return self.access.export(self.principal)


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


def _host(request: Request) -> str:
    return request.client.host if request.client else ""


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


class _Operates:
    """Dependency: the visit of somebody who operates the hub."""

    def __call__(self, visit: Annotated[Visit | None, Depends(visit_or_none)]) -> Visit:
        if visit is None:
            raise NotSignedIn("Sign in.")
        if not visit.principal.operator:
            raise NotAllowed("This is for who operates the hub.")
        return visit


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
#: A page of the hub's operator.
Operator = Annotated[Visit, Depends(_Operates())]
