-- Water levels. A distance sensor hangs mounting_height_cm above gauge zero; a pressure probe sits at
-- mounting_height_cm and 1 hPa of water column is 1.01972 cm; a depth to water is measured from mounting_height_cm
-- downwards. Level = cm above gauge zero.

create function api.level_cm(quantity text, value double precision, mounting_height_cm double precision)
returns double precision language sql immutable parallel safe as $$
    select case quantity
        when 'distance' then mounting_height_cm - value / 10
        when 'depth_to_water' then mounting_height_cm - value / 10
        when 'pressure_difference' then mounting_height_cm + value * 1.01972
        when 'water_depth' then mounting_height_cm + value / 10
        when 'water_level' then value
    end
$$;
comment on function api.level_cm is 'Level in cm above gauge zero from a reading in its canonical unit (mm, mm, hPa, mm, cm).';

create function api.discharge_m3s(levels_cm double precision[], discharges_m3s double precision[], form text, zero_flow_cm double precision,
                                  level_cm double precision)
returns double precision language sql immutable parallel safe as $$
    select api.rounded(case
        when p.h2 = p.h1 then p.q1
        -- Q = c (h - h0)^b through both points, which a straight line on logarithmic paper is
        when discharge_m3s.form = 'power' and p.q1 > 0 and p.h1 > zero_flow_cm
        then p.q1 * power((p.h - zero_flow_cm) / (p.h1 - zero_flow_cm), ln(p.q2 / p.q1) / ln((p.h2 - zero_flow_cm) / (p.h1 - zero_flow_cm)))
        else p.q1 + (p.q2 - p.q1) * (p.h - p.h1) / (p.h2 - p.h1) end, 4)
    from (
        select discharge_m3s.level_cm as h, levels_cm[k] as h1, levels_cm[k + 1] as h2, discharges_m3s[k] as q1, discharges_m3s[k + 1] as q2
        from generate_series(1, cardinality(levels_cm) - 1) k
        where discharge_m3s.level_cm between levels_cm[1] and levels_cm[cardinality(levels_cm)] and levels_cm[k] <= discharge_m3s.level_cm
        order by k desc limit 1
    ) p
$$;
comment on function api.discharge_m3s is
    'Discharge (m³/s) at a level by a rating curve: between its points a straight line (form linear) or a power of the height above the level '
    'at which nothing flows (form power); null outside of the points.';

create view api.water_level with (security_barrier) as
select i.site_id, r.datastream_id, r.tenant_id, r.time, r.quality,
       api.rounded(api.level_cm(d.quantity, r.value, i.mounting_height_cm), 2) as level_cm,
       case when p.gauge_datum <> 'NN'
            then api.rounded(p.gauge_zero_m + api.level_cm(d.quantity, r.value, i.mounting_height_cm) / 100, 4) end as level_m_nhn, p.gauge_datum,
       (select api.discharge_m3s(c.levels_cm, c.discharges_m3s, c.form, c.zero_flow_cm,
                                 api.level_cm(d.quantity, r.value, i.mounting_height_cm))
        from core.rating_curve c
        where c.site_id = i.site_id and c.from_time <= r.time and (c.to_time is null or r.time < c.to_time)) as discharge_m3s
from core.reading r
join core.datastream d using (datastream_id)
join core.installation i on i.device_id = d.device_id and r.time >= i.from_time and (i.to_time is null or r.time < i.to_time)
left join core.gauge_reference p on p.site_id = i.site_id and p.from_time <= r.time and (p.to_time is null or r.time < p.to_time)
where d.quantity in (select quantity from core.quantity where measures_level)
  and (:seen(r.tenant_id)
       or :granted(r.datastream_id, raw));
comment on view api.water_level is
    'Every reading of a gauge as level above gauge zero (null when the mounting height is unknown), above NHN by the zero that held then '
    '(gauge_datum says of which year; null where that is a height above NN, which is none above NHN), '
    'and as discharge by the rating curve that held then (null outside of the curve).';

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

