"""Who asks, and for which town."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from regionhub.web.api.schemas.base import Answer, Given
from regionhub.web.api.values import Line, Time


class Credentials(Given):
    """Login and password."""

    login: Annotated[
        str, Field(max_length=200, pattern=r"^[^\x00]*$", examples=["anna@example.org"])
    ]
    password: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]
    stay: bool = Field(
        default=False, description="On a device of one's own: for 30 days, not twelve hours."
    )


class Me(Answer):
    """Who is signed in."""

    login: str | None = Field(description="Null for an API key.")
    display_name: str = Field(description="Name of the person, or of the API key.")
    role: Literal["viewer", "editor", "admin"] = Field(
        description="viewer reads, editor also writes, admin also manages API keys."
    )
    tenant_id: int
    tenant_slug: str
    tenant_name: str
    tenant_kind: Literal["municipality", "district", "region"]
    expires_at: datetime | None = Field(description="When the session or the key ends.")


class NewApiKey(Given):
    """A key to make."""

    name: Line = Field(examples=["Stadtwerke, Leitstelle"])
    scopes: Annotated[list[Literal["read", "write"]], Field(min_length=1, max_length=2)] = Field(
        default=["read"]
    )
    expires_at: Time | None = Field(default=None, description="Never if not given.")
