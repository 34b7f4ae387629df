-- name: stands
-- What needs somebody first; what is unknown before what is in order.
select f.site_id, f.tenant_id, f.name, f.latitude, f.longitude, f.state, f.reason, f.day, f.fwi, f.ffmc, f.dmc, f.dc, f.isi, f.bui, f.temperature_degc,
       f.humidity_pct, f.wind_kmh, f.rain_mm, f.vpd_kpa, f.by_own_season, f.time, f.since, f.decided_at, f.smoke_state, f.smoke_reason,
       f.smoke_reason_since, f.smoke_since, f.smoke_time, f.smoke_pct, f.drought_state, f.drought_reason, f.drought_reason_since, f.drought_since,
       f.drought_time, f.nfk_pct, f.depths_cm, f.depths_nfk_pct, f.twd_um, f.short_days, f.rising, f.vpd_now_kpa, f.driest_vpd_kpa, f.soil_texture,
       (count(*) over ())::integer as found
from api.forest f
where (%(site_id)s::integer is null or f.site_id = %(site_id)s) and (%(tenant_id)s::integer is null or f.tenant_id = %(tenant_id)s)
  and (not %(smoking)s or f.smoke_state in ('smoke', 'smoke_possible'))
order by f.urgency desc, coalesce(f.smoke_level, -1) desc, coalesce(f.level, 0.5) desc, coalesce(f.drought_level, -1) desc, f.rank, f.place nulls last,
         f.name, f.site_id
limit %(limit)s offset %(offset)s

-- name: towns
-- The towns with forest stands, those with smoke first, then the highest index; with the official one of today.
select f.tenant_id, t.name, count(*)::integer as stands, count(f.fwi) filter (where f.state <> 'no_data')::integer as known,
       max(f.fwi) filter (where f.state <> 'no_data') as highest,
       (array_agg(f.state order by f.fwi desc nulls last) filter (where f.state <> 'no_data'))[1] as state, max(d.wbi) as wbi,
       count(*) filter (where f.smoke_state = 'smoke')::integer as smoking, count(f.smoke_state)::integer as watched,
       count(*) filter (where f.drought_level > 0)::integer as dry, count(f.drought_level)::integer as judged
from api.forest f
join api.tenant t using (tenant_id)
left join api.fire_danger_index d on d.tenant_id = f.tenant_id and d.day = (now() at time zone 'Europe/Berlin')::date
group by f.tenant_id, t.name
order by max(f.smoke_level) desc nulls last, highest desc nulls last, dry desc, wbi desc nulls last, t.name

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

-- name: deficits
-- Small charts of some stands at once: the tree water deficit of the one dendrometer that lies furthest from its largest size, hour by hour.
select s.site_id, w.time, max(w.deficit_um) as value
from (
    select i.site_id, d.datastream_id, array_agg(r.bucket order by r.bucket) as times, array_agg(r.avg order by r.bucket) as sizes
    from api.datastream d
    join api.device i using (device_id)
    cross join lateral (
        select bucket, avg from api.reading_hourly
        where datastream_id = d.datastream_id and bucket >= %(start)s and bucket >= i.installed_since
        offset 0) r
    where d.quantity = 'dendrometer_position' and not d.shared and i.site_id = any(%(site_ids)s)
    group by i.site_id, d.datastream_id
) s
cross join lateral api.tree_water_deficit(s.times, s.sizes, 0, (select reseated_um from api.forest_rule)) w
group by s.site_id, w.time
order by s.site_id, w.time

-- name: rule
select smoke_pct, haze_pct, dry_nfk_pct, very_dry_nfk_pct, recovered_um, dry_days, very_dry_days, dry_air_kpa from api.forest_rule

-- name: soil
select name_de, field_capacity_pct, wilting_point_pct from api.soil_texture where soil_texture = %(texture)s
