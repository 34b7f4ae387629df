"""Errors as `application/problem+json` (RFC 9457), with one table from error to status."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from regionhub import errors
from regionhub.observability import get_logger

#: An error takes the status of its class, or of its nearest base that has one.
STATUS: dict[type[errors.RegionhubError], HTTPStatus] = {
    errors.InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.NotSignedIn: HTTPStatus.UNAUTHORIZED,
    errors.AccessError: HTTPStatus.FORBIDDEN,
    errors.TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.SchemaError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StoreRejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RegionhubError: HTTPStatus.INTERNAL_SERVER_ERROR,
}

# What the database says names tables and rules; it is for the log.
_SAID_OUTSIDE: dict[type[errors.RegionhubError], str] = {
    errors.StoreTooSlow: "This takes too long; ask for less, or try again later.",
    errors.StoreUnavailable: "The database cannot be reached; try again.",
    errors.StoreRejected: "The values contradict each other or what is registered.",
    errors.SchemaError: "The database has another version than this program.",
    errors.StoreError: "Something went wrong; it was logged.",
}

#: What every error of the API is answered as.
PROBLEM = "application/problem+json"

_log = get_logger(__name__)
_T = TypeVar("_T")

#: Turns a status, a sentence and the values that cannot be used (as in `Problem`) into a page, for
#: requests that are not to the API.
ErrorPage = Callable[[Request, int, str, Sequence[dict[str, Any]]], Response]


class InvalidValue(BaseModel):
    """One value that cannot be used."""

    location: list[str | int] = Field(
        description="Where it is: query, path or body, then its name.",
        examples=[["query", "from"]],
    )
    message: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(default="about:blank", description="Always about:blank: the status says it.")
    title: str = Field(description="The name of the status.", examples=["Not Found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(description="A sentence for people.", examples=["There is no such site."])
    errors: list[InvalidValue] | None = Field(
        default=None, description="The values that cannot be used, with status 422."
    )


def problem(
    status: int,
    detail: str,
    *,
    invalid: list[dict[str, Any]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return the response for a problem."""
    title = HTTPStatus(status).phrase
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    body["detail"] = detail
    if invalid is not None:
        body["errors"] = invalid
    return Response(orjson.dumps(body), status, headers=headers, media_type=PROBLEM)


def add_error_handlers(app: FastAPI, page: ErrorPage | None) -> None:
    """Answer every error in one way: a problem for the API, a page for people."""

    def answer(
        request: Request,
        status: int,
        detail: str,
        invalid: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        if page is not None and _wants_page(request):
            response = page(request, status, detail, invalid or ())
            response.headers.update(headers or {})
            return response
        return problem(status, detail, invalid=invalid, headers=headers)

    def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, errors.RegionhubError)
        status = _of(STATUS, error)
        if isinstance(error, errors.StoreError):
            _log.warning("store_error", path=request.url.path, detail=error.detail)
        return answer(
            request,
            status,
            _of(_SAID_OUTSIDE, error, error.detail),
            headers=headers_of(error),
        )

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.BAD_REQUEST:  # deeper than the parser goes, or no UTF-8
            return answer(request, 422, "The body cannot be read: is it JSON in UTF-8?")
        detail = {404: "There is nothing at this address.", 405: "This method is not allowed here."}
        return answer(
            request,
            error.status_code,
            detail.get(error.status_code, str(error.detail)),
            headers=headers,
        )

    def validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        # what was sent is not sent back: it may be a password
        invalid = [
            {
                "location": [_plain(part) for part in one["loc"]],
                "message": _plain(one["msg"].removeprefix("Value error, ")),
            }
            for one in error.errors()
        ]
        return answer(request, 422, "Some values cannot be used.", invalid=invalid)

    def unexpected(request: Request, error: Exception) -> Response:
        _log.error("unexpected_error", path=request.url.path, error=type(error).__name__)
        return answer(request, 500, "Something went wrong; it was logged.")

    app.add_exception_handler(errors.RegionhubError, known)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(Exception, unexpected)


def _of(
    table: dict[type[errors.RegionhubError], _T],
    error: errors.RegionhubError,
    default: _T | None = None,
) -> _T:
    for kind in type(error).__mro__:
        if kind in table:
            return table[kind]
    assert default is not None
    return default


def headers_of(error: errors.RegionhubError) -> dict[str, str]:
    """What an answer says besides its status: when to try again, how to sign in."""
    status = _of(STATUS, error)
    if isinstance(error, errors.TooManyAttempts):
        return {"Retry-After": str(error.retry_after_seconds)}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": "5"}
    if status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": "Bearer"}
    return {}


def _plain(part: str | int) -> str | int:
    # half a surrogate pair cannot be sent
    return part if isinstance(part, int) else part.encode("utf-8", "replace").decode()


def _wants_page(request: Request) -> bool:
    path = request.url.path
    is_api = path.startswith(("/api/", "/sta/")) or path in {"/metrics", "/healthz", "/readyz"}
    return not is_api and "text/html" in request.headers.get("accept", "")
