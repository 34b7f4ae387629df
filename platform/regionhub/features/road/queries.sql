-- name: roads
-- What needs somebody first, the coldest first; what is unknown before what is in order.
select site_id, tenant_id, name, latitude, longitude, state, reason, reason_since, time, surface_degc, dew_point_degc, frost_point_degc,
       slope_k_per_hour, expected_degc, wet, since, decided_at, (count(*) over ())::integer as found
from api.road
where (%(site_id)s::integer is null or site_id = %(site_id)s) and (%(tenant_id)s::integer is null or tenant_id = %(tenant_id)s)
order by coalesce(level, 0.5) desc, rank, place nulls last, name, site_id
limit %(limit)s offset %(offset)s

-- name: thresholds
select ice_degc, watch_degc, ahead_hours, wet_mm from api.road_threshold

-- name: recent_surface
-- Small charts of some road spots at once: the hourly lowest temperature of their surface, of hours since the sensor is there.
select i.site_id, r.bucket as time, min(r.min) as value
from api.datastream d
join api.device i using (device_id)
cross join lateral (
    -- each datastream for itself: what is not yet rolled up would else be grouped for all sensors
    select bucket, min from api.reading_hourly
    where datastream_id = d.datastream_id and bucket >= %(start)s and bucket >= i.installed_since
    offset 0) r
where d.quantity = 'road_surface_temperature' and not d.shared and i.site_id = any(%(site_ids)s)
group by i.site_id, r.bucket
order by i.site_id, r.bucket
