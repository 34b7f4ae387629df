-- name: stands
-- What needs somebody first; what is unknown before what is in order.
select f.site_id, f.tenant_id, f.name, f.latitude, f.longitude, f.state, f.reason, f.day, f.fwi, f.ffmc, f.dmc, f.dc, f.isi, f.bui, f.temperature_degc,
       f.humidity_pct, f.wind_kmh, f.rain_mm, f.vpd_kpa, f.by_own_season, f.time, f.since, f.decided_at, (count(*) over ())::integer as found
from api.forest f
where (%(site_id)s::integer is null or f.site_id = %(site_id)s) and (%(tenant_id)s::integer is null or f.tenant_id = %(tenant_id)s)
order by coalesce(f.level, 0.5) desc, f.rank, f.place nulls last, f.name, f.site_id
limit %(limit)s offset %(offset)s

-- name: towns
-- The towns with forest stands, the highest index first, with the official one of today.
select f.tenant_id, t.name, count(*)::integer as stands, count(f.fwi) filter (where f.state <> 'no_data')::integer as known,
       max(f.fwi) filter (where f.state <> 'no_data') as highest,
       (array_agg(f.state order by f.fwi desc nulls last) filter (where f.state <> 'no_data'))[1] as state, max(d.wbi) as wbi
from api.forest f
join api.tenant t using (tenant_id)
left join api.fire_danger_index d on d.tenant_id = f.tenant_id and d.day = (now() at time zone 'Europe/Berlin')::date
group by f.tenant_id, t.name
order by highest desc nulls last, wbi desc nulls last, t.name

-- name: official
-- Of today and the days ahead.
select tenant_id, day, wbi, issued_at, station, distance_km, origin
from api.fire_danger_index
where day >= (now() at time zone 'Europe/Berlin')::date and (%(tenant_id)s::integer is null or tenant_id = %(tenant_id)s)
order by tenant_id, day

-- name: fire_days
select day, temperature_degc, humidity_pct, wind_kmh, rain_mm, vpd_kpa, ffmc, dmc, dc, isi, bui, fwi, state, by_own_season, uncertain, is_forecast,
       under_canopy
from api.fire_weather
where site_id = %(site_id)s and day >= %(start)s and day <= %(end)s
order by day

-- name: stand
select site_id from api.site where site_id = %(site_id)s and kind = 'forest'

-- name: recent
-- Small charts of some stands at once.
select site_id, day, fwi from api.fire_weather
where site_id = any(%(site_ids)s) and day >= %(start)s and fwi is not null
order by site_id, day
