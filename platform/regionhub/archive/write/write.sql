-- Arrays of whole batches are unnested in the select list: PostgreSQL then goes through them row by row. In the from clause it
-- first writes each into a table of its own, which takes a seventh of the time of an insert. Elsewhere the clause reads better.

-- name: registry_version
-- Grows with every committed change of a device, a source or a profile.
select coalesce(sum(version), 0)::bigint as version from core.registry_version

-- name: devices
-- Every device that may send.
-- A town's own profile decodes its own devices only: to others it is not there.
select d.device_id, d.tenant_id, d.dev_eui,
       case when p.tenant_id <> d.tenant_id then '' else d.profile_id end as profile_id, d.parameters
from core.device d left join core.profile p using (profile_id)
where d.active

-- name: sources
-- Every connection that ingest keeps, with its secret; also_disabled: to read what a source sent earlier.
select s.source_id, s.tenant_id, t.slug as tenant, s.name, s.format, s.broker_url, s.topics, s.protocol,
       s.username, s.password, s.ca, s.certificate, s.private_key, s.mapping::text as mapping, s.sessions, s.former_topics
from core.source s join core.tenant t using (tenant_id)
where s.enabled and s.kind = 'lns' or %(also_disabled)s order by s.source_id

-- name: create_device_states
insert into core.device_state (device_id, tenant_id)
select * from unnest(%(devices)b::int[], %(tenants)b::int[])
on conflict (device_id) do nothing

-- name: find_copies
-- Which of the uplinks (by place) are already kept: the same radio frame within its window.
select n.place, kept.uplink_id, kept.time
from unnest(%(places)b::int[], %(devices)b::int[], %(times)b::timestamptz[], %(windows)b::float8[],
            %(f_cnts)b::int8[], %(f_ports)b::int[], %(payloads)b::bytea[], %(dev_addrs)b::text[])
     as n (place, device_id, time, window_seconds, f_cnt, f_port, payload, dev_addr)
cross join lateral (
    select u.uplink_id, u.time from core.uplink u
    where u.device_id = n.device_id
      and u.time between n.time - n.window_seconds * interval '1 second' and n.time + n.window_seconds * interval '1 second'
      and u.time between %(first)s and %(last)s
      and u.f_cnt is not distinct from n.f_cnt and u.f_port is not distinct from n.f_port and u.payload = n.payload
      and (u.dev_addr is null or n.dev_addr is null or u.dev_addr = n.dev_addr)
    limit 1) kept

-- name: find_repeated_events
-- The same event of the server, whose time had to be taken from its arrival. Some servers count events for each device,
-- and may begin anew.
select n.place, kept.uplink_id, kept.time
from unnest(%(places)b::int[], %(sources)b::int[], %(devices)b::int[], %(event_ids)b::text[], %(times)b::timestamptz[],
            %(f_cnts)b::int8[], %(f_ports)b::int[], %(payloads)b::bytea[])
     as n (place, source_id, device_id, event_id, time, f_cnt, f_port, payload)
cross join lateral (
    select u.uplink_id, u.time from core.uplink u
    where u.source_id = n.source_id and u.event_id = n.event_id and u.device_id = n.device_id and u.time_source = 'arrival'
      and u.f_cnt is not distinct from n.f_cnt and u.f_port is not distinct from n.f_port and u.payload = n.payload
      and u.time between n.time - %(window)s * interval '1 second' and n.time + %(window)s * interval '1 second'
      and u.time between %(first)s and %(last)s
    limit 1) kept

-- name: joined_receptions
-- The receptions of kept frames with those of their copies, where these add some; that of a gateway which is there already
-- stays. A gateway without a name is one of the named ones of the other copy. A frame that most gateways received is full.
with joined as (
    select u.uplink_id, u.time, u.receptions as kept,
           u.receptions || coalesce((
               select jsonb_agg(case when (r ->> 'source_id')::int = u.source_id then r - 'source_id' else r end)
               from (select r from jsonb_array_elements(n.receptions) r
                     where not exists (select from jsonb_array_elements(u.receptions) k
                                       where k -> 'gateway' = r -> 'gateway')
                     limit %(most)s - jsonb_array_length(u.receptions)) as added (r)), '[]') as receptions
    from (select uplink_id, time, convert_from(receptions, 'UTF8')::jsonb as receptions
          from unnest(%(uplink_ids)b::int8[], %(times)b::timestamptz[], %(receptions)b::bytea[])
               as b (uplink_id, time, receptions)) n
    join core.uplink u using (uplink_id, time)
    where jsonb_array_length(u.receptions) < %(most)s and u.time between %(first)s and %(last)s
),
named as (
    select uplink_id, time, kept,
           case when jsonb_path_exists(receptions, '$[*].gateway ? (@ != null)')
                then jsonb_path_query_array(receptions, '$[*] ? (@.gateway != null)') else receptions end as receptions
    from joined
)
select uplink_id, time, receptions::text as receptions from named where receptions <> kept

