-- What a look at a feed reads and writes, as the owner.

-- name: due
select f.source_id from core.feed f join core.source s using (source_id)
where s.enabled and f.next_at <= now() order by f.next_at, f.source_id

-- name: feed
select f.source_id, f.tenant_id, t.slug as tenant, s.name, s.format as kind, s.broker_url as address,
       coalesce(f.list_address, s.broker_url) as list_address, f.every_seconds, f.reach_km, f.stations,
       coalesce(f.listed_at < now() - interval '20 hours', true) as lists_due, f.failures
from core.feed f join core.source s using (source_id) join core.tenant t on t.tenant_id = f.tenant_id
where f.source_id = %(source_id)s

-- name: towns
-- Those that the feed is for: the region's is for all.
select t.tenant_id, t.slug, t.name, t.latitude, t.longitude, t.ags
from core.tenant t
where (t.tenant_id = %(tenant_id)s
       or exists (select from core.tenant r where r.tenant_id = %(tenant_id)s and r.kind = 'region'))
order by t.slug

-- name: stations
select n.code, n.feed_station_id, n.device_id, d.dev_eui
from core.feed_station n left join core.device d using (device_id)
where n.source_id = %(source_id)s

-- name: versions
select path, etag, last_modified, asked_at from core.feed_file where source_id = %(source_id)s

-- name: keep_version
insert into core.feed_file (source_id, tenant_id, path, etag, last_modified, asked_at)
values (%(source_id)s, %(tenant_id)s, %(path)s, %(etag)s, %(last_modified)s, now())
on conflict (source_id, path) do update set
    etag = excluded.etag, last_modified = excluded.last_modified, asked_at = excluded.asked_at

-- name: keep_station
insert into core.feed_station (source_id, tenant_id, code, name, latitude, longitude, elevation_m)
values (%(source_id)s, %(tenant_id)s, %(code)s, %(name)s, %(latitude)s, %(longitude)s, %(elevation_m)s)
on conflict (source_id, code) do update set
    name = excluded.name, latitude = excluded.latitude, longitude = excluded.longitude,
    elevation_m = coalesce(excluded.elevation_m, core.feed_station.elevation_m), listed_at = now()
returning feed_station_id

-- name: keep_site
-- The site of a station; another one of the town may have its name. Stages that people entered stay where the operator tells none.
with changed as (
    update core.site s set
        latitude = %(latitude)s, longitude = %(longitude)s, water_body = coalesce(%(water_body)s, s.water_body),
        gauge_zero_m = coalesce(%(gauge_zero_m)s, s.gauge_zero_m),
        gauge_datum = case when %(gauge_zero_m)s::float8 is null then s.gauge_datum else %(gauge_datum)s end,
        stage_1_cm = coalesce(%(stage_1_cm)s, s.stage_1_cm),
        stage_2_cm = case when %(stage_1_cm)s::float8 is null then s.stage_2_cm else %(stage_2_cm)s end,
        stage_3_cm = case when %(stage_1_cm)s::float8 is null then s.stage_3_cm else %(stage_3_cm)s end
    where s.site_id = (select n.site_id from core.feed_station n where n.feed_station_id = %(feed_station_id)s)
    returning s.site_id
),
made as (
    insert into core.site (tenant_id, name, kind, latitude, longitude, water_body, gauge_zero_m, gauge_datum, stage_1_cm, stage_2_cm, stage_3_cm)
    select %(tenant_id)s, case when exists (select from core.site o where o.tenant_id = %(tenant_id)s and o.name = %(name)s)
                               then format('%%s (%%s)', left(%(name)s, 60), left(%(code)s, 50)) else left(%(name)s, 120) end,
           %(kind)s, %(latitude)s, %(longitude)s, %(water_body)s, %(gauge_zero_m)s, %(gauge_datum)s, %(stage_1_cm)s, %(stage_2_cm)s, %(stage_3_cm)s
    where not exists (select from changed)
    returning site_id
)
select site_id from changed union all select site_id from made

-- name: keep_device
-- What stands for the station; no radio device has such a number, which is locally administered.
insert into core.device (tenant_id, dev_eui, name, profile_id, parameters, interval_seconds)
values (%(tenant_id)s, %(dev_eui)s, left(%(name)s, 120), %(profile_id)s, %(parameters)s, %(interval_seconds)s)
on conflict (tenant_id, dev_eui) do update set name = excluded.name
returning device_id

-- name: install
insert into core.installation (tenant_id, device_id, site_id, from_time)
select %(tenant_id)s, %(device_id)s, %(site_id)s, timestamptz '2000-01-01 00:00:00+00'
where not exists (select from core.installation i where i.device_id = %(device_id)s)

-- name: link_station
update core.feed_station set device_id = %(device_id)s, site_id = %(site_id)s
where feed_station_id = %(feed_station_id)s and (device_id, site_id) is distinct from (%(device_id)s, %(site_id)s)

-- name: share
-- Towns within reach see what the region's stations measure.
insert into core.sharing_grant (datastream_id, tenant_id, to_tenant_id, resolution, purpose)
select d.datastream_id, d.tenant_id, t.tenant_id, 'raw', f.origin
from core.feed f
join core.tenant own on own.tenant_id = f.tenant_id and own.kind = 'region'
join core.feed_station n using (source_id)
join core.datastream d on d.device_id = n.device_id
join core.tenant t on t.tenant_id <> f.tenant_id and api.distance_km(t.latitude, t.longitude, n.latitude, n.longitude) <= f.reach_km
where f.source_id = %(source_id)s
  and not exists (select from core.sharing_grant g where g.datastream_id = d.datastream_id and g.to_tenant_id = t.tenant_id)

