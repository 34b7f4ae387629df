-- Arrays are unnested in the select list for speed, as in write.sql. The constants first and last are for TimescaleDB: it
-- unpacks the whole of every chunk that they do not rule out.

-- name: keep_versions
-- What readings were before this run changed them, each with the profile that had read it.
insert into core.reading_version (datastream_id, tenant_id, time, replay_id, value, quality, tests, profile_id, profile_version)
select datastream_id, %(tenant_id)s, time, %(replay_id)s, value, quality, tests,
       (%(profile_ids)b::text[])[profile], (%(profile_versions)b::text[])[profile]
from (select unnest(%(streams)b::int[]) as datastream_id, unnest(%(times)b::timestamptz[]) as time,
             unnest(%(values)b::float8[]) as value, unnest(%(qualities)b::int[]) as quality,
             unnest(%(tests)b::int[]) as tests, unnest(%(profiles)b::int[]) as profile) n

-- name: replace_readings
update core.reading r set value = n.value, quality = n.quality, tests = n.tests, uplink_id = n.uplink_id
from (select unnest(%(streams)b::int[]) as datastream_id, unnest(%(times)b::timestamptz[]) as time,
             unnest(%(values)b::float8[]) as value, unnest(%(qualities)b::int[]) as quality,
             unnest(%(tests)b::int[]) as tests, unnest(%(uplinks)b::int8[]) as uplink_id) n
where r.datastream_id = n.datastream_id and r.time = n.time and r.time >= %(first)s and r.time <= %(last)s

-- name: add_readings
-- Returns the frames whose readings found room: ingest may have written to the same moments since they were matched.
with added as (
    insert into core.reading (datastream_id, tenant_id, time, value, quality, tests, uplink_id)
    select datastream_id, %(tenant_id)s, time, value, quality, tests, uplink_id
    from (select unnest(%(streams)b::int[]) as datastream_id, unnest(%(times)b::timestamptz[]) as time,
                 unnest(%(values)b::float8[]) as value, unnest(%(qualities)b::int[]) as quality,
                 unnest(%(tests)b::int[]) as tests, unnest(%(uplinks)b::int8[]) as uplink_id) n
    on conflict (datastream_id, time) do nothing
    returning uplink_id
)
select coalesce(array_agg(uplink_id), '{}') as uplinks from added

-- name: renew_uplinks
-- The frames that changed carry the version of the codec that read them now, and the bounds of what they give for other
-- times than their own: what they do not give any more has no value left that had to be found.
update core.uplink u set profile_id = (%(profile_ids)b::text[])[n.profile],
    profile_version = (%(profile_versions)b::text[])[n.profile], history_from = n.history_from, history_to = n.history_to
from (select unnest(%(uplinks)b::int8[]) as uplink_id, unnest(%(devices)b::int[]) as device_id,
             unnest(%(times)b::timestamptz[]) as time, unnest(%(profiles)b::int[]) as profile,
             unnest(%(history_from)b::timestamptz[]) as history_from,
             unnest(%(history_to)b::timestamptz[]) as history_to) n
where u.uplink_id = n.uplink_id and u.device_id = n.device_id and u.time = n.time
  and u.time >= %(first)s and u.time <= %(last)s