-- name: write_receptions
update core.uplink u
set receptions = j.receptions::jsonb, gateways = j.gateways, rssi = j.rssi, snr = j.snr
from unnest(%(uplink_ids)b::int8[], %(times)b::timestamptz[], %(receptions)b::text[], %(gateways)b::int[],
            %(rssis)b::float8[], %(snrs)b::float8[])
     as j (uplink_id, time, receptions, gateways, rssi, snr)
where u.uplink_id = j.uplink_id and u.time = j.time
  -- constants: TimescaleDB unpacks the whole of every chunk that they do not rule out
  and u.time between %(first)s and %(last)s

-- name: uplink_ids
select array_agg(nextval('core.uplink_id')) as uplink_ids from generate_series(1, %(count)s)

-- name: insert_uplinks
insert into core.uplink (
    uplink_id, tenant_id, source_id, device_id, time, time_source, received_at, event_id, dev_addr, f_cnt, f_port,
    payload, confirmed, sf, bw_hz, frequency_hz, dr, gateways, rssi, snr, receptions,
    profile_id, profile_version, recovered, history_from, history_to, decoded)
select uplink_id, tenant_id, source_id, device_id, time, time_source, received_at, event_id, dev_addr, f_cnt, f_port,
       payload, confirmed, sf, bw_hz, frequency_hz, dr, gateways, rssi, snr,
       convert_from(receptions, 'UTF8')::jsonb, profile_id, profile_version, recovered, history_from, history_to, decoded
from (
    select unnest(%(uplink_ids)b::int8[]) as uplink_id, unnest(%(tenants)b::int[]) as tenant_id,
           unnest(%(sources)b::int[]) as source_id, unnest(%(devices)b::int[]) as device_id,
           unnest(%(times)b::timestamptz[]) as time, unnest(%(time_sources)b::text[]) as time_source,
           unnest(%(received)b::timestamptz[]) as received_at, unnest(%(event_ids)b::text[]) as event_id,
           unnest(%(dev_addrs)b::text[]) as dev_addr, unnest(%(f_cnts)b::int8[]) as f_cnt,
           unnest(%(f_ports)b::int[]) as f_port, unnest(%(payloads)b::bytea[]) as payload,
           unnest(%(confirmed)b::bool[]) as confirmed, unnest(%(sfs)b::int[]) as sf,
           unnest(%(bws)b::int[]) as bw_hz,
           unnest(%(frequencies)b::int8[]) as frequency_hz, unnest(%(drs)b::int[]) as dr,
           unnest(%(gateways)b::int[]) as gateways, unnest(%(rssis)b::float8[]) as rssi,
           unnest(%(snrs)b::float8[]) as snr, unnest(%(receptions)b::bytea[]) as receptions,
           unnest(%(profile_ids)b::text[]) as profile_id, unnest(%(profile_versions)b::text[]) as profile_version,
           unnest(%(recovered)b::bool[]) as recovered, unnest(%(history_from)b::timestamptz[]) as history_from,
           unnest(%(history_to)b::timestamptz[]) as history_to, unnest(%(decoded)b::text[]) as decoded) n

-- name: known_series
-- The newest time of some datastreams and what the quality tests remember of them, each field as one array.
select coalesce(array_agg(datastream_id), '{}') as datastreams,
       coalesce(array_agg(time), '{}') as times,
       coalesce(array_agg(believed_at), '{}') as believed_at,
       coalesce(array_agg(believed_value), '{}') as believed_values,
       coalesce(array_agg(unchanged_since), '{}') as unchanged_since,
       coalesce(array_agg(unchanged_value), '{}') as unchanged_values
from core.latest where datastream_id = any(%(datastreams)b::int[])

-- name: insert_readings
insert into core.reading (datastream_id, tenant_id, time, value, quality, tests, uplink_id)
select datastream_id, tenant_id, time, value, quality, tests, uplink_id
from (select unnest(%(datastreams)b::int[]) as datastream_id, unnest(%(tenants)b::int[]) as tenant_id,
             unnest(%(times)b::timestamptz[]) as time, unnest(%(values)b::float8[]) as value,
             unnest(%(qualities)b::int[]) as quality, unnest(%(tests)b::int[]) as tests,
             unnest(%(uplinks)b::int8[]) as uplink_id) n

-- name: insert_missing_readings
-- The first reading of a moment stays; a copy changes nothing.
insert into core.reading (datastream_id, tenant_id, time, value, quality, tests, uplink_id)
select datastream_id, tenant_id, time, value, quality, tests, uplink_id
from unnest(%(datastreams)b::int[], %(tenants)b::int[], %(times)b::timestamptz[], %(values)b::float8[],
            %(qualities)b::int[], %(tests)b::int[], %(uplinks)b::int8[])
as n (datastream_id, tenant_id, time, value, quality, tests, uplink_id)
on conflict (datastream_id, time) do nothing

