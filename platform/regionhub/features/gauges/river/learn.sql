-- name: due
-- Links whose data were not asked for a day, those that never were first.
select site_id, upstream_site_id from core.gauge_link
where learnt_at is null or learnt_at < %(before)s
order by learnt_at nulls first, site_id, upstream_site_id
limit %(limit)s

-- name: levels
-- Of the sensor at a gauge that measured most in the time. Differences count: a sensor without a mounting height has them too.
with levels as (
    select i.installation_id, r.datastream_id, r.time, api.level_cm(d.quantity, r.value, coalesce(i.mounting_height_cm, 0)) as level_cm
    from core.installation i
    join core.datastream d using (device_id)
    join core.reading r on r.datastream_id = d.datastream_id and r.time >= i.from_time and (i.to_time is null or r.time < i.to_time)
    where i.site_id = %(site_id)s and d.quantity in (select quantity from core.quantity where measures_level)
      and r.time >= %(start)s and r.value is not null and :decisive(r.quality, r.tests)
)
select time, level_cm from levels
where datastream_id = (select datastream_id from levels group by datastream_id order by count(*) desc, datastream_id limit 1)
order by time

-- name: keep
update core.gauge_link
set learnt_minutes = %(minutes)s, learnt_likeness = %(likeness)s, learnt_rises = %(rises)s, learnt_at = %(now)s
where site_id = %(site_id)s and upstream_site_id = %(upstream_site_id)s