drop view if exists core.gauge_decision;
drop function if exists core.shared_gauge;
drop function if exists core.decide_gauges;
drop function if exists core.begin_gauges;
drop function if exists core.gauge_trend;

create function api.stage(level_cm double precision, stage_1_cm double precision, stage_2_cm double precision, stage_3_cm double precision)
returns integer language sql immutable parallel safe as $$
    -- without the noise of floating point, which would decide at a stage
    select case when stage.level_cm is null or coalesce(stage_1_cm, stage_2_cm, stage_3_cm) is null then null
                when api.rounded(stage.level_cm, 6) >= stage_3_cm then 3
                when api.rounded(stage.level_cm, 6) >= stage_2_cm then 2
                when api.rounded(stage.level_cm, 6) >= stage_1_cm then 1
                else 0 end
$$;
comment on function api.stage is 'The stage (0 to 3) that a level reaches; null where there is no level, or no stage is set.';

create function api.hours_to_level(target_cm double precision, level_cm double precision, slope_cm_per_hour double precision,
                                  rising_cm_per_hour double precision)
returns double precision language sql immutable parallel safe as $$
    select case when not slope_cm_per_hour >= rising_cm_per_hour then null
                when target_cm < hours_to_level.level_cm then 0
                else (target_cm - hours_to_level.level_cm) / slope_cm_per_hour end
$$;
comment on function api.hours_to_level is
    'How long a level takes to a target at its rate of rise, hours; null where it rises by less than rising_cm_per_hour.';

create function api.rising_cm_per_hour() returns double precision language sql stable security definer set search_path = pg_catalog as $$
    select rising_cm_per_hour from core.gauge_threshold
$$;
comment on function api.rising_cm_per_hour is 'Slower than this the water stands, cm/h.';

create function api.bound(quantity text, value double precision) returns text language sql immutable parallel safe as $$
    -- no sensor is blind for more than a metre, and none ends within one; below its zero a probe is dry
    select case when api.level_cm(bound.quantity, 1, 0) < 0 and bound.value >= 1000
                  or api.level_cm(bound.quantity, 1, 0) > 0 and bound.value <= 0 then 'at_most' else 'at_least' end
$$;
comment on function api.bound is
    'Whether a level is at_least or at_most what a sensor at the end of its range gives (test 16): water inside the blind zone of a '
    'distance sensor stands at least so high.';

create function core.gauge_trend(stream integer, quantity text, mounting_height_cm double precision, since timestamptz, until timestamptz,
                                 span interval)
returns table (median_cm double precision, slope_cm_per_hour double precision, fitted_cm double precision) language sql stable as $$
    with recent as (
        select r.time, api.level_cm(gauge_trend.quantity, r.value, gauge_trend.mounting_height_cm) as level_cm
        from core.reading r
        where r.datastream_id = stream and r.time <= until and r.time > until - span and r.time >= since
          and r.value is not null and :decisive(r.quality, r.tests)
    )
    select (select percentile_cont(0.5) within group (order by level_cm) from (select * from recent order by time desc limit 3) x),
           s.slope,
           (select percentile_cont(0.5) within group (order by r.level_cm + s.slope * extract(epoch from until - r.time) / 3600.0) from recent r)
    -- Theil-Sen: the median of all pairwise slopes, so that one bad value does not tip it
    from (select percentile_cont(0.5) within group (order by (b.level_cm - a.level_cm) / (extract(epoch from b.time - a.time) / 3600.0)) as slope
          from recent a join recent b on b.time > a.time) s
$$;
comment on function core.gauge_trend is
    'Median of the last three levels (cm), rate of rise (cm/h) and the level on the line of that rate (cm) of a sensor over a span up to a reading.';

