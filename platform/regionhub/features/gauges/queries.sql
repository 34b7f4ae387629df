-- name: gauges
-- Highest stage first; a gauge without a stage stands last. Within a stage the name decides, as in api.gauge_signal.
select site_id, tenant_id, name, water_body, latitude, longitude, gauge_zero_m, gauge_datum, stage_1_cm, stage_2_cm, stage_3_cm,
       datastream_id, time, level_cm, median_cm, quality, level_m_nhn, slope_cm_per_hour, state, reason, stale, stage, unconfirmed_stage, bound,
       no_data_reason, reason_since, since, decided_at, rises, next_stage, next_stage_cm, hours_to_next_stage, next_stage_at, discharge_m3s,
       discharge_missing
from api.gauge
where %(site_ids)s::integer[] is null or site_id = any(%(site_ids)s)
order by greatest(stage, unconfirmed_stage - 0.5) desc nulls last, name, site_id

-- name: gauges_page
-- A part of the list: what rises before all others, what is there soonest first; then as on the overview, what is unknown before what is in order.
select site_id, tenant_id, name, water_body, latitude, longitude, gauge_zero_m, gauge_datum, stage_1_cm, stage_2_cm, stage_3_cm,
       datastream_id, time, level_cm, median_cm, quality, level_m_nhn, slope_cm_per_hour, state, reason, stale, stage, unconfirmed_stage, bound,
       no_data_reason, reason_since, since, decided_at, rises, next_stage, next_stage_cm, hours_to_next_stage, next_stage_at, discharge_m3s,
       discharge_missing, (count(*) over ())::integer as found
from api.gauge
where %(tenant_id)s::integer is null or tenant_id = %(tenant_id)s
order by (rises or unconfirmed_stage is not null) desc, greatest(coalesce(stage, 0.5), unconfirmed_stage - 0.5) desc, case when rises then hours_to_next_stage end,
         case when rises then -slope_cm_per_hour end, time is null or stale desc, name, site_id
limit %(limit)s offset %(offset)s

-- name: recent_levels
-- Small charts of some gauges at once, without what failed.
select site_id, datastream_id, time, level_cm
from api.water_level
where site_id = any(%(site_ids)s) and time >= %(start)s and level_cm is not null and :believed(quality)
order by site_id, time

-- name: count_water_levels
-- Counts up to `most` and stops.
select count(*) as points
from (select from api.water_level
      where site_id = %(id)s and time >= %(start)s and time < %(end)s limit %(most)s) counted

-- name: water_levels_raw
select time, datastream_id, level_cm, level_m_nhn, gauge_datum, discharge_m3s, quality
from api.water_level
where site_id = %(id)s and time >= %(start)s and time < %(end)s
order by time, datastream_id
limit %(most)s

-- name: water_levels_hourly
-- Also the hour that the period begins in.
select bucket as time, datastream_id, avg_cm, min_cm, max_cm
from api.water_level_hourly
where site_id = %(id)s and bucket < %(end)s
  and bucket >= date_bin('1 hour', %(start)s::timestamptz, timestamptz 'epoch')
order by bucket, datastream_id
limit %(most)s

-- name: water_levels_daily
-- Also the day (Europe/Berlin) that the period begins in.
select bucket as time, datastream_id, avg_cm, min_cm, max_cm
from api.water_level_daily
where site_id = %(id)s and bucket < %(end)s
  and bucket >= date_trunc('day', %(start)s::timestamptz, 'Europe/Berlin')
order by bucket, datastream_id
limit %(most)s

-- name: level_streams
-- What measures or measured the level at a gauge; one row with nulls for a gauge without a sensor.
select d.datastream_id, d.finest
from api.site s
left join (api.installation i
           join api.datastream d on d.device_id = i.device_id
                and d.quantity in (select quantity from api.quantity where measures_level))
    on i.site_id = s.site_id
where s.site_id = %(site_id)s and s.kind = 'gauge'
group by s.site_id, d.datastream_id, d.finest

-- name: crests
-- Of some gauges, or of all that the reader sees.
select site_id, tenant_id, event_from, event_to, crest_time, crest_cm, crest_m_nhn, crest_stage, bound
from api.gauge_crest
where %(site_ids)s::integer[] is null or site_id = any(%(site_ids)s)
order by site_id

-- name: rain_near
-- Rain of the last hours at stations within some kilometres, the nearest first. Counters that go on counting are told by their increase.
with here as (
    select latitude, longitude from api.site where site_id = %(site_id)s
),
near as (
    select distinct on (s.site_id) s.site_id, s.tenant_id, s.name, d.datastream_id, d.quantity, k.km
    from here h
    join api.site s on s.latitude is not null
    cross join lateral (
        select 12742 * asin(sqrt(power(sin(radians(s.latitude - h.latitude) / 2), 2)
                                 + cos(radians(h.latitude)) * cos(radians(s.latitude)) * power(sin(radians(s.longitude - h.longitude) / 2), 2))) as km
    ) k
    join api.installation i on i.site_id = s.site_id and :installed(i)
    join api.datastream d on d.device_id = i.device_id and d.quantity in ('precipitation', 'precipitation_cumulative', 'rain_total')
    where k.km <= %(km)s
    order by s.site_id, array_position(array['precipitation', 'precipitation_cumulative', 'rain_total'], d.quantity)
)
select n.site_id, n.tenant_id, n.name, n.km, r.time, r.hour_mm, r.six_hours_mm, r.day_mm
from near n
cross join lateral (
    select max(x.time) as time, sum(x.mm) filter (where x.time > now() - interval '1 hour') as hour_mm,
           sum(x.mm) filter (where x.time > now() - interval '6 hours') as six_hours_mm,
           sum(x.mm) filter (where x.time > now() - interval '24 hours') as day_mm
    from (select time, case when n.quantity = 'precipitation' then value else greatest(value - lag(value) over (order by time), 0) end as mm
          from api.reading
          where datastream_id = n.datastream_id and time > now() - interval '25 hours' and value is not null and :believed(quality)) x
) r
order by n.km, n.name
limit 8
