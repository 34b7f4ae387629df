-- Fire weather of forest stands: decided from what was computed day by day (fire_weather.py), beside the official index of the weather service.

drop function if exists core.decide_fire_weather;
drop function if exists core.stand_weather;

create function core.stand_weather(site integer, from_day date, until_day date)
returns table (day date, temperature_degc double precision, humidity_pct double precision, wind_kmh double precision, rain_mm double precision,
               vpd_kpa double precision, is_forecast boolean, under_canopy boolean)
language plpgsql stable as $$
begin
    -- a hub that fetches no weather and has no feature for it knows none
    if to_regprocedure('core.weather_noon(integer, date, date)') is null then
        return;
    end if;
    return query
    select w.day, w.temperature_degc, w.relative_humidity_pct, w.wind_kmh, w.rain_mm,
           -- saturation over water: FAO-56, equation 11
           0.6108 * exp(17.27 * w.temperature_degc / (w.temperature_degc + 237.3)) * (1 - least(w.relative_humidity_pct, 100) / 100),
           w.is_forecast, coalesce(not n.in_the_open, false)
    from core.weather_noon(site, from_day, until_day) w
    -- what hangs at the stand itself is nearest: below its trees, unless it measures the rain, the wind or the sun as well
    left join lateral (
        select exists (select from core.datastream o
                       where o.device_id = i.device_id
                         and o.quantity in ('precipitation', 'precipitation_cumulative', 'rain_total', 'rain_counter', 'wind_speed', 'irradiance'))
                   as in_the_open
        from core.installation i
        join core.datastream d on d.device_id = i.device_id and d.quantity = 'air_temperature'
        where i.site_id = site and i.from_time <= core.noon(w.day) and coalesce(i.to_time, 'infinity') > core.noon(w.day)
          and exists (select from core.reading r
                      where r.datastream_id = d.datastream_id and r.value is not null and :decisive(r.quality, r.tests)
                        and r.time between core.noon(w.day) - interval '45 minutes' and core.noon(w.day) + interval '45 minutes')
        order by d.datastream_id limit 1
    ) n on true;
end $$;
comment on function core.stand_weather is
    'core.weather_noon with the vapour pressure deficit (kPa), and whether temperature and humidity were measured below the trees of the stand.';

create function core.decide_fire_weather(site_ids integer[], begins timestamptz[], until timestamptz)
returns table (site_id integer, at timestamptz, due_at timestamptz, state text, place double precision, "time" timestamptz,
               value double precision, unit text, decimals integer, reason text, reason_since timestamptz, inputs jsonb)
language sql stable as $$
    with asked as (
        select s.site_id, a.begins
        from unnest(decide_fire_weather.site_ids, decide_fire_weather.begins) a (site_id, begins)
        join core.site s using (site_id)
        where s.kind = 'forest'
    ),
    -- a day holds until the next one is computed, which is late after half a day
    held as (
        select w.*, core.noon(w.day) as begins, core.noon(w.day) + interval '36 hours' as ends, lead(core.noon(w.day)) over site as next
        from asked a
        join core.fire_weather w using (site_id)
        where core.noon(w.day) <= until
        window site as (partition by w.site_id order by w.day)
    ),
    moment as (
        select h.site_id, greatest(h.begins, a.begins) as at, h.day
        from held h join asked a using (site_id)
        where least(h.ends, coalesce(h.next, 'infinity')) > a.begins
        union all
        select h.site_id, greatest(h.ends, a.begins), null
        from held h join asked a using (site_id)
        where h.ends <= until and h.ends < coalesce(h.next, 'infinity') and coalesce(h.next, 'infinity') > a.begins
        union all
        -- before the first day nothing was known
        select a.site_id, a.begins, null
        from asked a
        join (select site_id, min(begins) as first from held group by site_id) f using (site_id)
        where f.first > a.begins
    ),
    stated as (
        select m.site_id, m.at, m.at = max(m.at) over (partition by m.site_id) as is_newest, h.day, h.begins, h.ends, h.fwi, h.ffmc, h.dmc, h.dc, h.isi, h.bui,
               h.is_forecast, h.under_canopy, h.uncertain, h.by_own_season, coalesce(h.state, 'no_data') as state
        from moment m left join held h on h.site_id = m.site_id and h.day = m.day
    )
    select s.site_id, s.at, s.ends, s.state, -s.fwi, case when s.fwi is not null then s.begins end, api.rounded(s.fwi, 1),
           case when s.fwi is not null then 'FWI' end, 1,
           case when s.day is null then 'not_computed' when s.fwi is null then 'weather_missing' when s.uncertain then 'uncertain'
                when s.under_canopy then 'under_canopy' when s.is_forecast then 'forecast' end, null::timestamptz, jsonb_build_object('day', s.day)
    from stated s where s.is_newest
    union all
    -- of what was, only the state is kept
    select site_id, at, null, state, null, null, null, null, null, null, null, null from stated where not is_newest
