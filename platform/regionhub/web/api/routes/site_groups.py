"""Groups of trees and beds with the same soil."""

from __future__ import annotations

from regionhub.access import Editor, Viewer
from regionhub.registry import site_groups
from regionhub.registry.site_groups import SiteGroup
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items
from regionhub.web.api.schemas.site_groups import SiteGroupChanges, SiteGroupValues
from regionhub.web.api.values import Id

routes = router("/site-groups")


@routes.get("")
def list_site_groups(visit: Viewer) -> Items[SiteGroup]:
    """Groups of trees and beds, by name."""
    with visit.town() as town:
        return Items(items=site_groups.site_groups(town))


@routes.post("", status_code=201)
def create_site_group(values: SiteGroupValues, visit: Editor) -> SiteGroup:
    """Make a group in your town. Rights: editor."""
    with visit.town() as town:
        return site_groups.create_site_group(town, visit.principal.tenant_id, values.model_dump())


@routes.patch("/{site_group_id}")
def change_site_group(site_group_id: Id, changes: SiteGroupChanges, visit: Editor) -> SiteGroup:
    """Change what is named; null empties. Rights: editor."""
    with visit.town() as town:
        values = changes.model_dump(exclude_unset=True)
        return site_groups.update_site_group(town, site_group_id, values)


@routes.delete("/{site_group_id}", status_code=204)
def delete_site_group(site_group_id: Id, visit: Editor) -> None:
    """Delete a group without sites. Rights: editor."""
    with visit.town() as town:
        site_groups.delete_site_group(town, site_group_id)
