-- name: feeds
select source_id, tenant_id, name, kind, address, enabled, every_seconds, licence, origin, reach_km, stations, tried_at, fetched_at, newest_at,
       next_at, failures, problem, problem_detail
from api.feed order by name, source_id

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
