-- Under the role of the town: what it does not see is in no forecast of its gauges.

-- name: gauge
select s.site_id, s.tenant_id, s.stage_1_cm, s.stage_2_cm, s.stage_3_cm,
       array(select u.upstream_site_id from api.gauge_upstream u
             where u.site_id = s.site_id order by u.steps, u.travel_minutes nulls last, u.upstream_site_id limit %(most)s) as upstream
from api.site s where s.site_id = %(site_id)s

-- name: levels
-- Believable levels of some gauges, each sensor by itself.
select site_id, datastream_id, time, level_cm from api.water_level
where site_id = any(%(site_ids)s) and time > %(start)s and time <= %(end)s and level_cm is not null and :believed(quality)
order by site_id, datastream_id, time

-- name: rain
-- What fell within 25 km of a gauge, by the hour before `end` that it fell in (0 is the last one): the mean of the gauges of rain. The last days
-- from single readings, so that the last hour is a whole one; before that hours begin when the clock says so.
with place as (
    select latitude, longitude from api.site where site_id = %(site_id)s
),
stream as (
    select d.datastream_id, i.from_time, coalesce(i.to_time, 'infinity') as to_time
    from api.site s
    join api.installation i using (site_id)
    join api.datastream d using (device_id)
    cross join place p
    where d.quantity = 'precipitation'
      and (s.latitude - p.latitude) ^ 2 + ((s.longitude - p.longitude) * cos(radians(p.latitude))) ^ 2 <= (25 / 111.2) ^ 2
),
fell as (
    select s.datastream_id, floor(extract(epoch from %(end)s - r.time) / 3600)::integer as hour, r.value as mm
    from stream s
    join api.reading r on r.datastream_id = s.datastream_id and r.time >= s.from_time and r.time < s.to_time
    where r.time <= %(end)s and r.time > greatest(%(start)s, %(recent)s) and r.value is not null and :believed(r.quality)
    union all
    select s.datastream_id, floor(extract(epoch from %(end)s - r.bucket - interval '30 minutes') / 3600)::integer, r.sum
    from stream s
    join api.reading_hourly r on r.datastream_id = s.datastream_id and r.bucket >= s.from_time and r.bucket < s.to_time
    where r.bucket > %(start)s and r.bucket + interval '1 hour' <= %(recent)s
),
summed as (
    select datastream_id, hour, sum(mm) as mm from fell group by datastream_id, hour
)
select hour, avg(mm) as mm from summed group by hour
