-- What a town does not see is in no forecast of its gauges; levels are read under its role.

-- name: gauge
select s.site_id, s.tenant_id, s.stage_1_cm, s.stage_2_cm, s.stage_3_cm,
       array(select u.upstream_site_id from api.gauge_upstream u
             where u.site_id = s.site_id order by u.steps, u.travel_minutes nulls last, u.upstream_site_id limit %(most)s) as upstream
from api.site s where s.site_id = %(site_id)s

-- name: levels
-- Believable levels of some gauges, each sensor by itself.
select site_id, datastream_id, time, level_cm from api.water_level
where site_id = any(%(site_ids)s) and time > %(start)s and time <= %(end)s and level_cm is not null and :believed(quality)
order by site_id, datastream_id, time

-- name: rain
-- As the owner: the streams are those that the town of the gauge sees. The mean of the nearest gauges of rain, by the hour that the clock has.
select h.hour, avg(h.mm) as mm
from (select * from core.weather_streams(%(site_id)s, array['precipitation', 'precipitation_cumulative', 'rain_total', 'rain_counter'],
                                         api.weather_reach('rain')) order by distance_km, datastream_id limit 4) n
cross join lateral core.rain_hourly(n.datastream_id, greatest(%(start)s, n.from_time), least(%(end)s, n.to_time), n.mm_per_count) h
where h.mm is not null
group by h.hour
order by h.hour

-- name: rain_ahead
-- As the owner: the point is one for the town of the gauge. Rain of the whole time up to each lead as it is forecast now, null where an hour is missing.
select l.lead, case when sum(x.hours) > l.lead - 0.01 then sum(f.rain_mm * x.hours) end as mm
from unnest(%(leads)s::integer[]) l (lead)
left join core.weather_forecast f on f.feed_station_id = core.weather_forecast_station(%(site_id)s) and f.rain_mm is not null
    and f.time > %(time)s and f.time < %(time)s + make_interval(hours => l.lead + 1) and f.issued_at <= %(now)s
left join lateral (
    select extract(epoch from least(f.time, %(time)s + make_interval(hours => l.lead)) - greatest(f.time - interval '1 hour', %(time)s)) / 3600 as hours
) x on true
group by l.lead
order by l.lead

-- name: rain_forecasts
-- What was forecast of rain when levels were forecast.
select level_time, to_jsonb(rain_ahead_mm) as ahead_mm
from core.gauge_forecast
where site_id = %(site_id)s and level_time > %(start)s and level_time <= %(end)s and rain_ahead_mm is not null
order by level_time
