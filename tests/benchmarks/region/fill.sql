-- Readings and frames of a region, made on the server.

-- name: sent
-- When each device sent in a period: at a second of its own, which it misses by up to two; numbered as they arrive.
create temporary table sent as
select u.device_id, u.tenant_id, u.profile_id, u.time, u.number, nextval('core.uplink_id') as uplink_id
from (select d.device_id, d.tenant_id, d.profile_id, floor(extract(epoch from t) / d.interval_seconds)::bigint as number,
             t + make_interval(secs => mod(d.device_id * 7919, d.interval_seconds) + random() * 2) as time
      from core.device d
      join core.installation i using (device_id),
           generate_series(%(start)s, %(end)s - interval '1 second', make_interval(secs => d.interval_seconds)) as t
      order by time) u

-- name: readings
-- In the resolution of the sensors; one of 500 failed a quality test.
insert into core.reading (datastream_id, tenant_id, time, value, quality, uplink_id)
select s.datastream_id, s.tenant_id, u.time,
       case s.quantity
           when 'soil_moisture_vwc' then round((22 + 10 * sin(e / 800000 + s.datastream_id) + random() * 0.3)::numeric, 2)
           when 'soil_temperature' then round((12 + 8 * sin(e / 86400 * 6.283) + random() * 0.2)::numeric, 2)
           when 'soil_ec' then round(300 + 40 * sin(e / 500000 + s.datastream_id) + random() * 6)
           when 'distance' then round(3200 - 800 * abs(sin(e / 300000 + s.datastream_id)) + random() * 4)
           when 'air_temperature' then round((12 + 10 * sin(e / 86400 * 6.283) + random() * 0.4)::numeric, 1)
           when 'relative_humidity' then round((70 + 20 * sin(e / 86400 * 6.283) + random()) * 2) / 2
           else round((3.6 - 0.001 * mod(u.number / 100, 100) + case when random() < 0.2 then 0.001 else 0 end)::numeric, 3) end,
       case when random() < 0.002 then 4 else 1 end, u.uplink_id
from sent u
join core.datastream s using (device_id),
     lateral (select extract(epoch from u.time)::float8 as e) x
order by s.datastream_id, u.time

-- name: uplinks
-- One to three gateways received each of them, as well as they do, more or less; payloads of eleven bytes.
insert into core.uplink (uplink_id, tenant_id, source_id, device_id, time, time_source, received_at, dev_addr, f_cnt, f_port,
                         payload, confirmed, sf, bw_hz, frequency_hz, dr, gateways, rssi, snr, receptions,
                         profile_id, profile_version, recovered)
select u.uplink_id, u.tenant_id, %(source)s, u.device_id, u.time, 'event', u.time + make_interval(secs => 0.15 + random() * 0.3),
       lpad(to_hex(16777216 + u.device_id), 8, '0'), mod(u.number, 65536), 2,
       '\x0ce20000'::bytea || substr(decode(md5(u.uplink_id::text), 'hex'), 1, 6) || '\x10'::bytea,
       false, 7, 125000, 867100000 + 200000 * mod(u.uplink_id, 8), 5, u.gateways, u.rssi, u.snr,
       (select jsonb_agg(jsonb_build_object('gateway', 'ac1f09fffe' || lpad(to_hex(u.tenant_id * 16 + k), 6, '0'),
                                            'rssi', u.rssi - 9 * (k - 1), 'snr', u.snr - 4.5 * (k - 1) - mod(u.uplink_id, 3) / 4.0))
        from generate_series(1, u.gateways) as k),
       u.profile_id, '53ea0fb9d5905c9c', false
from (select s.*, 1 + floor(random() * 3)::int as gateways, round(-95 + 10 * random()) as rssi, round(20 + 16 * random()) / 4 as snr
      from sent s) u
order by u.time

-- name: latest
insert into core.latest (datastream_id, tenant_id, time, value, quality, received_at)
select s.datastream_id, s.tenant_id, n.time, n.value, n.quality, n.time
from core.datastream s
cross join lateral (
    select r.time, r.value, r.quality from core.reading r
    where r.datastream_id = s.datastream_id and r.time > now() - interval '2 days' order by r.time desc limit 1) n
on conflict do nothing

-- name: device_states
insert into core.device_state (device_id, tenant_id, last_seen_at, last_uplink_time, f_cnt, sf, gateways, rssi, snr)
select distinct on (device_id) device_id, tenant_id, received_at, time, f_cnt, sf, gateways, rssi, snr
from core.uplink where time > now() - interval '2 days' order by device_id, time desc
on conflict do nothing