create function core.begin_gauges(site_ids integer[], begins timestamptz[])
returns table (site_id integer, begins timestamptz) language sql stable as $$
    select b.site_id, b.begins
    from core.gauge_threshold t
    cross join lateral (select array_agg(quantity) as quantities from core.quantity where measures_level) m
    cross join lateral (
        select array_agg(a.site_id) as site_ids, array_agg(a.begins) as begins
        from unnest(begin_gauges.site_ids, begin_gauges.begins) a (site_id, begins)
        join core.site s on s.site_id = a.site_id and s.kind = 'gauge'
    ) g
    cross join lateral core.begin_before(g.site_ids, g.begins, m.quantities, t.stale_after) b
$$;
comment on function core.begin_gauges is 'A reading confirms the one before it, or shows that it was a false echo: a stage is decided again from there on.';

create function core.decide_gauges(site_ids integer[], begins timestamptz[], until timestamptz, streams integer[] default null)
returns table (site_id integer, at timestamptz, due_at timestamptz, state text, place double precision, "time" timestamptz,
               value double precision, unit text, decimals integer, reason text, reason_since timestamptz, inputs jsonb)
language sql stable as $$
    with asked as (
        select s.site_id, a.begins
        from unnest(decide_gauges.site_ids, decide_gauges.begins) a (site_id, begins)
        join core.site s using (site_id)
        where s.kind = 'gauge'
    ),
    measures as (
        select array_agg(quantity) as quantities, array_agg(quantity) filter (where quantity <> 'water_level') as needing_height,
               array_agg(quantity) filter (where api.level_cm(quantity, 1, 0) < 0) as falling
        from core.quantity where measures_level
    ),
    -- materialized: a function of what a column is computed from is not taken into the query, and takes ten times as long
    measured as materialized (
        select h.*, api.level_cm(h.quantity, h.value, h.mounting_height_cm) as level_cm,
               api.level_cm(h.quantity, h.steady, h.mounting_height_cm) as steady_cm,
               h.mounting_height_cm is not null or h.quantity = 'water_level' as has_height
        from core.gauge_threshold t
        cross join measures m
        cross join lateral core.held_values((select array_agg(a.site_id) from asked a), (select array_agg(a.begins) from asked a), until,
                                            m.quantities, t.stale_after, '{}', null, m.falling, decide_gauges.streams) h
    ),
    -- a moment more where other stages came into force
    held as materialized (
        select m.*, m.at as moment from measured m
        union all
        select m.*, p.from_time
        from asked a
        join core.gauge_reference p on p.site_id = a.site_id and p.from_time > a.begins and p.from_time <= until
        cross join lateral (select max(x.at) as at from measured x where x.site_id = a.site_id and x.at <= p.from_time) l
        join measured m on m.site_id = a.site_id and m.at = l.at and m.at < p.from_time
    ),
    -- A stage needs a second reading. What is there for the first time counts as long as it reaches none that alarms.
    sure as materialized (
        select h.*, coalesce(h.level_cm is not null and h.moment < h.ends, false) as fresh, g.stage,
               case when h.steady_cm is not null or g.stage >= 2 then h.steady_cm else h.level_cm end as sure_cm,
               case when h.steady_cm is null and h.bound then api.bound(h.quantity, h.value)
                    when h.steady_bound then api.bound(h.quantity, h.steady) end as sure_bound,
               p.stage_1_cm, p.stage_2_cm, p.stage_3_cm
        from held h
        join asked a using (site_id)
        left join core.gauge_reference p on p.site_id = h.site_id and p.from_time <= h.moment
            and (p.to_time is null or h.moment < p.to_time)
        cross join lateral (
            select case when h.bound and api.bound(h.quantity, h.value) = 'at_most' then null
                        else api.stage(h.level_cm, p.stage_1_cm, p.stage_2_cm, p.stage_3_cm) end as stage
        ) g
        where h.moment >= a.begins
    ),
    judged as materialized (
        select s.*, case when s.sure_bound = 'at_least' and g.stage = 0 or s.sure_bound = 'at_most' and g.stage > 0 then -1
                         else g.stage end as sure_stage
        from sure s
        cross join lateral (select api.stage(s.sure_cm, s.stage_1_cm, s.stage_2_cm, s.stage_3_cm) as stage) g
    ),
    -- Of several sensors at one gauge the highest level that is not stale counts: a second one that reads
    -- lower must not hide a stage.
    highest as (
        select distinct on (h.site_id, h.moment) h.*, bool_or(h.has_height) over here as any_height,
               max(h.stage) filter (where h.fresh) over here as single_stage,
               max(h.sure_stage) filter (where h.fresh) over here as highest_stage,
               min(h.ends) filter (where h.fresh) over here as old_at
        from judged h
        window here as (partition by h.site_id, h.moment)
        order by h.site_id, h.moment, h.level_cm is not null desc, h.fresh desc, greatest(h.sure_cm, h.level_cm) desc, h.time desc,
                 h.datastream_id
    ),
    staged as materialized (
        select h.*, h.moment = max(h.moment) over (partition by h.site_id) as is_newest,
               case when h.fresh and h.single_stage >= 2 and h.single_stage > coalesce(h.highest_stage, 0) then h.single_stage end as unconfirmed,
               case when not h.fresh or h.highest_stage < 0 or h.single_stage is not null and h.highest_stage is null then 'no_data'
                    else coalesce('stage_' || h.highest_stage, 'no_stages') end as state
        from highest h
    )
    -- levels above the zeros of different gauges cannot be compared: within a stage there is no order
    select s.site_id, s.moment, least(s.old_at, b.due_at, core.next_change(s.site_id, until)), s.state, null::double precision,
           case when s.level_cm is not null then s.time end, api.rounded(s.level_cm, 2), 'cm', 0,
           case when s.fresh then case when s.unconfirmed is not null then 'unconfirmed_' || s.unconfirmed
                                       when s.bound then api.bound(s.quantity, s.value)
                                       when s.sure_bound is not null then s.sure_bound
                                       when s.quality = 3 then 'suspect' end
                when s.datastream_id is not null and not s.any_height then 'mounting_height_missing'
                else b.reason end,
           b.since,
           jsonb_build_object('datastream_id', case when s.level_cm is not null then s.datastream_id end,
                              'quality', case when s.level_cm is not null then s.quality end,
                              'fresh', s.fresh, 'unconfirmed_stage', s.unconfirmed,
                              'bound', case when s.level_cm is not null and s.bound then api.bound(s.quantity, s.value) end,
                              'median_cm', api.rounded(c.median_cm, 2), 'slope_cm_per_hour', api.rounded(c.slope_cm_per_hour, 2),
                              'fitted_cm', api.rounded(c.fitted_cm, 2))
    from (select * from staged where is_newest) s
    cross join core.gauge_threshold t
    cross join measures m
    left join lateral core.gauge_trend(s.datastream_id, s.quantity, s.mounting_height_cm, s.from_time, s.time,
                                       greatest(3 * make_interval(secs => s.interval_seconds), t.trend_window)) c on s.level_cm is not null
    left join lateral core.site_absence(s.site_id, m.quantities, m.needing_height, t.stale_after, decide_gauges.streams) b
        on not s.fresh
    union all
    -- of what was, only the state is kept
    select site_id, moment, null, state, null, null, null, null, null, null, null, null from staged where not is_newest
