-- Arrays of whole chunks are unnested in the select list for speed, as in ingest.sql.

-- name: devices
-- Also those that are switched off: what they sent is kept.
select device_id, tenant_id, dev_eui, profile_id, parameters from core.device
where tenant_id = %(tenant_id)s and (%(profile_id)s::text is null or profile_id = %(profile_id)s)
  and (%(dev_eui)s::text is null or dev_eui = %(dev_eui)s)
order by device_id

-- name: count_uplinks
select count(*) as messages from core.uplink
where tenant_id = %(tenant_id)s and device_id = any(%(devices)s::int[])
  and (%(from_time)s::timestamptz is null or time >= %(from_time)s) and time < %(to_time)s
  and profile_version is not null and payload <> ''

-- name: uplinks
-- In order of time, as the quality tests need them; only frames that a codec read.
select uplink_id, device_id, (extract(epoch from time) * 1000000)::int8 * 1000 as time_ns,
       (extract(epoch from received_at) * 1000000)::int8 * 1000 as received_ns,
       f_port, payload, profile_id, profile_version,
       (extract(epoch from history_from) * 1000000)::int8 * 1000 as history_from_ns,
       (extract(epoch from history_to) * 1000000)::int8 * 1000 as history_to_ns
from core.uplink
where tenant_id = %(tenant_id)s and device_id = any(%(devices)s::int[])
  and (%(from_time)s::timestamptz is null or time >= %(from_time)s) and time < %(to_time)s
  and profile_version is not null and payload <> ''
order by time, uplink_id

-- name: datastreams
select datastream_id, device_id, quantity, position from core.datastream where device_id = any(%(devices)s::int[])

-- name: create_datastreams
insert into core.datastream (tenant_id, device_id, quantity, position)
select * from unnest(%(tenants)s::int[], %(devices)s::int[], %(quantities)s::text[], %(positions)s::text[])
on conflict (device_id, quantity, position) do nothing

-- name: interrupted
-- Datastreams that runs over the same changed, which were interrupted and have not been done since, and how far these came.
select s.datastream_id, min(extract(epoch from r.last_time))::float8 as last_time
from core.datastream s
join core.replay r on exists (
    select from core.reading_version v where v.datastream_id = s.datastream_id and v.replay_id = r.replay_id)
join core.replay mine on mine.replay_id = %(replay_id)s and r.replay_id < mine.replay_id
    and (r.tenant_id, r.kind) = (mine.tenant_id, mine.kind)
    and r.profile_id is not distinct from mine.profile_id and r.dev_eui is not distinct from mine.dev_eui
where s.device_id = any(%(devices)s::int[]) and r.state = 'stopped' and r.last_time is not null and not exists (
    select from core.replay d
    where d.replay_id > r.replay_id and d.state = 'done' and (d.tenant_id, d.kind) = (r.tenant_id, r.kind)
      and d.profile_id is not distinct from r.profile_id and d.dev_eui is not distinct from r.dev_eui)
group by s.datastream_id

-- name: stored_history
-- Readings that some frames gave for other times than their own. Each is looked for where it is: a plan for all of them at
-- once would read the whole table.
select n.datastream_id, (extract(epoch from r.time) * 1000000)::int8 * 1000 as time_ns, n.uplink_id
from unnest(%(streams)b::int[], %(firsts)b::float8[], %(lasts)b::float8[], %(uplinks)b::int8[], %(times)b::float8[])
     as n (datastream_id, first, last, uplink_id, time)
cross join lateral (
    select time, uplink_id from core.reading
    where datastream_id = n.datastream_id and time between to_timestamp(n.first) and to_timestamp(n.last)
      and time between to_timestamp(%(first)s) and to_timestamp(%(last)s)
    offset 0) r
where r.uplink_id = n.uplink_id and r.time <> to_timestamp(n.time)

-- name: divergences
-- From which frame (its place in the chunk) on each datastream is not what it was. device is what the device says of its value
-- (0 ok, 1 suspect, 2 invalid), 3 stands for a reading that the codec does not give any more.
-- A moment that holds the reading of another frame stays: the first one counts, as on arrival. But what a replay has
-- emptied is free for another one.
select n.datastream_id, min(n.item) as item
from (select unnest(%(streams)b::int[]) as datastream_id, unnest(%(times)b::float8[]) as time,
             unnest(%(values)b::float8[]) as value, unnest(%(device)b::int[]) as device,
             unnest(%(uplinks)b::int8[]) as uplink_id, unnest(%(items)b::int[]) as item) n
left join core.reading r on r.datastream_id = n.datastream_id and r.time = to_timestamp(n.time)
     and r.time >= to_timestamp(%(first)s) and r.time <= to_timestamp(%(last)s)
