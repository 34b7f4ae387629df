-- name: tenants
select tenant_id, slug, name, kind, ags, latitude, longitude, shares_with_region
from api.tenant order by name, tenant_id
