-- name: gauges
-- Highest stage first; a gauge without a stage stands last. Within a stage the name decides, as in api.gauge_signal.
select site_id, tenant_id, name, water_body, latitude, longitude, gauge_zero_m, stage_1_cm, stage_2_cm, stage_3_cm,
       datastream_id, time, level_cm, median_cm, quality, level_m_nhn, slope_cm_per_hour, state, reason, stale, stage, unconfirmed_stage, bound,
       no_data_reason, reason_since, since, decided_at, next_stage, next_stage_cm, hours_to_next_stage, next_stage_at, discharge_m3s,
       discharge_missing
from api.gauge
where %(site_id)s::integer is null or site_id = %(site_id)s
order by greatest(stage, unconfirmed_stage - 0.5) desc nulls last, name, site_id

-- name: gauges_page
-- A part of the list; as on the overview what is unknown stands before what is in order.
select site_id, tenant_id, name, water_body, latitude, longitude, gauge_zero_m, stage_1_cm, stage_2_cm, stage_3_cm,
       datastream_id, time, level_cm, median_cm, quality, level_m_nhn, slope_cm_per_hour, state, reason, stale, stage, unconfirmed_stage, bound,
       no_data_reason, reason_since, since, decided_at, next_stage, next_stage_cm, hours_to_next_stage, next_stage_at, discharge_m3s,
       discharge_missing, (count(*) over ())::integer as found
from api.gauge
where %(tenant_id)s::integer is null or tenant_id = %(tenant_id)s
order by greatest(coalesce(stage, 0.5), unconfirmed_stage - 0.5) desc, time is null or stale desc, name, site_id
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
select time, datastream_id, level_cm, level_m_nhn, discharge_m3s, quality
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
