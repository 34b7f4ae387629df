-- Which trees and beds need water. Decided on the median of the last 24 hours (two send intervals for a
-- device that sends more rarely) of each datastream and the mean over the datastreams of a site, never on
-- one reading; failed readings stay out, and so does what a sensor measured before it came to this site.

create function api.nfk_pct(vwc_pct double precision, field_capacity_pct double precision, wilting_point_pct double precision)
returns double precision language sql immutable parallel safe as $$
    select 100 * (vwc_pct - wilting_point_pct) / (field_capacity_pct - wilting_point_pct)
$$;
comment on function api.nfk_pct is 'Plant-available water in % (nFK) from the volumetric water content in %; may pass 0 and 100.';

create function api.vwc_pct(nfk_pct double precision, field_capacity_pct double precision, wilting_point_pct double precision)
returns double precision language sql immutable parallel safe as $$
    select wilting_point_pct + nfk_pct / 100 * (field_capacity_pct - wilting_point_pct)
$$;
comment on function api.vwc_pct is 'The other way: volumetric water content in % from plant-available water in %.';

create view api.irrigation with (security_barrier) as
with soil as (
    select i.site_id, i.from_time, d.datastream_id, d.quantity, v.interval_seconds
    from core.installation i
    join core.device v using (device_id)
    join core.datastream d using (device_id)
    where i.from_time <= now() and (i.to_time is null or i.to_time > now())
      and d.quantity in ('soil_moisture_vwc', 'soil_water_tension', 'soil_temperature')
      and :seen(d.tenant_id)
),
recent as (
    select s.site_id, s.quantity, s.interval_seconds, m.median, m.newest, m.last_value
    from soil s
    cross join lateral (
        select percentile_cont(0.5) within group (order by r.value) as median, max(r.time) as newest,
               (array_agg(r.value order by r.time desc))[1] as last_value
        from core.reading r
        where r.datastream_id = s.datastream_id and :believed(r.quality)
          and r.time > now() - greatest(2 * make_interval(secs => s.interval_seconds), interval '24 hours')
          and r.time >= s.from_time and r.time <= now() + interval '5 minutes'
    ) m
    where m.newest > now() - greatest(2 * make_interval(secs => s.interval_seconds), (select stale_after from core.irrigation_threshold))
),
site_soil as (
    select site_id,
           -- without the noise of floating point, which would decide at a limit
           api.rounded(avg(median) filter (where quantity = 'soil_moisture_vwc'), 6) as vwc_pct,
           api.rounded(avg(median) filter (where quantity = 'soil_water_tension'), 6) as tension_kpa,
           min(last_value) filter (where quantity = 'soil_temperature') as soil_temperature,
           max(newest) filter (where quantity <> 'soil_temperature') as newest,
           count(*) filter (where quantity <> 'soil_temperature') as sensors
    from recent group by site_id
),
judged as (
    select s.site_id, s.tenant_id, s.name, s.kind, s.latitude, s.longitude, s.soil_texture, s.planted_year,
           r.vwc_pct, r.tension_kpa, r.soil_temperature, r.newest, coalesce(r.sensors, 0) as sensors,
           api.rounded(api.nfk_pct(r.vwc_pct, x.field_capacity_pct, x.wilting_point_pct), 6) as nfk_pct,
           coalesce(r.soil_temperature <= t.frost_degc, false) as frost,
           t.*
    from core.site s
    cross join core.irrigation_threshold t
    left join site_soil r using (site_id)
    left join core.soil_texture x on x.soil_texture = s.soil_texture
    where s.kind in ('tree', 'bed')
      and :seen(s.tenant_id)
),
levelled as (
    select j.*,
        case
            when tension_kpa is not null then
                case when tension_kpa > now_kpa then 'now' when tension_kpa > soon_kpa then 'soon'
                     when tension_kpa < wet_kpa then 'wet' else 'good' end
            when nfk_pct is not null then
                case when nfk_pct < now_nfk_pct then 'now' when nfk_pct < soon_nfk_pct then 'soon'
                     when nfk_pct >= wet_nfk_pct then 'wet' else 'good' end
            else 'no_data'
        end as irrigation_level,
        case
            when tension_kpa is not null or nfk_pct is not null then null
            when vwc_pct is not null then 'soil_texture_missing'
            else coalesce(a.reason, 'no_sensor')
        end as no_data_reason, a.since as reason_since
    from judged j
    left join lateral (
        -- of several sensors the one that gave a value last, or was heard last
        select w.reason, w.since
        from core.installed_stream p
        cross join lateral api.absence(p.installed_at, p.heard_at, p.value_at, p.newest_quality, p.unreadable, p.interval_seconds,
                                       greatest(2 * make_interval(secs => p.interval_seconds), j.stale_after)) w
        where j.tension_kpa is null and j.vwc_pct is null and p.site_id = j.site_id
          and (p.datastream_id is null or p.quantity in ('soil_moisture_vwc', 'soil_water_tension'))
        order by p.value_at desc nulls last, p.heard_at desc nulls last
        limit 1
    ) a on true
)
select l.site_id, l.tenant_id, l.name, l.kind, l.latitude, l.longitude, l.soil_texture, l.planted_year,
       l.irrigation_level, v.rank as need, v.label_de, v.label_en, v.colour, l.no_data_reason, l.reason_since,
       api.rounded(l.tension_kpa, 2) as tension_kpa,
       -- downwards, as the levels are "below 30 %": 29.97 % must not stand there as 30 %
       (floor(l.nfk_pct::numeric * 10) / 10)::double precision as nfk_pct,
       api.rounded(l.vwc_pct, 2) as vwc_pct, l.soil_temperature, l.frost, l.sensors, l.newest,
       -- among sites of one level: those whose tension is measured first, then by plant-available water; the driest first
       case when l.tension_kpa is not null then -1e6 - l.tension_kpa else l.nfk_pct end as place
