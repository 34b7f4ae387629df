-- name: sites
-- Keyset on site_id; a limit of null returns all.
select site_id, tenant_id, name, kind, latitude, longitude, address, soil_texture, planted_year, water_body,
       gauge_zero_m, gauge_datum, stage_1_cm, stage_2_cm, stage_3_cm, note, site_group_id, created_at
from api.site
where site_id > %(after)s and (%(kind)s::text is null or kind = %(kind)s)
order by site_id
limit %(limit)s

-- name: site
select site_id, tenant_id, name, kind, latitude, longitude, address, soil_texture, planted_year, water_body,
       gauge_zero_m, gauge_datum, stage_1_cm, stage_2_cm, stage_3_cm, note, site_group_id, created_at
from api.site where site_id = %(site_id)s

-- name: create_site
-- Row-level security refuses a tenant that the role may not write to.
insert into core.site (tenant_id, name, kind, latitude, longitude, address, soil_texture, planted_year, water_body,
                       gauge_zero_m, gauge_datum, stage_1_cm, stage_2_cm, stage_3_cm, note, site_group_id)
values (%(tenant_id)s, %(name)s, %(kind)s, %(latitude)s, %(longitude)s, %(address)s, %(soil_texture)s, %(planted_year)s,
        %(water_body)s, %(gauge_zero_m)s, %(gauge_datum)s, %(stage_1_cm)s, %(stage_2_cm)s, %(stage_3_cm)s, %(note)s, %(site_group_id)s)
returning site_id

-- name: update_site
-- The whole row; the caller has read it and changed what it wants to change.
update core.site set
    name = %(name)s, kind = %(kind)s, latitude = %(latitude)s, longitude = %(longitude)s,
    address = %(address)s, soil_texture = %(soil_texture)s, planted_year = %(planted_year)s, water_body = %(water_body)s,
    gauge_zero_m = %(gauge_zero_m)s, gauge_datum = %(gauge_datum)s, stage_1_cm = %(stage_1_cm)s, stage_2_cm = %(stage_2_cm)s,
    stage_3_cm = %(stage_3_cm)s, note = %(note)s, site_group_id = %(site_group_id)s
where site_id = %(site_id)s
returning site_id

-- name: lock_site
-- Holds the row until the end of the transaction, so that two changes cannot undo each other.
select site_id from core.site where site_id = %(site_id)s for update

-- name: centre
-- Of the town, if it has one.
select name, latitude, longitude from core.tenant
where tenant_id = %(tenant_id)s and latitude is not null and longitude is not null

-- name: in_use
select exists (select from core.installation where site_id = %(site_id)s and (to_time is null or to_time > now()))

-- name: soil_textures
select soil_texture, name_de, field_capacity_pct, wilting_point_pct
from api.soil_texture order by soil_texture

-- name: ever_used
select exists (select from core.installation where site_id = %(site_id)s)

-- name: delete_site
delete from core.site where site_id = %(site_id)s

-- name: own_group
select site_group_id from api.site_group where site_group_id = %(site_group_id)s and tenant_id = %(tenant_id)s
