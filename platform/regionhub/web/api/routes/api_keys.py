"""Keys for programs, managed by the admins of a town."""

from __future__ import annotations

from datetime import UTC, datetime

from regionhub.access import Admin, accounts
from regionhub.access.accounts import ApiKey, MadeApiKey
from regionhub.errors import InputError, NotFound
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items
from regionhub.web.api.schemas.people import NewApiKey
from regionhub.web.api.values import Id

routes = router("/api-keys")


@routes.get("")
def list_api_keys(visit: Admin) -> Items[ApiKey]:
    """Keys of your town, also revoked ones. Rights: admin."""
    with visit.access.accounts() as connection:
        rows = accounts.api_keys(connection, tenant_id=visit.principal.tenant_id)
    return Items(items=rows)


@routes.post("", status_code=201)
def create_api_key(new: NewApiKey, visit: Admin) -> MadeApiKey:
    """Make a key; its secret is in this answer and nowhere else. Rights: admin.

    `read` reads, `write` also changes sites and devices; no key manages keys.
    """
    if new.expires_at is not None and new.expires_at <= datetime.now(UTC):
        raise InputError("The key would have expired already.")
    with visit.access.accounts() as connection:
        return accounts.create_api_key(
            connection,
            tenant_id=visit.principal.tenant_id,
            name=new.name,
            scopes=sorted({"read", *new.scopes}),
            expires_at=new.expires_at,
        )


@routes.delete("/{api_key_id}", status_code=204)
def revoke_api_key(api_key_id: Id, visit: Admin) -> None:
    """Revoke a key; it stops at once. Rights: admin."""
    with visit.access.accounts() as connection:
        found = accounts.revoke_api_key(
            connection, tenant_id=visit.principal.tenant_id, api_key_id=api_key_id
        )
    if not found:
        raise NotFound("There is no such key.")
