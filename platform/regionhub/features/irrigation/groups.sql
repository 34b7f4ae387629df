-- name: members
-- Those with a device speak for the others, and stand first.
select s.site_id, s.name, s.kind, s.address, exists (select from api.device d where d.site_id = s.site_id) as has_device, (count(*) over ())::integer as found
from api.site s
where s.site_group_id = %(site_group_id)s
order by has_device desc, s.name, s.site_id
limit %(limit)s offset %(offset)s

-- name: candidates
-- Trees and beds of a town that are not in the group, by a part of their name or address; with the group that they are in.
select s.site_id, s.name, s.kind, s.address, g.name as other_group
from api.site s
left join api.site_group g using (site_group_id)
where s.tenant_id = %(tenant_id)s and s.kind in ('tree', 'bed') and s.site_group_id is distinct from %(site_group_id)s
  and (position(lower(%(word)s) in lower(s.name)) > 0 or position(lower(%(word)s) in lower(s.address)) > 0)
order by s.site_group_id is not null, s.name, s.site_id
limit %(limit)s

-- name: join
update core.site set site_group_id = %(site_group_id)s
where site_id = any(%(site_ids)s::integer[]) and tenant_id = %(tenant_id)s and kind in ('tree', 'bed')

-- name: leave
update core.site set site_group_id = null where site_id = %(site_id)s and site_group_id = %(site_group_id)s