$$;
comment on function core.decide_gauges is
    'The stages of gauges from a time of each on: one row for each moment at which it may become another one. As core.signal. '
    'A stage is that of the median of three readings (core.held_values, steady). streams: decided on these only; null: on all.';

drop trigger if exists gauge_thresholds_changed on core.gauge_threshold;
create trigger gauge_thresholds_changed after update on core.gauge_threshold
    for each statement execute function core.touch_all_sites();

create function core.shared_gauge(site integer, streams integer[])
returns table (state text, "time" timestamptz, value double precision, reason text, reason_since timestamptz, inputs jsonb)
language sql stable security definer set search_path = pg_catalog as $$
    select d.state, d.time, d.value, d.reason, d.reason_since, d.inputs
    from core.decide_gauges(array[site], array[now()], now(), streams) d
    order by d.at desc limit 1
$$;
comment on function core.shared_gauge is 'What can be said now of a gauge of another town, from the datastreams that are shared.';

create view core.gauge_decision as
select g.site_id, g.tenant_id, g.name, g.water_body, g.latitude, g.longitude, g.gauge_zero_m, g.gauge_datum, g.stage_1_cm, g.stage_2_cm, g.stage_3_cm,
       coalesce(d.state, 'no_data') as state, d.time, d.value, case when d.state is null then 'not_decided' else d.reason end as reason,
       d.reason_since, d.since, d.decided_at, x.*
