-- name: registered
-- The town's own sites, those that are no trees too: a name is taken once.
select s.name, s.kind, s.latitude, s.longitude, s.address, s.soil_texture, s.planted_year, t.species, t.crown_m
from api.site s left join api.tree t using (site_id)
where s.tenant_id = %(tenant_id)s

-- name: tree
select site_id, tenant_id, species, crown_m from api.tree where site_id = %(site_id)s

-- name: save
-- What a row does not say stays as it was.
with given as (
    select * from unnest(%(names)s::text[], %(latitudes)s::float8[], %(longitudes)s::float8[], %(addresses)s::text[],
                         %(soil_textures)s::text[], %(planted_years)s::integer[], %(species)s::text[], %(crowns)s::float8[])
        g (name, latitude, longitude, address, soil_texture, planted_year, species, crown_m)
),
saved as (
    insert into core.site as s (tenant_id, name, kind, latitude, longitude, address, soil_texture, planted_year)
    select %(tenant_id)s, name, 'tree', latitude, longitude, address, soil_texture, planted_year from given
    on conflict (tenant_id, name) do update set
        latitude = coalesce(excluded.latitude, s.latitude), longitude = coalesce(excluded.longitude, s.longitude),
        address = coalesce(excluded.address, s.address), soil_texture = coalesce(excluded.soil_texture, s.soil_texture),
        planted_year = coalesce(excluded.planted_year, s.planted_year)
    where s.kind = 'tree'
    returning site_id, name
)
insert into core.tree as t (site_id, tenant_id, species, crown_m)
select saved.site_id, %(tenant_id)s, given.species, given.crown_m
from saved join given using (name)
on conflict (site_id) do update set
    species = coalesce(excluded.species, t.species), crown_m = coalesce(excluded.crown_m, t.crown_m)
