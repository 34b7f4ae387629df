-- Which trees and beds need water. Decided on the median of 24 hours (two send intervals for a device that
-- sends more rarely) up to the newest reading of each datastream and the mean over the datastreams of a site, never on
-- one reading; failed and doubted readings stay out, and so does what a sensor measured before it came to this site.

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

drop function if exists core.decide_irrigation;
drop function if exists core.froze;

create function core.froze(site integer, at timestamptz) returns boolean language sql stable as $$
    select exists (
        select from core.installation i
        join core.datastream d using (device_id)
        join core.reading r on r.datastream_id = d.datastream_id and r.time > froze.at - interval '24 hours' and r.time <= froze.at
        where i.site_id = froze.site and d.quantity = 'soil_temperature' and r.time >= i.from_time and (i.to_time is null or r.time < i.to_time)
          and r.value <= 0 and :decisive(r.quality, r.tests)
    )
$$;
comment on function core.froze is 'Whether the soil of a site was frozen within the 24 hours over which its water is judged.';

create function core.decide_irrigation(site_ids integer[], begins timestamptz[], until timestamptz)
returns table (site_id integer, at timestamptz, due_at timestamptz, state text, place double precision, "time" timestamptz,
               value double precision, unit text, decimals integer, reason text, reason_since timestamptz, inputs jsonb)
language sql stable as $$
    with asked as (
        select s.site_id, a.begins, x.field_capacity_pct, x.wilting_point_pct, x.porosity_pct
        from unnest(decide_irrigation.site_ids, decide_irrigation.begins) a (site_id, begins)
        join core.site s using (site_id)
        left join core.soil_texture x using (soil_texture)
        where s.kind in ('tree', 'bed')
    ),
    held as (
        select h.*, h.quantity <> 'soil_temperature' as decides, h.at < h.ends as fresh, i.device_id, i.depth_cm, d.position
        from core.irrigation_threshold t
        cross join lateral core.held_values(
            (select array_agg(a.site_id) from asked a), (select array_agg(a.begins) from asked a), until,
            array['soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential', 'soil_temperature'], t.stale_after,
            array['soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential'], interval '24 hours', null, null) h
        left join core.installation i using (installation_id)
        left join core.datastream d using (datastream_id)
    ),
    probe as (
        select h.site_id, h.at, h.depth_cm, h.device_id, h.position,
               min(h.value) filter (where not h.decides and h.fresh) as temperature,
               sum(h.median) filter (where h.moisture and possible) as vwc, count(*) filter (where h.moisture and possible) as vwcs,
               -- tension is what is missing to the potential of free water
               sum(case h.quantity when 'soil_water_potential' then -h.median else h.median end)
                   filter (where h.decides and h.fresh and not h.moisture) as tension,
               count(*) filter (where h.decides and h.fresh and not h.moisture) as tensions,
               bool_or(h.moisture and not possible) as impossible,
               max(h.time) filter (where h.decides and h.fresh) as newest,
               count(*) filter (where h.decides and h.fresh) as sensors, min(h.ends) filter (where h.fresh) as old_at
        from (select *, decides and fresh and quantity = 'soil_moisture_vwc' as moisture from held) h
        join asked a using (site_id)
        cross join lateral (select coalesce(h.median <= a.porosity_pct + 5, true) as possible) x
        group by h.site_id, h.at, h.depth_cm, h.device_id, h.position
    ),
    -- how cold the soil is where each of them measures: at itself, else at its depth, else anywhere at the site
    placed as (
        select p.*, coalesce(p.temperature, case when p.depth_cm is not null then min(p.temperature) over depth end,
                             min(p.temperature) over site) as coldness
        from probe p
        window site as (partition by p.site_id, p.at), depth as (partition by p.site_id, p.at, p.depth_cm)
    ),
    -- materialized: else each use of a column would compute it again
    site_soil as materialized (
        select site_id, at,
               -- without the noise of floating point, which would decide at a limit
               api.rounded(sum(vwc) filter (where thawed) / nullif(sum(vwcs) filter (where thawed), 0)::double precision, 6) as vwc_pct,
               api.rounded(sum(tension) filter (where thawed) / nullif(sum(tensions) filter (where thawed), 0)::double precision, 6) as tension_kpa,
               min(coldness) filter (where thawed and vwcs + tensions > 0) as coldest,
               bool_or(not thawed and sensors > 0) as frozen, bool_or(impossible) as impossible,
               min(temperature) as soil_temperature, max(newest) as newest, sum(sensors) as sensors, min(old_at) as old_at
        from (select *, coalesce(coldness > 0, true) as thawed from placed) p
        group by site_id, at
    ),
    judged as materialized (
        select r.*, api.rounded(api.nfk_pct(r.vwc_pct, a.field_capacity_pct, a.wilting_point_pct), 6) as nfk_pct,
               coalesce(r.soil_temperature <= t.frost_degc, false) as frost, t.*
        from site_soil r
        join asked a using (site_id)
        cross join core.irrigation_threshold t
        where r.at >= a.begins
    ),
    levelled as materialized (
        select j.*,
            case
                when tension_kpa is not null then
                    case when tension_kpa > now_kpa then 'now' when tension_kpa > soon_kpa then 'soon'
                         when tension_kpa < wet_kpa then 'wet' else 'good' end
                when nfk_pct is not null then
                    case when nfk_pct < now_nfk_pct then 'now' when nfk_pct < soon_nfk_pct then 'soon'
                         when nfk_pct >= wet_nfk_pct then 'wet' else 'good' end
                when frozen then 'frozen'
                else 'no_data'
            end as level
        from judged j
    ),
    -- Ice looks like dry soil to a sensor, and what grows there drinks none: no stress is read from ground that freezes or thaws.
    stated as materialized (
        select l.*, l.at = max(l.at) over (partition by l.site_id) as is_newest,
               case when l.level in ('now', 'soon')
                         and (l.coldest <= l.frost_degc or l.coldest <= l.thawed_degc and core.froze(l.site_id, l.at))
                    then 'frozen' else l.level end as state
        from levelled l
    )
    select l.site_id, l.at, least(l.old_at, b.due_at, core.next_change(l.site_id, until)), l.state,
           -- among sites of one level: those whose tension is measured first, then by plant-available water; the driest first
           case when l.state = 'frozen' then null when l.tension_kpa is not null then -1e6 - l.tension_kpa else l.nfk_pct end, l.newest,
           -- downwards, as the levels are "below 30 %": 29.7 % must not stand there as 30 %
           case when l.state = 'frozen' then l.soil_temperature else coalesce(api.rounded(l.tension_kpa, 2), floor(l.nfk_pct)) end,
           case when l.state = 'frozen' then '°C' when l.tension_kpa is not null then 'kPa' when l.nfk_pct is not null then '% nFK' end,
           case when l.state = 'frozen' then 1 else 0 end,
           case when l.state = 'frozen' or l.state <> 'no_data' and l.frost then 'frost'
                when l.state <> 'no_data' then null
                when l.vwc_pct is not null then 'soil_texture_missing'
                when l.impossible then 'implausible'
                else b.reason end, b.since,
           jsonb_build_object(
               'tension_kpa', api.rounded(l.tension_kpa, 2), 'nfk_pct', (floor(l.nfk_pct::numeric * 10) / 10)::double precision,
               'vwc_pct', api.rounded(l.vwc_pct, 2), 'soil_temperature', l.soil_temperature, 'frost', l.frost or l.state = 'frozen', 'sensors', l.sensors)
    from (select * from stated where is_newest) l
    left join lateral core.site_absence(l.site_id, array['soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential'], '{}',
                                        l.stale_after, null) b
        on l.state = 'no_data' and l.vwc_pct is null and l.impossible is not true
    union all
    -- of what was, only the state is kept
    select site_id, at, null, state, null, null, null, null, null, null, null, null from stated where not is_newest