$$;
comment on function core.decide_fire_weather is
    'The class of the Fire Weather Index of forest stands from a time of each on: one row for each noon, and where the next one is late. As core.signal.';

create view api.fire_weather with (security_barrier) as
select w.site_id, w.tenant_id, w.day, api.rounded(w.temperature_degc, 1) as temperature_degc, api.rounded(w.humidity_pct, 1) as humidity_pct,
       api.rounded(w.wind_kmh, 1) as wind_kmh, api.rounded(w.rain_mm, 1) as rain_mm, api.rounded(w.vpd_kpa, 2) as vpd_kpa,
       api.rounded(w.ffmc, 1) as ffmc, api.rounded(w.dmc, 1) as dmc, api.rounded(w.dc, 1) as dc, api.rounded(w.isi, 1) as isi,
       api.rounded(w.bui, 1) as bui, api.rounded(w.fwi, 1) as fwi, w.state, w.by_own_season, w.uncertain, w.is_forecast, w.under_canopy
from core.fire_weather w
where :seen(w.tenant_id);
comment on view api.fire_weather is
    'Weather at noon of standard time at a forest stand, day by day, and the codes of the Fire Weather Index System: ffmc, dmc, dc (litter, duff, '
    'deep duff), isi (spread), bui (fuel), fwi; its class, and the marks: by_own_season, uncertain, is_forecast, under_canopy (an index of the stand).';

create view api.fire_weather_signal with (security_barrier) as
select s.tenant_id, s.site_id, 'fire_weather' as signal, v.state, v.level, d.place, d.since, d.time, d.value, d.unit, d.decimals,
       d.reason, d.reason_since, d.decided_at
from core.site s
join core.current_signal d on d.site_id = s.site_id and d.signal = 'fire_weather'
join core.level v on v.signal = 'fire_weather' and v.state = d.state
where :seen(s.tenant_id);
comment on view api.fire_weather_signal is 'The class of the Fire Weather Index of a forest stand; of one whose weather nobody knows nothing is said.';

create view api.forest with (security_barrier) as
select s.site_id, s.tenant_id, s.name, s.latitude, s.longitude, v.state, v.level, v.rank, d.reason, d.time, d.since, d.decided_at, d.place, w.day, w.fwi,
       w.ffmc, w.dmc, w.dc, w.isi, w.bui, w.temperature_degc, w.humidity_pct, w.wind_kmh, w.rain_mm, w.vpd_kpa, coalesce(w.by_own_season, false) as by_own_season
from core.site s
left join core.current_signal d on d.site_id = s.site_id and d.signal = 'fire_weather'
left join api.fire_weather w on w.site_id = s.site_id and w.day = (d.inputs ->> 'day')::date
join core.level v on v.signal = 'fire_weather' and v.state = coalesce(d.state, 'no_data')
where s.kind = 'forest' and :seen(s.tenant_id);
comment on view api.forest is
    'One row per forest stand: the class of its Fire Weather Index with the newest codes and the weather of that noon; no_data without a reason where no '
    'weather is known near it.';