from core.site g
cross join lateral (select :seen(g.tenant_id) as own) o
left join lateral (
    select s.state, s.time, s.value, s.reason, s.reason_since, s.inputs, s.since, s.decided_at
    from core.current_signal s
    where o.own and s.site_id = g.site_id and s.signal = 'gauges'
    union all
    select h.state, h.time, h.value, h.reason, h.reason_since, h.inputs, null, now()
    from core.shared_gauge(g.site_id, array(select datastream_id from api.granted_datastream where raw)) h
    where not o.own
) d on true
left join lateral jsonb_to_record(d.inputs)
    x (datastream_id integer, quality smallint, fresh boolean, unconfirmed_stage integer, bound text, median_cm double precision,
       slope_cm_per_hour double precision, fitted_cm double precision) on true
where g.kind = 'gauge'
  and (o.own
       or g.site_id in (select i.site_id from core.installation i join core.datastream s using (device_id)
                        where :installed(i)
                          and s.quantity in (select quantity from core.quantity where measures_level) and :granted(s.datastream_id, raw)));
comment on view core.gauge_decision is
    'What is said of each gauge that the reader sees: as it was decided; of another town from what is shared with him, at this moment.';

create view api.gauge with (security_barrier) as
select g.site_id, g.tenant_id, g.name, g.water_body, g.latitude, g.longitude, g.gauge_zero_m, g.gauge_datum,
       g.stage_1_cm, g.stage_2_cm, g.stage_3_cm,
       g.datastream_id, g.time, g.value as level_cm, g.median_cm, g.quality,
       case when g.gauge_datum <> 'NN' then api.rounded(g.gauge_zero_m + g.value / 100, 4) end as level_m_nhn, g.slope_cm_per_hour,
       g.state, g.reason, g.state = 'no_data' and (g.reason = 'not_decided' or g.fresh is not true) as stale,
       case when g.state like 'stage%' then right(g.state, 1)::integer end as stage, g.unconfirmed_stage, g.bound,
       case when g.state = 'no_data' then g.reason end as no_data_reason,
       g.reason_since, g.since, g.decided_at,
       coalesce(g.fresh and g.slope_cm_per_hour >= t.rising_cm_per_hour
                and (g.state ~ '^stage_[123]' or h.hours is not null or g.slope_cm_per_hour >= t.fast_cm_per_hour), false) as rises,
       n.stage as next_stage, n.level_cm as next_stage_cm, api.rounded(h.hours, 2) as hours_to_next_stage,
       g.time + make_interval(secs => 3600 * h.hours) as next_stage_at,
       q.discharge_m3s, q.discharge_missing