$$;
comment on function core.decide_irrigation is
    'The irrigation levels of trees and beds from a time of each on: one row for each moment at which it may become another one. '
    'As core.signal.';

drop trigger if exists irrigation_thresholds_changed on core.irrigation_threshold;
create trigger irrigation_thresholds_changed after update on core.irrigation_threshold
    for each statement execute function core.touch_all_sites();

create view api.irrigation with (security_barrier) as
select s.site_id, s.tenant_id, s.name, s.kind, s.latitude, s.longitude, s.soil_texture, s.planted_year,
       v.state as irrigation_level, v.rank as need, v.label_de, v.label_en, v.colour,
       case when v.state = 'no_data' then coalesce(d.reason, 'not_decided') end as no_data_reason, d.reason_since,
       x.tension_kpa, x.nfk_pct, x.vwc_pct, x.soil_temperature, coalesce(x.frost, false) as frost, coalesce(x.sensors, 0) as sensors,
       d.time as newest, d.place, d.since, d.decided_at
from core.site s
left join core.current_signal d on d.site_id = s.site_id and d.signal = 'irrigation'
left join lateral jsonb_to_record(d.inputs)
    x (tension_kpa double precision, nfk_pct double precision, vwc_pct double precision, soil_temperature double precision,
       frost boolean, sensors bigint) on true
join core.level v on v.signal = 'irrigation' and v.state = coalesce(d.state, 'no_data')
where s.kind in ('tree', 'bed') and :seen(s.tenant_id);
comment on view api.irrigation is
    'One row per tree and bed: level (now, soon, good, wet, frozen, no_data), since when, and when that was decided; need (0 first), % of '
    'plant-available water (nFK, unclipped), tension in kPa. frost: the soil is frozen, or so cold that the value is unreliable. place: order among '
    'sites of one level, the smallest first. reason_since: since when no_data_reason is so, where that is known (api.absence).';

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
select s.tenant_id, s.site_id, 'irrigation' as signal, v.state, v.level, d.place, d.since, d.time, d.value, d.unit,
       coalesce(d.decimals, 0) as decimals, case when d.site_id is null then 'not_decided' else d.reason end as reason, d.reason_since,
       d.decided_at
from core.site s
left join core.current_signal d on d.site_id = s.site_id and d.signal = 'irrigation'
join core.level v on v.signal = 'irrigation' and v.state = coalesce(d.state, 'no_data')
where s.kind in ('tree', 'bed') and :seen(s.tenant_id);
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

create function api.stress_days(from_time timestamptz, to_time timestamptz)
returns table (site_id integer, tenant_id integer, days double precision, since timestamptz) language sql stable as $$
    with state as (
        select c.site_id, c.tenant_id, c.state, coalesce(c.at, '-infinity') as begins,
               lead(c.at) over (partition by c.site_id order by c.at nulls first) as ends
        from api.signal_change c
        where c.signal = 'irrigation' and (c.at is null or c.at < to_time)
    )
    select s.site_id, s.tenant_id,
           api.rounded(sum(extract(epoch from least(s.ends, to_time, now()) - greatest(s.begins, from_time))) / 86400, 2),
           max(s.begins) filter (where s.ends is null and s.begins > '-infinity')
    from state s
    where s.state = 'now' and coalesce(s.ends, 'infinity') > from_time and greatest(s.begins, from_time) < now()
    group by s.site_id, s.tenant_id
$$;
comment on function api.stress_days is
    'Of each tree and bed that was on the level "now" in a period: for how many days altogether, and since when it is there without a break, if it '
    'still is at the end. A look-up of the changes that were kept (api.signal_change).';
