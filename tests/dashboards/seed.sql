-- One town for the dashboard tests. Names begin with its slug and values lie between %(base)s and
-- %(base)s + 100, so a value of another town is seen at once. Readings: every 10 minutes for 9 days,
-- hourly for 60, twice a day for five years; the sensor of "Eiche" was silent from 50 to 26 hours ago.
-- name: tenant
insert into core.tenant (slug, name) values (%(slug)s, initcap(%(slug)s))

-- name: sites
insert into core.site (tenant_id, name, kind, latitude, longitude, soil_texture, stage_1_cm, stage_2_cm, stage_3_cm)
select t.tenant_id, %(slug)s || ' ' || v.name, v.kind, 51.4, 8.0, v.texture, v.s1, v.s1 + 20, v.s1 + 40
from core.tenant t
cross join (values ('Linde', 'tree', 'Sl3', null::float8), ('Eiche', 'tree', null, null), ('Beet', 'bed', 'Ls3', null),
                   ('Pegel Brücke', 'gauge', null, %(base)s + 30), ('Pegel Wehr', 'gauge', null, null)) as v (name, kind, texture, s1)
where t.slug = %(slug)s

-- name: devices
insert into core.device (tenant_id, dev_eui, name, profile_id, interval_seconds)
select s.tenant_id, lpad(to_hex(s.site_id + 4096), 16, '0'), s.name || ' Sensor', 'test/sensor', 600
from core.site s join core.tenant t using (tenant_id) where t.slug = %(slug)s and s.name <> %(slug)s || ' Beet'

-- name: installations
insert into core.installation (tenant_id, device_id, site_id, from_time, mounting_height_cm, depth_cm)
select s.tenant_id, d.device_id, s.site_id, now() - interval '6 years',
       case when s.kind = 'gauge' then %(base)s + 100 end, case when s.kind = 'tree' then 30 end
from core.site s join core.device d on d.tenant_id = s.tenant_id and d.name = s.name || ' Sensor'
join core.tenant t on t.tenant_id = s.tenant_id where t.slug = %(slug)s

-- name: datastreams
insert into core.datastream (tenant_id, device_id, quantity)
select i.tenant_id, i.device_id, q.quantity
from core.installation i join core.site s using (site_id) join core.tenant t on t.tenant_id = i.tenant_id
join (values ('tree', 'soil_moisture_vwc'), ('tree', 'soil_water_tension'), ('tree', 'soil_temperature'), ('gauge', 'distance'),
             ('tree', 'battery_voltage'), ('gauge', 'battery_voltage')) as q (kind, quantity) on q.kind = s.kind
where t.slug = %(slug)s

-- name: readings
insert into core.reading (datastream_id, tenant_id, time, value, quality)
select d.datastream_id, d.tenant_id, g.time,
       case when d.quantity = 'distance' then 10 * (50 + 40 * sin(extract(epoch from g.time) / 86400.0))
            else %(base)s + 50 + 40 * sin(extract(epoch from g.time) / 86400.0) end,
       1
from core.datastream d join core.device v using (device_id) join core.tenant t on t.tenant_id = d.tenant_id
cross join (
    select generate_series(date_bin('10 minutes', now(), 'epoch') - interval '9 days', now(), interval '10 minutes') as time
    union select generate_series(date_bin('1 hour', now(), 'epoch') - interval '60 days', now() - interval '9 days', interval '1 hour')
    union select generate_series(date_bin('12 hours', now(), 'epoch') - interval '1825 days', now() - interval '60 days', interval '12 hours')
) g
where t.slug = %(slug)s
  and not (v.name like '%%Eiche%%' and g.time between now() - interval '50 hours' and now() - interval '26 hours')

-- name: failed
-- Three readings of "Linde" are far outside and failed their test.
update core.reading r set value = -999, quality = 4
from core.datastream d join core.device v using (device_id) join core.tenant t on t.tenant_id = d.tenant_id
where d.datastream_id = r.datastream_id and t.slug = %(slug)s and v.name like '%%Linde%%' and d.quantity <> 'battery_voltage'
  and r.time between now() - interval '3 hours' and now() - interval '2 hours 35 minutes'

-- name: latest
insert into core.latest (datastream_id, tenant_id, time, value, quality, unchanged_since, received_at)
select d.datastream_id, d.tenant_id, r.time, r.value, r.quality, r.time, r.time
from core.datastream d join core.tenant t using (tenant_id)
cross join lateral (select * from core.reading r where r.datastream_id = d.datastream_id order by r.time desc limit 1) r
where t.slug = %(slug)s

-- name: source
insert into core.source (tenant_id, name, format, broker_url, topics)
select tenant_id, slug || ' LNS', 'chirpstack-v4', 'mqtt://localhost:1883', array['application/#'] from core.tenant where slug = %(slug)s

-- name: uplinks
insert into core.uplink (uplink_id, tenant_id, source_id, device_id, time, time_source, received_at, dev_addr, f_cnt, f_port,
                         payload, content_key, sf, gateways, rssi, snr, receptions, profile_id)
select nextval('core.uplink_id'), d.tenant_id, s.source_id, d.device_id, g.time, 'event', g.time, '01020304', row_number() over (partition by d.device_id order by g.time), 2,
       '\x00'::bytea, 1, 9, 2, -100 - %(base)s / 100.0, 5, '[]', d.profile_id
from core.device d join core.source s using (tenant_id) join core.tenant t using (tenant_id)
cross join generate_series(now() - interval '9 days', now(), interval '1 hour') as g (time)
where t.slug = %(slug)s

-- name: device_states
insert into core.device_state (device_id, tenant_id, last_seen_at, f_cnt, sf, gateways, rssi, snr)
select d.device_id, d.tenant_id, now() - (row_number() over (order by d.device_id) - 1) * interval '70 minutes', 10, 9, 2, -100, 5
from core.device d join core.tenant t using (tenant_id) where t.slug = %(slug)s

-- name: fates
insert into core.ingest_fate (source_id, tenant_id, hour, fate, reason, messages)
select s.source_id, s.tenant_id, g.hour, f.fate, '', %(base)s + 1
from core.source s join core.tenant t using (tenant_id)
cross join generate_series(date_trunc('hour', now()) - interval '300 days', now(), interval '1 hour') as g (hour)
cross join (values ('stored'), ('duplicate'), ('dead_letter'), ('ignored')) as f (fate)
where t.slug = %(slug)s

-- name: dead_letters
insert into core.dead_letter (tenant_id, source_id, topic, body, body_bytes, digest, reason, detail, dev_eui, first_received_at, last_received_at)
select s.tenant_id, s.source_id, 'application/1', '\x00', 1, sha256((t.slug || r.reason)::bytea), r.reason, t.slug || ' Beispiel', null, now(), now() - interval '10 minutes'
from core.source s join core.tenant t using (tenant_id)
cross join (values ('unknown_device'), ('not_decodable')) as r (reason)
where t.slug = %(slug)s