from core.gauge_decision g
cross join core.gauge_threshold t
left join lateral (
    select v.stage, v.level_cm from (values (1, g.stage_1_cm), (2, g.stage_2_cm), (3, g.stage_3_cm)) v (stage, level_cm)
    where v.level_cm is not null and g.state like 'stage%' and v.stage > right(g.state, 1)::integer
    order by v.stage limit 1
) n on true
left join lateral (
    select h.hours
    from (select case when g.fresh then api.hours_to_level(n.level_cm, g.fitted_cm, g.slope_cm_per_hour, t.rising_cm_per_hour) end as hours) h
    where h.hours <= extract(epoch from t.foreseen) / 3600
) h on true
left join lateral (
    select d.discharge_m3s,
           case when g.value is null then null
                when c.curve_id is null then 'no_curve'
                when d.discharge_m3s is null and g.value < c.levels_cm[1] then 'below_curve'
                when d.discharge_m3s is null then 'above_curve' end as discharge_missing
    from (select) one
    left join core.rating_curve c on c.site_id = g.site_id and c.from_time <= g.time and (c.to_time is null or g.time < c.to_time)
    left join lateral (select api.discharge_m3s(c.levels_cm, c.discharges_m3s, c.form, c.zero_flow_cm, g.value) as discharge_m3s) d on true
) q on true;
comment on view api.gauge is
    'One row per gauge: newest level (cm above gauge zero), median of the last three, rate of rise (cm/h), stage reached (0 to 3; '
    'null when unknown: no stage values, no reading or a stale one), its state and reason as in api.level and api.reason, since when, and '
    'when that was decided. unconfirmed_stage: a stage of 2 or 3 that a single reading reaches and no second one yet; bound: the level is '
    'at_least or at_most this one. no_data_reason: why there is '
    'no stage; reason_since: since when, where that is known (api.absence). rises: it rises at a stage, towards one within a day, or fast; next_stage: the one above that of now; '
    'hours_to_next_stage: how long the level takes to it at the rate of now, from its time on; null where it does not rise, or the stage is '
    'further away than anybody can tell. discharge_m3s: by the rating curve that holds; discharge_missing: no_curve, or the level lies '
    'below or above the curve.';

create view api.gauge_signal with (security_barrier) as
select g.tenant_id, g.site_id, 'gauges' as signal, v.state, v.level, null::double precision as place, g.since, g.time,
       g.value, 'cm' as unit, 0 as decimals, g.reason, g.reason_since, g.decided_at
from core.gauge_decision g
join core.level v on v.signal = 'gauges' and v.state = g.state;
comment on view api.gauge_signal is 'The stage that a gauge has reached. A stale level is no level.';

create view api.gauge_link with (security_barrier) as
select l.site_id, l.upstream_site_id, l.tenant_id, l.travel_minutes, l.learnt_minutes, l.learnt_likeness, l.learnt_rises, l.learnt_at,
       l.corrected_minutes, case when :seen(l.tenant_id) then l.corrected_by end as corrected_by, l.corrected_at,
       case when :seen(l.tenant_id) then l.entered_by end as entered_by, l.entered_at
from core.gauge_link l
where :seen(l.tenant_id)
   or l.site_id in (select site_id from api.site) and l.upstream_site_id in (select site_id from api.site);
comment on view api.gauge_link is
    'Which gauge lies above which, with the travel time in minutes: corrected by people, else learnt from the data. Of other towns where '
    'both gauges are shared.';

create view api.gauge_upstream with (security_barrier) as
with recursive above as (
    select l.tenant_id, l.site_id, l.upstream_site_id, l.site_id as next_site_id, 1 as steps, l.travel_minutes
    from api.gauge_link l
    union all
    -- of the ways with so many steps the quickest one: rivers part and join, and ways double each time
    select * from (
        select distinct on (a.site_id, l.upstream_site_id)
               a.tenant_id, a.site_id, l.upstream_site_id, l.site_id, a.steps + 1, a.travel_minutes + l.travel_minutes
        from above a join api.gauge_link l on l.site_id = a.upstream_site_id
        where a.steps < 20
        order by a.site_id, l.upstream_site_id, a.travel_minutes + l.travel_minutes nulls last, l.site_id
    ) next
)
select distinct on (a.site_id, a.upstream_site_id) a.tenant_id, a.site_id, a.upstream_site_id, a.next_site_id, a.steps, a.travel_minutes
from above a
where a.upstream_site_id in (select site_id from api.site)
order by a.site_id, a.upstream_site_id, a.steps, a.travel_minutes nulls last;
comment on view api.gauge_upstream is
    'All gauges above each that the reader sees, over how many links, and the travel time along them in minutes (null where one is unknown); '
    'next_site_id is the next one below on that way.';