from levelled l
join core.level v on v.signal = 'irrigation' and v.state = l.irrigation_level;
comment on view api.irrigation is
    'One row per tree and bed: level (now, soon, good, wet, no_data), need (0 first), % of plant-available water (nFK, unclipped), '
    'tension in kPa. frost: the soil is frozen and the value unreliable. place: order among sites of one level, the smallest first. '
    'reason_since: since when no_data_reason is so, where that is known (api.absence).';

-- The limits behind the irrigation levels, for the bands that charts draw.

create view api.irrigation_threshold as
select wet_nfk_pct, soon_nfk_pct, now_nfk_pct, wet_kpa, soon_kpa, now_kpa, frost_degc
from core.irrigation_threshold;
comment on view api.irrigation_threshold is 'One row: where irrigation levels begin, in % of plant-available water and in kPa.';

create view api.irrigation_level as
select state as irrigation_level, rank as need, label_de, label_en, colour
from core.level where signal = 'irrigation';
comment on view api.irrigation_level is 'Irrigation levels in order of need; 0 is the most urgent, no data stands last.';

create view api.irrigation_signal with (security_barrier) as
select i.tenant_id, i.site_id, 'irrigation' as signal, i.irrigation_level as state, v.level,
       i.place, null::timestamptz as since, i.newest as time,
       coalesce(i.tension_kpa, floor(i.nfk_pct)) as value,
       case when i.tension_kpa is not null then 'kPa' when i.nfk_pct is not null then '% nFK' end as unit, 0 as decimals,
       coalesce(i.no_data_reason, case when i.frost then 'frost' end) as reason, i.reason_since
from api.irrigation i
join core.level v on v.signal = 'irrigation' and v.state = i.irrigation_level;
comment on view api.irrigation_signal is
    'Whether a tree or bed needs water. % nFK is rounded down, as the levels are "below 30 %": 29.7 % must not stand there as 30 %.';

create view api.irrigation_limit with (security_barrier) as
select s.site_id, s.tenant_id, 'soil_moisture_vwc' as quantity,
       api.vwc_pct(t.now_nfk_pct, x.field_capacity_pct, x.wilting_point_pct) as now,
       api.vwc_pct(t.soon_nfk_pct, x.field_capacity_pct, x.wilting_point_pct) as soon,
       api.vwc_pct(t.wet_nfk_pct, x.field_capacity_pct, x.wilting_point_pct) as wet
from core.site s
cross join core.irrigation_threshold t
join core.soil_texture x on x.soil_texture = s.soil_texture
where s.kind in ('tree', 'bed') and :seen(s.tenant_id);
comment on view api.irrigation_limit is 'Where the irrigation levels of a site begin, in vol-%; what holds for tension is in api.irrigation_threshold.';
