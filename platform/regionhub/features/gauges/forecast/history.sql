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