create view api.rating_curve with (security_barrier) as
select c.curve_id, c.site_id, c.tenant_id, c.from_time, c.to_time, c.form, c.zero_flow_cm, c.levels_cm, c.discharges_m3s, c.source,
       case when :seen(c.tenant_id) then c.entered_by end as entered_by, c.entered_at
from core.rating_curve c
where c.site_id in (select site_id from api.site);
comment on view api.rating_curve is 'Rating curves of gauges, and from when to when they hold.';

create view api.gauge_crest with (security_barrier) as
select g.site_id, g.tenant_id, nullif(e.begins, timestamptz 'epoch') as event_from, e.ends as event_to, c.time as crest_time, c.level_cm as crest_cm,
       case when p.gauge_datum <> 'NN' then api.rounded(p.gauge_zero_m + c.level_cm / 100, 4) end as crest_m_nhn, api.stage(c.level_cm, p.stage_1_cm, p.stage_2_cm, p.stage_3_cm) as crest_stage,
       c.bound
from core.site g
cross join core.gauge_threshold t
cross join lateral (select :seen(g.tenant_id) as own) o
-- the last time that a stage was reached; waves less than a day apart are one event
left join lateral (
    select max(h.at) filter (where h.before is null or h.before < h.at - interval '1 day') as begins,
           case when bool_and(h.until is not null) then max(h.until) end as ends
    from (select a.*, lag(a.until) over (order by a.at) as before
          from (select c.at, c.level, lead(c.at) over (order by c.at) as until
                from core.signal_change c where o.own and c.site_id = g.site_id and c.signal = 'gauges') a
          where a.level >= 1) h
    having max(coalesce(h.until, 'infinity')) > now() - t.remembered
) e on true
cross join lateral (
    select greatest(coalesce(e.begins, now() - t.recent), now() - t.remembered) as begins, coalesce(e.ends, now()) as ends
) w
left join lateral (
    select s.time, api.rounded(s.steady, 2) as level_cm, s.bound, max(s.steady) over () - min(s.steady) over () as span
    from (
        -- as core.held_values: of each reading, the one before and the one after it the median, of the newest that of the last three
        select x.time, x.datastream_id,
               case when x.next is null or x.next_time > x.time + 2 * x.gap
                    then api.steady(case when x.time_2 >= x.time_1 - 2 * x.gap then x.level_2 end,
                                     case when x.time_1 >= x.time - 2 * x.gap then x.level_1 end, x.level_cm, false)
                    else api.steady(case when x.time_1 >= x.time - 2 * x.gap then x.level_1 end, x.level_cm, x.next, false) end as steady,
               case when x.tests & 16 > 0 and x.value is not null then api.bound(x.quantity, x.value) end as bound
        from (
            select r.*, d.quantity, k.gap, v.level_cm, lag(v.level_cm) over n as level_1, lag(v.level_cm, 2) over n as level_2, lead(v.level_cm) over n as next,
                   lag(r.time) over n as time_1, lag(r.time, 2) over n as time_2, lead(r.time) over n as next_time
            from core.installation i
            join core.device y using (device_id)
            join core.datastream d using (device_id)
            cross join lateral (select api.stale_after(y.interval_seconds, t.stale_after) as gap) k
            -- by itself: joined, all that the sensor ever measured is read, and nearly all of it thrown away
            cross join lateral (
                select a.* from core.reading a
                where a.datastream_id = d.datastream_id and (:seen(a.tenant_id) or :granted(a.datastream_id, raw))
                  and a.time >= greatest(i.from_time, w.begins - 2 * k.gap) and a.time <= least(w.ends + 2 * k.gap, now())
                  and (i.to_time is null or a.time < i.to_time)
                offset 0) r
            cross join lateral (select api.level_cm(d.quantity, r.value, i.mounting_height_cm) as level_cm) v
            where i.site_id = g.site_id and d.quantity in (select quantity from core.quantity where measures_level)
              and :decisive(r.quality, r.tests) and v.level_cm is not null
            window n as (partition by i.installation_id, r.datastream_id order by r.time)
        ) x
    ) s
    where s.steady is not null and s.time >= w.begins and s.time <= w.ends
    order by s.steady desc, s.time
    limit 1
) c on e.begins is not null or c.span >= t.event_cm
left join core.gauge_reference p on p.site_id = g.site_id and p.from_time <= c.time and (p.to_time is null or c.time < p.to_time)
where g.kind = 'gauge'
  and (o.own
       or g.site_id in (select i.site_id from core.installation i join core.datastream s using (device_id)
                        where :installed(i)
                          and s.quantity in (select quantity from core.quantity where measures_level) and :granted(s.datastream_id, raw)));