where case when r.datastream_id is null then n.device <> 3
           when r.uplink_id is distinct from n.uplink_id then
               n.device <> 3 and n.value <> 'NaN' and r.value is null and r.quality = 9 and r.tests = 0 and exists (
                   select from core.reading_version v where v.datastream_id = r.datastream_id and v.time = r.time)
           when n.device = 3 then r.value is not null or r.quality <> 9 or r.tests <> 0
           else r.value is distinct from nullif(n.value, 'NaN')
                or (r.tests & 1 = 1) is distinct from (n.device <> 0)
                or (n.device = 2 and r.quality not in (4, 9))
                or (n.device = 1 and r.quality = 4 and r.tests & 2 = 0)
      end
group by n.datastream_id

-- name: before
-- What the quality tests have to know: believable readings before a moment of each datastream, in order of time;
-- each field as one array, `place` is where the datastream stands among those asked for. What frames of and after
-- first_frame sent of earlier moments comes later, as on arrival; looked for in a month of them. Null: all in order of time.
with later as materialized (
    select u.uplink_id from core.uplink u
    where u.device_id in (select device_id from core.datastream where datastream_id = any(%(streams)b::int[]))
      and u.history_from < to_timestamp(%(first_frame)s::float8) and u.time >= to_timestamp(%(first_frame)s::float8)
      and u.time < to_timestamp(%(first_frame)s::float8) + interval '31 days')
select coalesce(array_agg(place::int order by place, time), '{}') as places,
       coalesce(array_agg((extract(epoch from time) * 1000000)::int8 * 1000 order by place, time), '{}') as times,
       coalesce(array_agg(value order by place, time), '{}') as values
from (
    select n.place, r.time, r.value
    from unnest(%(streams)b::int[], %(times)b::float8[], %(spans)b::float8[])
         with ordinality as n (datastream_id, time, span, place)
    join core.reading r on r.datastream_id = n.datastream_id
         and r.time < to_timestamp(n.time) and r.time >= to_timestamp(n.time - n.span)
    where r.quality in (1, 2, 3) and r.tests & 1 = 0 and r.value is not null
      and (%(first_frame)s::float8 is null or (r.uplink_id in (select uplink_id from later)) is not true)) b

-- name: rewrite
-- Former values become versions, new ones take their place, and the uplinks that changed carry the
-- version of the codec that read them. Nothing is written where nothing differs.
-- `uplink` is where the frame of a reading stands in the arrays of frames, `before` where its former
-- version does: looking up a place needs no join, whatever the planner believes of the arrays.
with matched as materialized (
    select n.datastream_id, to_timestamp(n.time) as time, nullif(n.value, 'NaN') as value, n.quality, n.tests,
           n.missing, n.uplink, n.before, (%(uplink_ids)b::int8[])[n.uplink] as uplink_id,
           r.datastream_id is null as fresh, r.uplink_id as of_uplink,
           r.value as old_value, r.quality as old_quality, r.tests as old_tests
    from (select unnest(%(streams)b::int[]) as datastream_id, unnest(%(times)b::float8[]) as time,
                 unnest(%(values)b::float8[]) as value, unnest(%(qualities)b::int[]) as quality,
                 unnest(%(tests)b::int[]) as tests, unnest(%(missing)b::int[]) as missing,
                 unnest(%(uplinks)b::int[]) as uplink, unnest(%(before)b::int[]) as before) n
    left join core.reading r on r.datastream_id = n.datastream_id and r.time = to_timestamp(n.time)
         and r.time >= to_timestamp(%(first)s) and r.time <= to_timestamp(%(last)s)
),
taken as (
    -- the moment of another frame's reading which a replay has emptied, with the profile that this frame has now
    select distinct on (m.datastream_id, m.time) m.*, not exists (
        select from core.reading_version v
        where v.datastream_id = m.datastream_id and v.time = m.time and v.replay_id = %(replay_id)s) as keep,
        u.profile_id as old_profile, u.profile_version as old_version
    from matched m
    left join core.uplink u on u.uplink_id = m.of_uplink
    where not m.fresh and m.missing = 0 and m.of_uplink is distinct from m.uplink_id
      and m.value is not null and m.old_value is null and m.old_quality = 9 and m.old_tests = 0
      and exists (select from core.reading_version v where v.datastream_id = m.datastream_id and v.time = m.time)
      and not exists (select from matched o where o.datastream_id = m.datastream_id and o.time = m.time
                      and o.of_uplink = o.uplink_id and o.missing = 0)
    order by m.datastream_id, m.time, m.uplink
),
differing as materialized (
    select *, true as keep, null::text as old_profile, null::text as old_version from matched
    where not fresh and of_uplink = uplink_id
      and (old_value is distinct from value or old_quality <> quality or old_tests <> tests)
    union all select * from taken
),
kept as (
    insert into core.reading_version (datastream_id, tenant_id, time, replay_id, value, quality, tests, profile_id, profile_version)
    select datastream_id, %(tenant_id)s, time, %(replay_id)s, old_value, old_quality, old_tests,
           coalesce(old_profile, (%(old_profiles)s::text[])[before]), coalesce(old_version, (%(old_versions)s::text[])[before])
    from differing where keep
),
changed as (
    update core.reading r set value = d.value, quality = d.quality, tests = d.tests, uplink_id = d.uplink_id
    from differing d
    where r.datastream_id = d.datastream_id and r.time = d.time
      and r.time >= to_timestamp(%(first)s) and r.time <= to_timestamp(%(last)s)
),
added as (
    insert into core.reading (datastream_id, tenant_id, time, value, quality, tests, uplink_id)
    select distinct on (datastream_id, time) datastream_id, %(tenant_id)s, time, value, quality, tests, uplink_id
    from matched where fresh and missing = 0
    order by datastream_id, time, uplink
    on conflict (datastream_id, time) do nothing
    returning uplink_id
),
moved as (
    update core.uplink u set profile_id = n.profile_id, profile_version = n.profile_version,
        -- what it does not give any more has no value left that had to be found
        history_from = to_timestamp(nullif(n.history_from, 'NaN')), history_to = to_timestamp(nullif(n.history_to, 'NaN'))
    from (select uplink_id, (%(devices)b::int[])[uplink] as device_id,
                 to_timestamp((%(uplink_times)b::float8[])[uplink]) as time,
                 (%(history_from)b::float8[])[uplink] as history_from, (%(history_to)b::float8[])[uplink] as history_to,
                 (%(profiles)s::text[])[(%(profile)b::int[])[uplink]] as profile_id,
                 (%(versions)s::text[])[(%(profile)b::int[])[uplink]] as profile_version
          from (select distinct uplink_id, uplink from differing
                union select uplink_id, uplink from matched where fresh and missing = 0
                    and uplink_id in (select uplink_id from added)) x) n
    where u.uplink_id = n.uplink_id and u.device_id = n.device_id and u.time = n.time
      and u.time >= to_timestamp(%(first_uplink)s) and u.time <= to_timestamp(%(last_uplink)s)
    returning u.uplink_id
)
select (select coalesce(array_agg(uplink_id), '{}') from moved) as uplinks,
       (select count(*) from differing where missing = 0) as readings_changed,
       (select count(*) from differing where missing = 1) as readings_missing,
       (select count(*) from differing where not keep) as filled,
       (select count(*) from added) as readings_added