-- name: known_readings
select d.device_id, d.quantity, extract(epoch from r.time)::float8 as seconds, r.value, r.uplink_id
from core.datastream d join core.reading r using (datastream_id)
where d.device_id = any(%(devices)s) and r.time between %(first)s and %(last)s

-- name: name_rows
-- A corrected reading comes from the row that corrects it. The constants first and last rule out what need not be unpacked.
update core.reading r set uplink_id = u.uplink_id
from unnest(%(devices)s::int[], %(quantities)s::text[], %(times)s::timestamptz[], %(payloads)s::bytea[]) as n (device_id, quantity, time, payload)
join core.datastream d on d.device_id = n.device_id and d.quantity = n.quantity
cross join lateral (
    select x.uplink_id from core.uplink x
    where x.device_id = n.device_id and x.time = n.time and x.payload = n.payload and x.time between %(first)s and %(last)s
    order by x.uplink_id desc limit 1) u
where r.datastream_id = d.datastream_id and r.time = n.time and r.time between %(first)s and %(last)s

-- name: keep_forecasts
insert into core.weather_forecast (feed_station_id, tenant_id, time, issued_at, temperature_degc, dew_point_degc, wind_m_s, rain_mm, radiation_kj_m2)
select n.feed_station_id, n.tenant_id, x.time, x.issued_at, x.temperature, x.dew_point, x.wind, x.rain, x.radiation
from unnest(%(codes)s::text[], %(times)s::timestamptz[], %(issued)s::timestamptz[], %(temperatures)s::float8[], %(dew_points)s::float8[],
            %(winds)s::float8[], %(rains)s::float8[], %(radiations)s::float8[])
     as x (code, time, issued_at, temperature, dew_point, wind, rain, radiation)
join core.feed_station n on n.source_id = %(source_id)s and n.code = x.code
on conflict (feed_station_id, time) do update set
    issued_at = excluded.issued_at, temperature_degc = excluded.temperature_degc, dew_point_degc = excluded.dew_point_degc,
    wind_m_s = excluded.wind_m_s, rain_mm = excluded.rain_mm, radiation_kj_m2 = excluded.radiation_kj_m2
where core.weather_forecast.issued_at <= excluded.issued_at

-- name: forget_forecasts
delete from core.weather_forecast f using core.feed_station n
where n.feed_station_id = f.feed_station_id and n.source_id = %(source_id)s and f.time < now() - interval '60 days'

-- name: keep_dangers
insert into core.fire_danger_index (feed_station_id, tenant_id, day, issued_at, wbi)
select n.feed_station_id, n.tenant_id, x.day, x.issued_at, x.wbi
from unnest(%(codes)s::text[], %(days)s::date[], %(issued)s::timestamptz[], %(steps)s::smallint[]) as x (code, day, issued_at, wbi)
join core.feed_station n on n.source_id = %(source_id)s and n.code = x.code
on conflict (feed_station_id, day) do update set issued_at = excluded.issued_at, wbi = excluded.wbi
where core.fire_danger_index.issued_at <= excluded.issued_at

-- name: forget_warnings
delete from core.warning where source_id = %(source_id)s

-- name: keep_warning
insert into core.warning (source_id, tenant_id, warn_cell, identifier, event, headline, description, instruction, severity, onset, expires, sent_at)
values (%(source_id)s, %(tenant_id)s, %(warn_cell)s, %(identifier)s, %(event)s, %(headline)s, %(description)s, %(instruction)s, %(severity)s,
        %(onset)s, %(expires)s, %(sent_at)s)
on conflict do nothing

-- name: count_rows
insert into core.ingest_fate as f (source_id, tenant_id, hour, fate, reason, messages)
select %(source_id)s, %(tenant_id)s, date_trunc('hour', now()), x.fate, x.reason, x.rows
from unnest(%(fates)s::text[], %(reasons)s::text[], %(rows)s::bigint[]) as x (fate, reason, rows)
on conflict (source_id, hour, fate, reason) do update set messages = f.messages + excluded.messages

-- name: fetched
update core.feed set
    tried_at = now(), fetched_at = now(), newest_at = greatest(newest_at, %(newest_at)s), failures = 0, problem = null, problem_detail = null,
    listed_at = case when %(listed)s then now() else listed_at end, next_at = now() + make_interval(secs => every_seconds)
where source_id = %(source_id)s

-- name: failed
-- The longer it fails, the less often it is tried: at last every six hours.
update core.feed set
    tried_at = now(), newest_at = greatest(newest_at, %(newest_at)s), failures = failures + 1, problem = %(problem)s, problem_detail = %(detail)s,
    next_at = now() + least(make_interval(secs => every_seconds) * power(2, least(failures, 10)),
                            greatest(make_interval(secs => every_seconds), interval '6 hours'))
where source_id = %(source_id)s

-- name: keep_state
-- For alarms about a silent source.
insert into core.source_state (source_id, tenant_id, connected_since, last_message_at, updated_at)
select source_id, tenant_id, fetched_at, newest_at, now() from core.feed where source_id = %(source_id)s
on conflict (source_id, session) do update set
    connected_since = excluded.connected_since, last_message_at = excluded.last_message_at, updated_at = excluded.updated_at
