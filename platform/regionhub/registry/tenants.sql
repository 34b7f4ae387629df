-- name: tenants
select tenant_id, slug, name, kind, ags, latitude, longitude, shares_with_region
from api.tenant order by name, tenant_id

-- name: all_tenants
select t.tenant_id, t.slug, t.name, t.kind, t.ags, t.latitude, t.longitude, t.shares_with_region,
       (select count(*) from core.site s where s.tenant_id = t.tenant_id) as sites,
       (select count(*) from core.device d where d.tenant_id = t.tenant_id) as devices
from core.tenant t order by t.name

-- name: registered
select tenant_id, slug, name, kind, ags, latitude, longitude, shares_with_region from core.tenant order by name

-- name: tenant_by_slug
select tenant_id, slug, name, kind, ags, latitude, longitude, shares_with_region
from core.tenant where slug = %(slug)s

-- name: create_tenant
insert into core.tenant (slug, name, kind, ags, latitude, longitude, shares_with_region)
values (%(slug)s, %(name)s, %(kind)s, %(ags)s, %(latitude)s, %(longitude)s, %(shares_with_region)s)
returning tenant_id
