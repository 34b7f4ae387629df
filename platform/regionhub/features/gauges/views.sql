-- Water levels. A distance sensor hangs mounting_height_cm above gauge zero; a pressure probe sits at
-- mounting_height_cm and 1 hPa of water column is 1.01972 cm. Level = cm above gauge zero.

create function api.level_cm(quantity text, value double precision, mounting_height_cm double precision)
returns double precision language sql immutable parallel safe as $$
    select case quantity
        when 'distance' then mounting_height_cm - value / 10
        when 'pressure_difference' then mounting_height_cm + value * 1.01972
        when 'water_depth' then mounting_height_cm + value / 10
        when 'water_level' then value
    end
$$;
comment on function api.level_cm is 'Level in cm above gauge zero from a reading in its canonical unit (mm, hPa, mm, cm).';

create view api.water_level with (security_barrier) as
select i.site_id, r.datastream_id, r.tenant_id, r.time, r.quality,
       api.rounded(api.level_cm(d.quantity, r.value, i.mounting_height_cm), 2) as level_cm
from core.reading r
join core.datastream d using (datastream_id)
join core.installation i on i.device_id = d.device_id and r.time >= i.from_time and (i.to_time is null or r.time < i.to_time)
where d.quantity in (select quantity from core.quantity where measures_level)
  and (:seen(r.tenant_id)
       or :granted(r.datastream_id, raw));
comment on view api.water_level is 'Every reading of a gauge as level above gauge zero; null when the mounting height is unknown.';

-- The rollups are asked for each datastream (offset 0 keeps the planner from joining them as a whole): what
-- is not yet rolled up would else be grouped for all sensors to show one gauge.
create view api.water_level_hourly with (security_barrier) as
select i.site_id, d.datastream_id, d.tenant_id, r.bucket,
       api.rounded(api.level_cm(d.quantity, r.sum / r.count, i.mounting_height_cm), 2) as avg_cm,
       api.rounded(least(api.level_cm(d.quantity, r.min, i.mounting_height_cm), api.level_cm(d.quantity, r.max, i.mounting_height_cm)), 2) as min_cm,
       api.rounded(greatest(api.level_cm(d.quantity, r.min, i.mounting_height_cm), api.level_cm(d.quantity, r.max, i.mounting_height_cm)), 2) as max_cm
from core.installation i
join core.datastream d using (device_id)
cross join lateral (
    select * from core.reading_hourly
    where datastream_id = d.datastream_id and bucket >= i.from_time
      and (i.to_time is null or bucket + interval '1 hour' <= i.to_time)
    offset 0) r
where d.quantity in (select quantity from core.quantity where measures_level)
  and (:seen(d.tenant_id)
       or :granted(d.datastream_id, hourly));
comment on view api.water_level_hourly is 'Level by hour (UTC), without failed and missing readings; only hours that the sensor hung there throughout.';

create view api.water_level_daily with (security_barrier) as
select i.site_id, d.datastream_id, d.tenant_id, r.bucket,
       api.rounded(api.level_cm(d.quantity, r.sum / r.count, i.mounting_height_cm), 2) as avg_cm,
       api.rounded(least(api.level_cm(d.quantity, r.min, i.mounting_height_cm), api.level_cm(d.quantity, r.max, i.mounting_height_cm)), 2) as min_cm,
       api.rounded(greatest(api.level_cm(d.quantity, r.min, i.mounting_height_cm), api.level_cm(d.quantity, r.max, i.mounting_height_cm)), 2) as max_cm
from core.installation i
join core.datastream d using (device_id)
cross join lateral (
    select * from core.reading_daily
    where datastream_id = d.datastream_id and bucket >= i.from_time
      and (i.to_time is null or bucket at time zone 'Europe/Berlin' + interval '1 day' <= i.to_time at time zone 'Europe/Berlin')
    offset 0) r
where d.quantity in (select quantity from core.quantity where measures_level)
  and (:seen(d.tenant_id)
       or :granted(d.datastream_id, daily));
comment on view api.water_level_daily is 'Level by day (Europe/Berlin), without failed and missing readings; only days that the sensor hung there throughout.';