comment on view api.gauge_crest is
    'The highest level of each gauge in its running or last event, by the median of three readings: a single false echo is none. An event '
    'begins and ends with stage 1 (event_from; no event_to: it lasts), waves less than a day apart are one; without one in the last 30 days it '
    'is the highest level of the last seven, if the water moved by 10 cm at all. crest_m_nhn and crest_stage by the zero and stages that held then.';

-- Forecasts. Of another town's gauge that is shared, unless one stands on gauges of a third one that the reader does not see.

create view api.gauge_forecast_run with (security_barrier) as
select g.site_id, g.tenant_id, f.level_time, f.made_at, f.level_cm, f.model, f.trained_at, f.reason as model_reason, f.hours, f.rain, f.upstream,
       f.outside, f.rain_forecast,
       case when f.level_time > now() - t.stale_after then null
            when s.time is null then 'no_level'
            when s.time <= now() - t.stale_after then 'stale_level'
            when not exists (select from core.gauge_model m where m.site_id = g.site_id) then 'not_learnt'
            else 'not_made' end as refused
from core.site g
cross join core.gauge_threshold t
left join core.current_signal s on s.site_id = g.site_id and s.signal = 'gauges'
left join lateral (select * from core.gauge_forecast f where f.site_id = g.site_id order by f.level_time desc limit 1) f on true
where g.kind = 'gauge'
  and (:seen(g.tenant_id)
       or g.site_id in (select i.site_id from core.installation i join core.datastream d using (device_id)
                        where :installed(i)
                          and d.quantity in (select quantity from core.quantity where measures_level) and :granted(d.datastream_id, raw))
          and not exists (select from unnest(f.upstream) u where u not in (select site_id from api.site)));
comment on view api.gauge_forecast_run is
    'The newest forecast of each gauge that the reader sees, of another town where its readings are shared with him, and why it is not to be used: refused is no_level, stale_level (older than 45 minutes), '
    'not_learnt (too little history, or not yet) or not_made.';

create view api.gauge_forecast with (security_barrier) as
select r.site_id, r.tenant_id, r.level_time, r.made_at, l.lead_hours, r.level_time + make_interval(hours => l.lead_hours) as time,
       l.mean_cm, l.p05_cm, l.p25_cm, l.p50_cm, l.p75_cm, l.p95_cm, l.stage_1_pct, l.stage_2_pct, l.stage_3_pct, r.model, r.rain, r.outside
from api.gauge_forecast_run r
join core.gauge_forecast_lead l using (site_id, level_time)
where r.refused is null;
comment on view api.gauge_forecast is
    'Water levels that are to come, cm above gauge zero: quantiles of 5, 25, 50, 75 and 95 %, and how likely each stage is reached by then. Only '
    'forecasts that may be used.';

create view api.gauge_forecast_skill with (security_barrier) as
select site_id, tenant_id, lead_hours, basis, from_time, to_time, model, n, skill_over_persistence, coverage_90_pct, crps_cm
from core.gauge_skill where site_id in (select site_id from api.gauge_forecast_run);
comment on view api.gauge_forecast_skill is 'What forecasts of a gauge were worth.';

create view api.gauge_stage_skill with (security_barrier) as
select site_id, tenant_id, lead_hours, stage, hits, misses, false_alarms
from core.gauge_stage_skill where site_id in (select site_id from api.gauge_forecast_run);
comment on view api.gauge_stage_skill is 'How often stages were forecast in time, by event.';
