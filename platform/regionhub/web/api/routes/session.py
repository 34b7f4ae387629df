"""Signing in and out, and who is signed in."""

from __future__ import annotations

from fastapi import Request, Response

from regionhub.access import Access, Viewer
from regionhub.errors import NotSignedIn
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.people import Credentials, Me

routes = router("", tag="session")


@routes.post("/session", status_code=201)
def sign_in(credentials: Credentials, request: Request, response: Response) -> Me:
    """Sign in with login and password; the answer sets the session cookie.

    After five wrong passwords for a login the address waits up to five minutes (429). When too many
    sign in at once, the answer is 503 with Retry-After.
    """
    access: Access = request.app.state.access
    token = access.sign_in(request, credentials.login, credentials.password, stay=credentials.stay)
    principal = access.session(token)
    if principal is None:
        raise NotSignedIn("The account was closed at this moment.")
    access.set_cookie(response, token, stay=credentials.stay)
    return Me.model_validate(principal, from_attributes=True)


@routes.delete("/session", status_code=204)
def sign_out(request: Request, response: Response) -> None:
    """Sign out; the session ends at once."""
    access: Access = request.app.state.access
    access.sign_out(request)
    access.clear_cookie(response)


@routes.get("/me")
def me(visit: Viewer) -> Me:
    """Who is signed in, with which rights, until when."""
    return Me.model_validate(visit.principal, from_attributes=True)