-- name: write_device_states
-- The newest frame of each device in the batch.
update core.device_state s set
    -- what a network server kept for us was sent then, not now; a clock ahead of ours counts as now
    last_seen_at = greatest(s.last_seen_at, least(n.received_at, n.time)),
    last_uplink_time = n.time, f_cnt = n.f_cnt, f_port = n.f_port, dev_addr = coalesce(n.dev_addr, s.dev_addr),
    sf = n.sf, gateways = n.gateways, rssi = n.rssi, snr = n.snr
from (
    select distinct on (device_id) *
    from (select unnest(%(devices)b::int[]) as device_id, unnest(%(times)b::timestamptz[]) as time,
                 unnest(%(received)b::timestamptz[]) as received_at, unnest(%(f_cnts)b::int8[]) as f_cnt,
                 unnest(%(f_ports)b::int[]) as f_port, unnest(%(dev_addrs)b::text[]) as dev_addr,
                 unnest(%(sfs)b::int[]) as sf, unnest(%(gateways)b::int[]) as gateways,
                 unnest(%(rssis)b::float8[]) as rssi, unnest(%(snrs)b::float8[]) as snr,
                 generate_series(1, cardinality(%(devices)b::int[])) as place) b
    order by device_id, time desc, place desc) n
where s.device_id = n.device_id and (s.last_uplink_time is null or s.last_uplink_time <= n.time)

-- name: insert_device_event
-- Another event of the same moment (both took the time of one arrival) stands a microsecond later; the same
-- event again, by the server's id or without one by its time, is a duplicate.
insert into core.device_event (device_id, tenant_id, kind, time, event_id, detail)
select %(device_id)s, %(tenant_id)s, %(kind)s, free.time, %(event_id)s, %(detail)s::jsonb
from (select n.time
      from (select %(time)s::timestamptz + k * interval '1 microsecond' as time
            from generate_series(0, case when %(event_id)s::text is null then 0 else 1000 end) k) n
      where not exists (select from core.device_event e
                        where e.device_id = %(device_id)s and e.kind = %(kind)s and e.time = n.time)
      order by n.time limit 1) free
where not exists (select from core.device_event e
                  where e.device_id = %(device_id)s and e.kind = %(kind)s and e.event_id = %(event_id)s::text)
on conflict do nothing
returning device_id

-- name: apply_join
update core.device_state set joined_at = greatest(joined_at, %(time)s), dev_addr = coalesce(%(dev_addr)s, dev_addr)
where device_id = %(device_id)s and (joined_at is null or joined_at <= %(time)s)

-- name: apply_status
update core.device_state set battery_level = %(battery_level)s, external_power = %(external_power)s,
    margin_db = %(margin)s, status_at = %(time)s
where device_id = %(device_id)s and (status_at is null or status_at <= %(time)s)

-- name: apply_location
update core.device_state set reported_latitude = %(latitude)s, reported_longitude = %(longitude)s
where device_id = %(device_id)s

-- name: count_fates
insert into core.ingest_fate as f (source_id, tenant_id, hour, fate, reason, messages)
select * from unnest(%(sources)b::int[], %(tenants)b::int[],
                     array_fill(date_trunc('hour', now()), array[cardinality(%(sources)b::int[])]),
                     %(fates)b::text[], %(reasons)b::text[], %(messages)b::int8[])
on conflict (source_id, hour, fate, reason) do update set messages = f.messages + excluded.messages

-- name: write_source_states
-- A process says how its sessions are doing, and what its clock says.
insert into core.source_state as s (source_id, session, tenant_id, connected_since, last_message_at, problem, problem_detail,
                                    messages_last_minute, lag_seconds, clock_ahead_seconds, updated_at)
select source_id, n.session, source.tenant_id, connected_since, last_message_at, problem, problem_detail,
       messages_last_minute, lag_seconds, extract(epoch from %(clock)s - clock_timestamp())::float8, now()
from unnest(%(sources)b::int[], %(sessions)b::int[], %(connected_since)b::timestamptz[], %(last_message_at)b::timestamptz[],
            %(problems)b::text[], %(problem_details)b::text[], %(messages_last_minute)b::int[], %(lag_seconds)b::float8[])
     as n (source_id, session, connected_since, last_message_at, problem, problem_detail, messages_last_minute, lag_seconds)
join core.source using (source_id)
on conflict (source_id, session) do update set
    connected_since = excluded.connected_since,
    last_message_at = coalesce(excluded.last_message_at, s.last_message_at),
    problem = excluded.problem, problem_detail = excluded.problem_detail,
    messages_last_minute = excluded.messages_last_minute, lag_seconds = excluded.lag_seconds,
    clock_ahead_seconds = excluded.clock_ahead_seconds, updated_at = now()

-- name: surplus_sessions
-- Sessions that a source had once and should not have any more; the broker may keep messages for them.
select source_id, t.session from core.source_state t join core.source s using (source_id)
where s.enabled and t.session >= s.sessions

-- name: forget_sessions
delete from core.source_state t using unnest(%(sources)b::int[], %(sessions)b::int[]) as n (source_id, session)
where t.source_id = n.source_id and t.session = n.session