create view api.gauge with (security_barrier) as
with stream as (
    select i.site_id, i.mounting_height_cm, i.from_time, d.datastream_id, d.quantity, v.interval_seconds,
           greatest(3 * make_interval(secs => v.interval_seconds), t.trend_window) as trend_window,
           greatest(2 * make_interval(secs => v.interval_seconds), t.stale_after) as stale_after
    from core.installation i
    join core.device v using (device_id)
    join core.datastream d using (device_id)
    cross join core.gauge_threshold t
    where i.from_time <= now() and (i.to_time is null or i.to_time > now())
      and d.quantity in (select quantity from core.quantity where measures_level)
      and (:seen(d.tenant_id)
           or :granted(d.datastream_id, raw))
),
measured as (
    select s.*, n.time, n.level_cm, n.quality, m.median_cm, m.slope_cm_per_hour
    from stream s
    cross join lateral (
        -- without the noise of floating point, which would decide at a stage
        select r.time, r.quality, api.rounded(api.level_cm(s.quantity, r.value, s.mounting_height_cm), 6) as level_cm
        from core.reading r
        where r.datastream_id = s.datastream_id and r.time >= s.from_time and r.time <= now() + interval '5 minutes'
          and :believed(r.quality)
        order by r.time desc limit 1
    ) n
    cross join lateral (
        select (select percentile_cont(0.5) within group (order by api.level_cm(s.quantity, x.value, s.mounting_height_cm))
                from (select r.value from core.reading r
                      where r.datastream_id = s.datastream_id and r.time <= n.time and r.time > n.time - s.trend_window
                        and r.time >= s.from_time and :believed(r.quality)
                      order by r.time desc limit 3) x) as median_cm,
               -- Theil-Sen: the median of all pairwise slopes, so that one bad value does not tip it
               (select percentile_cont(0.5) within group (order by
                    (api.level_cm(s.quantity, b.value, s.mounting_height_cm) - api.level_cm(s.quantity, a.value, s.mounting_height_cm))
                    / (extract(epoch from b.time - a.time) / 3600.0))
                from core.reading a
                join core.reading b on b.datastream_id = a.datastream_id and b.time > a.time
                where a.datastream_id = s.datastream_id and a.time > n.time - s.trend_window and b.time <= n.time
                  and a.time >= s.from_time and :believed(a.quality) and :believed(b.quality)) as slope_cm_per_hour
    ) m
),
-- Of several sensors at one gauge the highest level that is not stale counts: a second one that reads
-- lower must not hide a stage.
newest as (
    select distinct on (site_id) * from measured where level_cm is not null
    order by site_id, time < now() - stale_after, level_cm desc, time desc
)
select g.site_id, g.tenant_id, g.name, g.water_body, g.latitude, g.longitude, g.gauge_zero_m,
       g.stage_1_cm, g.stage_2_cm, g.stage_3_cm,
       m.datastream_id, m.time, api.rounded(m.level_cm, 2) as level_cm, api.rounded(m.median_cm, 2) as median_cm, m.quality,
       api.rounded(g.gauge_zero_m + m.level_cm / 100, 4) as level_m_nhn,
       api.rounded(m.slope_cm_per_hour, 2) as slope_cm_per_hour,
       coalesce(m.time < now() - m.stale_after, true) as stale,
       case when m.time is null or m.time < now() - m.stale_after or g.stage_1_cm is null and g.stage_2_cm is null and g.stage_3_cm is null then null
            when m.level_cm >= g.stage_3_cm then 3
            when m.level_cm >= g.stage_2_cm then 2
            when m.level_cm >= g.stage_1_cm then 1
            else 0 end as stage,
       case when m.time >= now() - m.stale_after then null
            when exists (select from stream s where s.site_id = g.site_id)
                 and not exists (select from stream s where s.site_id = g.site_id and (s.mounting_height_cm is not null or s.quantity = 'water_level'))
            then 'mounting_height_missing'
            else coalesce(a.reason, 'no_sensor') end as no_data_reason,
       a.since as reason_since
from core.site g
left join newest m using (site_id)
left join lateral (
    -- of several sensors the one that gave a value last, or was heard last
    select w.reason, w.since
    from core.installed_stream p
    cross join core.gauge_threshold t
    cross join lateral api.absence(p.installed_at, p.heard_at, p.value_at, p.newest_quality, p.unreadable, p.interval_seconds,
                                   greatest(2 * make_interval(secs => p.interval_seconds), t.stale_after)) w
    where (m.time >= now() - m.stale_after) is not true and p.site_id = g.site_id
      and (p.datastream_id is null
           or p.quantity = 'water_level'
           or p.mounting_height_cm is not null and p.quantity in (select quantity from core.quantity where measures_level))
      and (:seen(p.tenant_id)
           or :granted(p.datastream_id, raw))
    order by p.value_at desc nulls last, p.heard_at desc nulls last
    limit 1
) a on true
where g.kind = 'gauge'
  and (:seen(g.tenant_id)
       or g.site_id in (select site_id from stream));
comment on view api.gauge is
    'One row per gauge: newest level (cm above gauge zero), median of the last three, rate of rise (cm/h), stage reached (0 to 3; '
    'null when unknown: no stage values, no reading or a stale one). no_data_reason: why there is no level, or none that is not stale; '
    'reason_since: since when, where that is known (api.absence).';

create view api.gauge_signal with (security_barrier) as
-- levels above the zeros of different gauges cannot be compared: within a stage the name decides
select g.tenant_id, g.site_id, 'gauges' as signal, v.state, v.level, null::double precision as place, null::timestamptz as since, g.time,
       g.level_cm as value, 'cm' as unit, 0 as decimals,
       coalesce(g.no_data_reason, case when g.quality = 3 then 'suspect' end) as reason, g.reason_since
from api.gauge g
join core.level v on v.signal = 'gauges'
    and v.state = case when g.time is null or g.stale then 'no_data' when g.stage is null then 'no_stages' else 'stage_' || g.stage end;
comment on view api.gauge_signal is 'The stage that a gauge has reached. A stale level is no level.';
