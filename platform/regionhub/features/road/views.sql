-- Where roads are icy, or may be within hours: from the temperature of the surface, the moisture of the air over it and how fast it cools.

create function api.vapour_pressure(dew_point_degc double precision) returns double precision
language sql immutable parallel safe as $$
    select 6.112 * exp(17.62 * dew_point_degc / (243.12 + dew_point_degc))
$$;
comment on function api.vapour_pressure is
    'Vapour pressure (hPa) over water at its dew point, °C: Magnus, with the constants of WMO-No. 8 (2021), annex 4.B.';

create function api.dew_point(temperature_degc double precision, humidity_pct double precision) returns double precision
language sql immutable parallel safe as $$
    select 243.12 * x / (17.62 - x)
    from (select ln(least(humidity_pct, 100) / 100 * api.vapour_pressure(temperature_degc) / 6.112) as x where humidity_pct >= 1) e
$$;
comment on function api.dew_point is 'Dew point (°C) over water from the temperature of the air and its relative humidity (%); null below 1 %.';

create function api.frost_point(dew_point_degc double precision) returns double precision language sql immutable parallel safe as $$
    select case when dew_point_degc >= 0 then dew_point_degc else 272.62 * x / (22.46 - x) end
    from (select ln(api.vapour_pressure(dew_point_degc) / 6.112) as x) e
$$;
comment on function api.frost_point is
    'Up to which temperature of a surface (°C) moisture of the air settles on it: the dew point, below 0 °C the frost point over ice (WMO-No. 8).';

drop function if exists core.decide_roads;
drop function if exists core.begin_roads;
drop function if exists core.road_air;

create function core.begin_roads(site_ids integer[], begins timestamptz[])
returns table (site_id integer, begins timestamptz) language sql stable as $$
    select b.site_id, b.begins
    from (select array_agg(a.site_id) as site_ids, array_agg(a.begins) as begins
          from unnest(begin_roads.site_ids, begin_roads.begins) a (site_id, begins)
          join core.site s on s.site_id = a.site_id and s.kind = 'road') r
    cross join lateral core.begin_before(r.site_ids, r.begins, array['road_surface_temperature'], null) b
$$;
comment on function core.begin_roads is 'A reading confirms the one before it: the ice of a road is decided again from there on.';

create function core.decide_roads(site_ids integer[], begins timestamptz[], until timestamptz)
returns table (site_id integer, at timestamptz, due_at timestamptz, state text, place double precision, "time" timestamptz,
               value double precision, unit text, decimals integer, reason text, reason_since timestamptz, inputs jsonb)
