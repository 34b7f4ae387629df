-- What ingest and replay both write of datastreams and their devices. Arrays are unnested as in write.sql.

-- name: datastreams
-- Known datastreams of some devices.
select datastream_id, device_id, quantity, position from core.datastream where device_id = any(%(devices)b::int[])

-- name: create_datastreams
-- New datastreams; another worker may have made them a moment ago.
insert into core.datastream (tenant_id, device_id, quantity, position)
select * from unnest(%(tenants)b::int[], %(devices)b::int[], %(quantities)b::text[], %(positions)b::text[])
on conflict (device_id, quantity, position) do nothing

-- name: lock_devices
-- Whoever writes for one device waits here for the others, in the same order.
select device_id from core.device_state where device_id = any(%(devices)b::int[]) order by device_id for update

-- name: write_latest
-- corrects: a reading of the same moment is replaced as well, and keeps its arrival.
insert into core.latest as l (datastream_id, tenant_id, time, value, quality, received_at,
                              believed_at, believed_value, unchanged_since, unchanged_value)
select * from unnest(%(datastreams)b::int[], %(tenants)b::int[], %(times)b::timestamptz[], %(values)b::float8[],
                     %(qualities)b::int[], %(received)b::timestamptz[], %(believed_at)b::timestamptz[],
                     %(believed_values)b::float8[], %(unchanged_since)b::timestamptz[], %(unchanged_values)b::float8[])
on conflict (datastream_id) do update set
    time = excluded.time, value = excluded.value, quality = excluded.quality,
    received_at = case when excluded.time > l.time then excluded.received_at else l.received_at end,
    believed_at = excluded.believed_at, believed_value = excluded.believed_value,
    unchanged_since = excluded.unchanged_since, unchanged_value = excluded.unchanged_value
where excluded.time > l.time or (%(corrects)s and excluded.time = l.time)

-- name: renew_latest
-- The same for datastreams that have a newest reading already: an update costs less than an insert with a conflict.
update core.latest l
set time = n.time, value = n.value, quality = n.quality, received_at = n.received_at, believed_at = n.believed_at,
    believed_value = n.believed_value, unchanged_since = n.unchanged_since, unchanged_value = n.unchanged_value
from (
    select unnest(%(datastreams)b::int[]) as datastream_id, unnest(%(times)b::timestamptz[]) as time,
           unnest(%(values)b::float8[]) as value, unnest(%(qualities)b::int[]) as quality,
           unnest(%(received)b::timestamptz[]) as received_at, unnest(%(believed_at)b::timestamptz[]) as believed_at,
           unnest(%(believed_values)b::float8[]) as believed_value,
           unnest(%(unchanged_since)b::timestamptz[]) as unchanged_since,
           unnest(%(unchanged_values)b::float8[]) as unchanged_value) n
where l.datastream_id = n.datastream_id and n.time > l.time