-- name: lock_devices
select device_id from core.device_state where device_id = any(%(devices)s::int[]) order by device_id for update

-- name: newest
-- The newest reading of each datastream where it is not what core.latest holds, or where a replay
-- may have changed what the quality tests remember.
select d.datastream_id, d.tenant_id, d.quantity, extract(epoch from n.time)::float8 as time, n.value, n.quality,
       extract(epoch from coalesce(u.received_at, n.time))::float8 as received_at
from core.datastream d
cross join lateral (
    select time, value, quality, uplink_id from core.reading r
    where r.datastream_id = d.datastream_id order by time desc limit 1) n
left join core.uplink u on u.uplink_id = n.uplink_id and u.device_id = d.device_id
left join core.latest l on l.datastream_id = d.datastream_id
where d.device_id = any(%(devices)s::int[])
  and (d.datastream_id = any(%(streams)s::int[])
       or l.time is distinct from n.time or l.value is distinct from n.value or l.quality is distinct from n.quality)

-- name: write_latest
insert into core.latest as l (datastream_id, tenant_id, time, value, quality, received_at,
                              believed_at, believed_value, unchanged_since, unchanged_value)
select datastream_id, tenant_id, to_timestamp(time), nullif(value, 'NaN'), quality, to_timestamp(received_at),
       to_timestamp(nullif(believed_at, 'NaN')), nullif(believed_value, 'NaN'),
       to_timestamp(nullif(unchanged_since, 'NaN')), nullif(unchanged_value, 'NaN')
from unnest(%(datastreams)b::int[], %(tenants)b::int[], %(times)b::float8[], %(values)b::float8[],
            %(qualities)b::int4[], %(received)b::float8[], %(believed_at)b::float8[], %(believed_values)b::float8[],
            %(unchanged_since)b::float8[], %(unchanged_values)b::float8[])
as n (datastream_id, tenant_id, time, value, quality, received_at,
      believed_at, believed_value, unchanged_since, unchanged_value)
on conflict (datastream_id) do update set
    time = excluded.time, value = excluded.value, quality = excluded.quality,
    received_at = case when excluded.time > l.time then excluded.received_at else l.received_at end,
    believed_at = excluded.believed_at, believed_value = excluded.believed_value,
    unchanged_since = excluded.unchanged_since, unchanged_value = excluded.unchanged_value
where excluded.time >= l.time
