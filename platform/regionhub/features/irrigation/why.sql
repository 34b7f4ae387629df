-- name: soil
select s.site_id, s.tenant_id, s.site_group_id, g.name as site_group, t.soil_texture, x.name_de as soil_name, x.field_capacity_pct, x.wilting_point_pct,
       i.soil_texture is null and t.soil_texture is not null as soil_of_group, s.root_volume_m3, s.root_of_group, s.efficiency, s.step_l, s.most_l,
       t.water_pct, t.needed_l, t.litres, t.turns, t.limit_id, t.young, t.basis, t.predicted_at
from api.irrigation t
join api.irrigation_ground s using (site_id)
join api.site i using (site_id)
left join api.site_group g on g.site_group_id = s.site_group_id
left join api.soil_texture x on x.soil_texture = t.soil_texture
where t.site_id = %(site_id)s

-- name: readings
-- What the sensors that decided say now.
select l.site_id, s.name as site, l.device_name, l.quantity, l.position, l.depth_cm, l.value, l.symbol, l.decimals, l.quality, l.time, l.stale
from api.irrigation t
cross join lateral unnest(t.sources) u (site_id)
join api.latest l on l.site_id = u.site_id
join api.site s on s.site_id = l.site_id
where t.site_id = %(site_id)s and l.quantity in ('soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential', 'soil_temperature')
order by s.name, l.quantity, l.depth_cm nulls last, l.datastream_id
limit 30

-- name: outlook
select made_at, basis, fitted_days, value, unit, limit_value, forecast, low, high, with_weather
from api.irrigation_outlook where site_id = %(site_id)s

-- name: skill
-- Of the last month: how many forecasts, how far they were off on average, how many lay within what was said.
select lead_days, count(*)::integer as forecasts, avg(abs(value - came))::double precision as mae, 100 * avg((came between low and high)::integer)::double precision as within_pct
from api.irrigation_forecast
where site_id = %(site_id)s and came is not null and made_on >= (now() at time zone 'Europe/Berlin')::date - 31
group by lead_days order by lead_days