language sql stable as $$
    with asked as (
        select s.site_id, a.begins
        from unnest(decide_roads.site_ids, decide_roads.begins) a (site_id, begins)
        join core.site s using (site_id)
        where s.kind = 'road'
    ),
    held as materialized (
        select h.*, coalesce(h.at < h.ends, false) as fresh, d.position
        from core.road_threshold t
        cross join lateral core.held_values(
            (select array_agg(a.site_id) from asked a), (select array_agg(a.begins) from asked a), until,
            array['road_surface_temperature', 'air_temperature', 'relative_humidity', 'dew_point', 'road_water_film', 'rain_intensity',
                  'precipitation'],
            null, array['road_surface_temperature'], t.trend_window, array['road_surface_temperature'], null) h
        left join core.datastream d using (datastream_id)
    ),
    -- the air of each sensor: its dew point, as it says or from temperature and humidity of the same sensor
    air as (
        select h.site_id, h.at, h.installation_id, h.position,
               coalesce(max(h.value) filter (where h.quantity = 'dew_point'),
                        api.dew_point(max(h.value) filter (where h.quantity = 'air_temperature'),
                                      max(h.value) filter (where h.quantity = 'relative_humidity'))) as dew_point
        from held h
        where h.fresh
        group by h.site_id, h.at, h.installation_id, h.position
    ),
    moist as (
        select a.site_id, a.at, max(a.dew_point) as dew_point from air a group by a.site_id, a.at
    ),
    -- the coldest surface of several counts, and whatever is wet anywhere
    surface as materialized (
        select distinct on (h.site_id, h.at) h.site_id, h.at,
               case when h.measures_surface then h.time end as time, case when h.measures_surface then h.value end as value,
               case when h.measures_surface then h.sure end as sure,
               -- the median of a span is what was there in its middle
               case when h.measures_surface
                    then least((h.sure - h.median) / (extract(epoch from api.stale_after(h.interval_seconds, t.trend_window)) / 7200), 0) end as slope,
               bool_or(h.fresh and (h.quantity = 'road_water_film' and h.value >= t.wet_mm
                                    or h.quantity in ('rain_intensity', 'precipitation') and h.value > 0)) over site as wet,
               bool_or(h.fresh and h.quantity = 'road_water_film') over site as wetness_known,
               min(h.ends) filter (where h.fresh) over site as old_at
        from (select *, coalesce(quantity = 'road_surface_temperature', false) as measures_surface,
                     case when fresh then coalesce(steady, value) end as sure from held) h
        cross join core.road_threshold t
        window site as (partition by h.site_id, h.at)
        order by h.site_id, h.at, h.measures_surface desc, h.fresh desc, h.sure, h.time desc nulls last, h.datastream_id
    ),
    judged as materialized (
        select s.*, t.ice_degc, t.watch_degc, m.dew_point, api.frost_point(m.dew_point) as frost_point,
               coalesce(s.wet, false) as is_wet, coalesce(s.wetness_known and not s.wet, false) as is_dry,
               api.rounded(s.sure, 6) as surface, api.rounded(s.sure + s.slope * extract(epoch from t.ahead) / 3600, 6) as expected
        from surface s
        cross join core.road_threshold t
        left join moist m using (site_id, at)
        join asked a using (site_id)
        where s.at >= a.begins
    ),
    reasoned as (
        select j.*,
               case when j.surface <= j.ice_degc and j.is_wet then 'wet_and_frozen'
                    when j.surface <= j.ice_degc and j.surface <= j.frost_point then 'hoar'
                    -- what is dry now gets white where the air is moist
                    when j.surface <= j.ice_degc and j.is_dry and j.frost_point is not null then 'cold_and_dry'
                    when j.surface <= j.ice_degc then 'below_zero'
                    when j.expected <= j.ice_degc and (not j.is_dry or coalesce(j.expected <= j.frost_point, true)) then 'cooling'
                    when j.surface <= j.watch_degc and not j.is_dry then 'near_zero'
               end as why
        from judged j
    ),
    stated as materialized (
        select r.*, r.at = max(r.at) over (partition by r.site_id) as is_newest,
               case when r.surface is null then 'no_data'
                    when r.why in ('wet_and_frozen', 'hoar') then 'ice'
                    when r.why in ('below_zero', 'cooling', 'near_zero') then 'ice_possible'
                    else 'no_ice' end as state
        from reasoned r
    )
    select s.site_id, s.at, least(s.old_at, b.due_at, core.next_change(s.site_id, until)), s.state, s.surface, s.time, s.value,
           case when s.value is not null then '°C' end, 1, coalesce(s.why, b.reason), b.since,
           jsonb_build_object('surface_degc', s.surface, 'dew_point_degc', api.rounded(s.dew_point, 2),
                              'frost_point_degc', api.rounded(s.frost_point, 2), 'slope_k_per_hour', api.rounded(s.slope, 2),
                              'expected_degc', api.rounded(s.expected, 2), 'wet', case when s.is_wet then true when s.is_dry then false end)
    from (select * from stated where is_newest) s
    left join lateral core.site_absence(s.site_id, array['road_surface_temperature'], '{}', null, null) b on s.state = 'no_data'
    union all
    -- of what was, only the state is kept
    select site_id, at, null, state, null, null, null, null, null, null, null, null from stated where not is_newest
$$;
comment on function core.decide_roads is
    'Whether roads are icy, or may be within hours, from a time of each on: one row for each moment at which it may become another one. As '
    'core.signal. The temperature is what two of three readings reach (core.held_values, steady).';

drop trigger if exists road_thresholds_changed on core.road_threshold;
create trigger road_thresholds_changed after update on core.road_threshold
    for each statement execute function core.touch_all_sites();

create view api.road with (security_barrier) as
select s.site_id, s.tenant_id, s.name, s.latitude, s.longitude, v.state, v.level, v.rank,
       case when d.site_id is null then 'not_decided' else d.reason end as reason, d.reason_since, d.time, d.value as surface_degc,
       x.dew_point_degc, x.frost_point_degc, x.slope_k_per_hour, x.expected_degc, x.wet, d.place, d.since, d.decided_at
from core.site s
-- its town once more, so that the signals of all others are not looked at for it
left join core.current_signal d on d.site_id = s.site_id and d.signal = 'road' and :seen(d.tenant_id)
left join lateral jsonb_to_record(d.inputs)
    x (dew_point_degc double precision, frost_point_degc double precision, slope_k_per_hour double precision, expected_degc double precision,
       wet boolean) on true
join core.level v on v.signal = 'road' and v.state = coalesce(d.state, 'no_data')
where s.kind = 'road' and :seen(s.tenant_id);
comment on view api.road is
    'One row per road spot: whether it is icy (ice, ice_possible, no_ice, no_data), why, since when, and when that was decided; surface temperature, '
    'dew point and frost point (°C), cooling (K/h, never above 0), what the surface may reach within the next hours, and whether it is wet (null: '
    'nobody knows).';

create view api.road_threshold as
select ice_degc, watch_degc, extract(epoch from ahead)::integer / 3600 as ahead_hours, wet_mm from core.road_threshold;
comment on view api.road_threshold is 'One row: up to which surface temperature (°C) moisture freezes, from where on it is watched, and how far ahead (h).';

create view api.road_signal with (security_barrier) as
select r.tenant_id, r.site_id, 'road' as signal, r.state, r.level, r.place, r.since, r.time, r.surface_degc as value,
       case when r.surface_degc is not null then '°C' end as unit, 1 as decimals, r.reason, r.reason_since, r.decided_at
from api.road r;
comment on view api.road_signal is 'Whether a road is icy, or may be within hours.';
