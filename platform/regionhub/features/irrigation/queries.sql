-- name: irrigation
-- Most urgent first; within a level the driest first.
select i.site_id, i.tenant_id, i.name, i.kind, i.latitude, i.longitude, i.site_group_id, i.soil_texture, i.planted_year, i.irrigation_level, i.need,
       i.label_de, i.label_en, i.colour, i.no_data_reason, i.reason_since, i.basis, i.litres, i.turns, i.due_state, i.due_reason, i.due_from, i.due_to,
       i.predicted_at, i.with_weather, i.tension_kpa, i.nfk_pct, i.vwc_pct,
       i.soil_temperature, i.frost, i.sensors, i.newest, i.since, i.decided_at
from api.irrigation i
where %(site_id)s::integer is null or site_id = %(site_id)s
order by need, place nulls last, name, site_id

-- name: irrigation_page
-- A part of the list of a town: as on the overview what is unknown stands before what is in order. A limit of null returns all.
select i.site_id, i.tenant_id, i.name, i.kind, i.latitude, i.longitude, i.site_group_id, i.soil_texture, i.planted_year, i.irrigation_level, i.need,
       i.label_de, i.label_en, i.colour, i.no_data_reason, i.reason_since, i.basis, i.litres, i.turns, i.due_state, i.due_reason, i.due_from, i.due_to,
       i.predicted_at, i.with_weather, i.tension_kpa, i.nfk_pct, i.vwc_pct,
       i.soil_temperature, i.frost, i.sensors, i.newest, i.since, i.decided_at, (count(*) over ())::integer as found
from api.irrigation i
join api.level l on l.signal = 'irrigation' and l.state = i.irrigation_level
where i.tenant_id = %(tenant_id)s and (%(level)s::text is null or i.irrigation_level = %(level)s)
order by coalesce(l.level, 0.5) desc, i.need, i.place nulls last, i.name, i.site_id
limit %(limit)s offset %(offset)s

-- name: recent_soil
-- Small charts of some trees and beds at once: daily means over the sensors of a site; water content
-- as plant-available water where the soil is known. Days before a device came to its site are
-- another site's.
select i.site_id,
       case when d.quantity = 'soil_moisture_vwc' and x.soil_texture is not null then 'plant_available_water'
            when d.quantity = 'soil_water_potential' then 'soil_water_tension'
            else d.quantity end as quantity,
       r.bucket,
       case when d.quantity = 'soil_moisture_vwc' and x.soil_texture is not null
            then api.nfk_pct(sum(r.sum) / sum(r.count), x.field_capacity_pct, x.wilting_point_pct)
            when d.quantity = 'soil_water_potential' then -sum(r.sum) / sum(r.count)
            else sum(r.sum) / sum(r.count) end as value
from api.datastream d
join api.device i using (device_id)
-- looked up for each of these few: joined, every site of the region would be computed
cross join lateral (select soil_texture from api.irrigation where site_id = i.site_id offset 0) s
left join api.soil_texture x using (soil_texture)
cross join lateral (
    -- each datastream for itself: what is not yet rolled up would else be grouped for all sensors
    select bucket, sum, count from api.reading_daily
    where datastream_id = d.datastream_id and bucket >= %(start)s and bucket >= i.installed_since
    offset 0) r
where d.quantity in ('soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential') and not d.shared and i.site_id = any(%(site_ids)s)
group by i.site_id, d.quantity, x.soil_texture, x.field_capacity_pct, x.wilting_point_pct, r.bucket
order by i.site_id, d.quantity desc, r.bucket

-- name: limits
select quantity, now, soon, wet from api.irrigation_limit where site_id = %(site_id)s

-- name: stress_days
select d.site_id, d.tenant_id, s.name, s.kind, d.days, d.since
from api.stress_days(%(start)s, %(end)s) d
join api.site s using (site_id)
where %(site_ids)s::integer[] is null or d.site_id = any(%(site_ids)s)
order by d.days desc, s.name, d.site_id
