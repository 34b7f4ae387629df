-- What is stored, for comparison. Arrays are unnested in the select list for speed, as in write.sql.

-- name: interrupted
-- Datastreams that runs over the same changed, which were interrupted and have not been done since, and how far these came.
select s.device_id, s.quantity, s.position, min(r.last_time) as last_time
from core.datastream s
join core.replay r on exists (
    select from core.reading_version v where v.datastream_id = s.datastream_id and v.replay_id = r.replay_id)
join core.replay mine on mine.replay_id = %(replay_id)s and r.replay_id < mine.replay_id
    and (r.tenant_id, r.kind) = (mine.tenant_id, mine.kind)
    and r.profile_id is not distinct from mine.profile_id and r.dev_eui is not distinct from mine.dev_eui
where s.device_id = any(%(devices)b::int[]) and r.state = 'stopped' and r.last_time is not null and not exists (
    select from core.replay d
    where d.replay_id > r.replay_id and d.state = 'done' and (d.tenant_id, d.kind) = (r.tenant_id, r.kind)
      and d.profile_id is not distinct from r.profile_id and d.dev_eui is not distinct from r.dev_eui)
group by s.datastream_id

-- name: stored_readings
-- The readings that are stored at some moments; `place` is where the moment stands among those asked for.
select coalesce(array_agg(n.place), '{}') as places, coalesce(array_agg(coalesce(r.uplink_id, 0)), '{}') as uplink_ids,
       coalesce(array_agg(r.value), '{}') as values, coalesce(array_agg(r.quality::int), '{}') as qualities,
       coalesce(array_agg(r.tests::int), '{}') as tests
from (select unnest(%(places)b::int[]) as place, unnest(%(streams)b::int[]) as datastream_id,
             unnest(%(times)b::timestamptz[]) as time) n
join core.reading r on r.datastream_id = n.datastream_id and r.time = n.time and r.time >= %(first)s and r.time <= %(last)s

-- name: changed_readings
-- At which of some moments a replay changed the reading, and whether it was this one.
select coalesce(array_agg(n.place), '{}') as places, coalesce(array_agg(v.now), '{}') as now
from unnest(%(places)b::int[], %(streams)b::int[], %(times)b::timestamptz[]) as n (place, datastream_id, time)
cross join lateral (
    select bool_or(v.replay_id = %(replay_id)s) as now from core.reading_version v
    where v.datastream_id = n.datastream_id and v.time = n.time) v
where v.now is not null

-- name: stored_history
-- Readings that some frames gave for other times than their own; `place` is where datastream and frame stand among those
-- asked for. Each is looked for where it is: a plan for all of them at once would read the whole table.
select coalesce(array_agg(n.place), '{}') as places, coalesce(array_agg(r.time), '{}') as times
from unnest(%(places)b::int[], %(streams)b::int[], %(firsts)b::timestamptz[], %(lasts)b::timestamptz[],
            %(uplinks)b::int8[], %(times)b::timestamptz[])
     as n (place, datastream_id, first, last, uplink_id, time)
cross join lateral (
    select time, uplink_id from core.reading
    where datastream_id = n.datastream_id and time between n.first and n.last and time between %(first)s and %(last)s
    offset 0) r
where r.uplink_id = n.uplink_id and r.time <> n.time

-- name: readings_before
-- What the quality tests have to know: believable readings of some datastreams, each within its period, in order of time;
-- `place` is where the datastream stands among those asked for. What frames of and after first_frame sent of earlier
-- moments comes later, as on arrival; looked for in a month of them. Null: all in order of time.
with later as materialized (
    select u.uplink_id from core.uplink u
    where u.device_id in (select device_id from core.datastream where datastream_id = any(%(streams)b::int[]))
      and u.history_from < %(first_frame)s::timestamptz and u.time >= %(first_frame)s::timestamptz
      and u.time < %(first_frame)s::timestamptz + interval '31 days')
select coalesce(array_agg(place order by place, time), '{}') as places,
       coalesce(array_agg(time order by place, time), '{}') as times,
       coalesce(array_agg(value order by place, time), '{}') as values
from (
    select n.place, r.time, r.value
    from unnest(%(places)b::int[], %(streams)b::int[], %(begins)b::timestamptz[], %(ends)b::timestamptz[])
         as n (place, datastream_id, begins, ends)
    join core.reading r on r.datastream_id = n.datastream_id and r.time >= n.begins and r.time < n.ends
    where r.quality in (1, 2, 3) and r.tests & 1 = 0 and r.value is not null
      and (%(first_frame)s::timestamptz is null or (r.uplink_id in (select uplink_id from later)) is not true)) b

-- name: frame_profiles
-- The profiles that read some frames.
select uplink_id, profile_id, profile_version from core.uplink
where uplink_id = any(%(uplink_ids)b::int8[]) and device_id = any(%(devices)b::int[])

-- name: newest
-- The newest reading of each datastream where it is not what core.latest holds, or where a replay
-- may have changed what the quality tests remember; each field as one array.
select coalesce(array_agg(d.datastream_id order by d.datastream_id), '{}') as datastreams,
       coalesce(array_agg(d.tenant_id order by d.datastream_id), '{}') as tenants,
       coalesce(array_agg(d.quantity order by d.datastream_id), '{}') as quantities,
       coalesce(array_agg(n.time order by d.datastream_id), '{}') as times,
       coalesce(array_agg(n.value order by d.datastream_id), '{}') as values,
       coalesce(array_agg(n.quality::int order by d.datastream_id), '{}') as qualities,
       coalesce(array_agg(coalesce(u.received_at, n.time) order by d.datastream_id), '{}') as received
from core.datastream d
cross join lateral (
    select time, value, quality, uplink_id from core.reading r
    where r.datastream_id = d.datastream_id order by time desc limit 1) n
left join core.uplink u on u.uplink_id = n.uplink_id and u.device_id = d.device_id
left join core.latest l on l.datastream_id = d.datastream_id
where d.device_id = any(%(devices)b::int[])
  and (d.datastream_id = any(%(streams)b::int[])
       or l.time is distinct from n.time or l.value is distinct from n.value or l.quality is distinct from n.quality)
