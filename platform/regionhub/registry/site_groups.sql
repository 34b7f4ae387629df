-- name: site_groups
-- With how many sites each has, and at how many of them a device is installed now: these speak for the others.
select g.site_group_id, g.tenant_id, g.name, g.soil_texture, g.root_volume_m3, g.pit_area_m2, g.note, g.created_at,
       coalesce(c.sites, 0) as sites, coalesce(c.with_device, 0) as with_device
from api.site_group g
left join (
    select s.site_group_id, count(*)::integer as sites, count(i.site_id)::integer as with_device
    from api.site s
    left join (select distinct site_id from api.device where site_id is not null) i using (site_id)
    where s.site_group_id is not null
    group by s.site_group_id
) c using (site_group_id)
where %(site_group_id)s::integer is null or g.site_group_id = %(site_group_id)s
order by g.name, g.site_group_id

-- name: create_site_group
insert into core.site_group (tenant_id, name, soil_texture, root_volume_m3, pit_area_m2, note)
values (%(tenant_id)s, %(name)s, %(soil_texture)s, %(root_volume_m3)s, %(pit_area_m2)s, %(note)s)
returning site_group_id

-- name: update_site_group
update core.site_group set
    name = %(name)s, soil_texture = %(soil_texture)s, root_volume_m3 = %(root_volume_m3)s, pit_area_m2 = %(pit_area_m2)s, note = %(note)s
where site_group_id = %(site_group_id)s
returning site_group_id

-- name: delete_site_group
delete from core.site_group where site_group_id = %(site_group_id)s returning site_group_id
