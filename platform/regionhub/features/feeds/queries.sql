-- name: feeds
select source_id, tenant_id, tenant, name, kind, address, enabled, every_seconds, licence, origin, reach_km, stations, created_at, tried_at,
       fetched_at, newest_at, next_at, failures, problem, problem_detail, station_count
from api.feed order by tenant, name, source_id

-- name: feeds_of_all
select source_id, tenant_id, tenant, name, kind, address, enabled, every_seconds, licence, origin, reach_km, stations, created_at, tried_at,
       fetched_at, newest_at, next_at, failures, problem, problem_detail, station_count
from core.feed_state order by tenant, name, source_id

-- name: add_source
insert into core.source (tenant_id, name, kind, format, broker_url, topics)
values (%(tenant_id)s, %(name)s, 'reference', %(kind)s, %(address)s, array['*'])
returning source_id

-- name: add_feed
insert into core.feed (source_id, tenant_id, every_seconds, licence, origin, reach_km, list_address, stations)
values (%(source_id)s, %(tenant_id)s, %(every_seconds)s, %(licence)s, %(origin)s, %(reach_km)s, %(list_address)s, %(stations)s)

-- name: switch
update core.source set enabled = %(enabled)s where source_id = %(source_id)s and kind = 'reference' returning source_id

-- name: choose_stations
update core.feed set stations = %(stations)s, listed_at = null, next_at = now() where source_id = %(source_id)s returning source_id

-- name: is_due
update core.feed set next_at = now() where source_id = %(source_id)s returning source_id

-- name: station_of_site
select code, name, origin, licence from api.feed_station where site_id = %(site_id)s

-- name: warnings
select tenant_id, identifier, event, headline, description, instruction, severity, onset, expires, sent_at, origin, licence
from api.warning
order by array_position(array['extreme', 'severe', 'moderate', 'minor'], severity), onset, identifier

-- name: fire_danger_index
select tenant_id, day, wbi, issued_at, station, distance_km, origin, licence
from api.fire_danger_index
where day >= (now() at time zone 'Europe/Berlin')::date - %(days)s
order by tenant_id, day

-- name: weather_forecast
select tenant_id, station, time, issued_at, temperature_degc, dew_point_degc, wind_m_s, rain_mm, radiation_kj_m2, origin, licence
from api.weather_forecast
where time > now() - interval '1 hour'
order by tenant_id, time
