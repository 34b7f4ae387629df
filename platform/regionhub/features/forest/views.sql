-- Forest stands: fire weather, decided from what was computed day by day (fire_weather.py), beside the official index of the weather service; smoke;
-- and drought of soil and trees.

drop function if exists core.decide_fire_weather;
drop function if exists core.decide_smoke;
drop function if exists core.decide_drought;
drop function if exists core.froze_lately;
drop function if exists core.driest_air_kpa;
drop function if exists core.stand_weather;

create function api.vapour_pressure_deficit_kpa(temperature_degc double precision, humidity_pct double precision)
returns double precision language sql immutable parallel safe as $$
    select 0.6108 * exp(17.27 * temperature_degc / (temperature_degc + 237.3)) * (1 - least(humidity_pct, 100) / 100)
$$;
comment on function api.vapour_pressure_deficit_kpa is
    'Vapour pressure deficit (VPD) in kPa from air temperature (°C) and relative humidity (%): es - ea, with es of FAO irrigation and drainage paper 56, '
    'equation 11. Never below 0.';

create function api.tree_water_deficit(times timestamptz[], sizes_um double precision[], recovered_um double precision, reseated_um double precision)
returns table ("time" timestamptz, deficit_um double precision, full_at timestamptz, day_before_um double precision)
language plpgsql immutable parallel safe rows 5000 as $$
declare
    moved double precision := 0;
    largest double precision;
    deficits double precision[] := '{}';
    before integer := 0;
begin
    for i in 1 .. coalesce(cardinality(times), 0) loop
        time := times[i];
        if i > 1 and abs(sizes_um[i] - sizes_um[i - 1])
                     > reseated_um * greatest(1, extract(epoch from times[i] - times[i - 1]) / 3600) then
            moved := moved + sizes_um[i] - sizes_um[i - 1];
        end if;
        largest := greatest(largest, sizes_um[i] - moved);
        deficit_um := largest - (sizes_um[i] - moved);
        deficits[i] := deficit_um;
        if deficit_um <= recovered_um then
            full_at := time;
        end if;
        while times[before + 1] <= time - interval '24 hours' loop
            before := before + 1;
        end loop;
        day_before_um := case when times[before] > time - interval '27 hours' then deficits[before] end;
        return next;
    end loop;
end $$;
comment on function api.tree_water_deficit is
    'Tree water deficit (TWD, µm) of a stem at each of its readings in rising order: the largest size it had so far less its size now, as stems do not grow '
    'while they shrink (zero-growth concept: Zweifel, Haeni, Buchmann, Eugster 2016, New Phytologist 211, 839-849). A step of more than reseated_um an hour is '
    'the dendrometer that was moved: the stem is taken to have kept its size. full_at: when it was last within recovered_um of its largest size; day_before_um: '
    'its deficit 24 to 27 hours before.';

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
           api.vapour_pressure_deficit_kpa(w.temperature_degc, w.relative_humidity_pct),
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

-- Smoke --------------------------------------------------------------------------------------------

create function core.decide_smoke(site_ids integer[], begins timestamptz[], until timestamptz)
returns table (site_id integer, at timestamptz, due_at timestamptz, state text, place double precision, "time" timestamptz,
               value double precision, unit text, decimals integer, reason text, reason_since timestamptz, inputs jsonb)
language sql stable as $$
    with asked as (
        select s.site_id, a.begins
        from unnest(decide_smoke.site_ids, decide_smoke.begins) a (site_id, begins)
        join core.site s using (site_id)
        where s.kind = 'forest'
    ),
    -- a value holds until the sensor says one that does not count: it does not know any more
    said as materialized (
        select h.site_id, h.at, h.installation_id, h.quantity, h.time, h.value, d.position, least(h.ends, u.at) as ends
        from core.held_values((select array_agg(a.site_id) from asked a), (select array_agg(a.begins) from asked a), until,
                              array['smoke_alarm', 'smoke_concentration'], null, '{}', null, null, null) h
        left join core.datastream d using (datastream_id)
        left join lateral (
            select min(x.time) as at from core.reading x
            where x.datastream_id = h.datastream_id and x.time > h.time and x.time < h.ends and (x.value is null or not :decisive(x.quality, x.tests))
        ) u on true
    ),
    held as materialized (
        select s.*, coalesce(s.at < s.ends, false) as fresh from said s
        union all
        select s.site_id, e.at, s.installation_id, s.quantity, s.time, s.value, s.position, s.ends, coalesce(e.at < s.ends, false)
        from (select distinct d.site_id, d.ends as at, m.at as held_at
              from said d
              join (select site_id, at, lead(at) over (partition by site_id order by at) as next from said group by site_id, at) m using (site_id, at)
              where d.ends > m.at and (d.ends < m.next or m.next is null and d.ends <= until)) e
        join said s on s.site_id = e.site_id and s.at = e.held_at
    ),
    -- each sensor says by its alarm, its concentration or both whether there is smoke; one that says nothing now may stand in it
    sensor as (
        select h.site_id, h.at, h.installation_id, bool_or(h.fresh) as fresh,
               bool_or(h.fresh and (h.quantity = 'smoke_alarm' and h.value >= 1 or h.quantity = 'smoke_concentration' and h.value >= r.smoke_pct)) as smoke,
               bool_or(h.fresh and h.quantity = 'smoke_concentration' and h.value >= r.haze_pct) as haze,
               max(h.value) filter (where h.fresh and h.quantity = 'smoke_concentration') as concentration,
               max(h.time) as time, min(h.ends) filter (where h.fresh) as old_at
        from held h cross join core.forest_rule r
        group by h.site_id, h.at, h.installation_id, h.position
    ),
    stand as (
        select s.site_id, s.at, bool_or(s.smoke) as smoke, bool_or(s.haze) as haze, bool_and(s.fresh) as all_fresh, bool_or(s.fresh) as any_fresh,
               count(s.installation_id) as sensors, count(*) filter (where s.smoke) as smoking, max(s.concentration) as concentration,
               max(s.time) as time, min(s.old_at) as old_at
        from sensor s
        join asked a using (site_id)
        where s.at >= a.begins
        group by s.site_id, s.at
    ),
    stated as materialized (
        select s.*, s.at = max(s.at) over (partition by s.site_id) as is_newest,
               case when s.smoke then 'smoke' when s.haze then 'smoke_possible' when not s.all_fresh then 'no_data' else 'no_smoke' end as state
        from stand s
    )
    select s.site_id, s.at, least(s.old_at, b.due_at, core.next_change(s.site_id, until)), s.state, -s.concentration, s.time, s.concentration,
           case when s.concentration is not null then '%' end, 0,
           case when s.state <> 'no_data' then null when s.sensors = 0 then 'no_sensor' when s.any_fresh then 'one_silent' else b.reason end,
           case when s.sensors > 0 and not s.any_fresh then b.since end,
           jsonb_build_object('installed', s.sensors > 0, 'sensors', s.sensors, 'smoking', s.smoking)
    from (select * from stated where is_newest) s
    left join lateral core.site_absence(s.site_id, array['smoke_alarm', 'smoke_concentration'], '{}', null, null) b
        on s.state = 'no_data' and s.sensors > 0
    union all
    -- of what was, only the state is kept
    select site_id, at, null, state, null, null, null, null, null, null, null, null from stated where not is_newest
$$;
comment on function core.decide_smoke is
    'Whether smoke sensors of forest stands report smoke, from a time of each on: at once, with the first reading that decides, as such a device sends its '
    'alarm once. Only if all of them have a value that is not too old there is no smoke. As core.signal; a stand without a sensor has one row, which '
    'api.smoke_signal leaves out.';

-- Drought ------------------------------------------------------------------------------------------

create function core.froze_lately(site integer, at timestamptz, since timestamptz) returns boolean language sql stable as $$
    select exists (
        select from core.installation i
        join core.datastream d using (device_id)
        join core.reading r on r.datastream_id = d.datastream_id and r.time > froze_lately.since and r.time <= froze_lately.at
        where i.site_id = froze_lately.site and d.quantity = 'air_temperature' and r.time >= i.from_time and (i.to_time is null or r.time < i.to_time)
          and r.value < 0 and :decisive(r.quality, r.tests)
    )
$$;
comment on function core.froze_lately is 'Whether the air at a site was below 0 °C after a time: bark that freezes shrinks, and no drought is read from it.';

create function core.driest_air_kpa(site integer, at timestamptz) returns double precision language sql stable as $$
    select max(api.vapour_pressure_deficit_kpa(r.value, u.value))
    from core.installation i
    join core.datastream t on t.device_id = i.device_id and t.quantity = 'air_temperature'
    join core.datastream h on h.device_id = i.device_id and h.quantity = 'relative_humidity' and h.position = t.position
    join core.reading r on r.datastream_id = t.datastream_id and r.time > driest_air_kpa.at - interval '24 hours' and r.time <= driest_air_kpa.at
    join core.reading u on u.datastream_id = h.datastream_id and u.time = r.time
    where i.site_id = driest_air_kpa.site and r.time >= i.from_time and (i.to_time is null or r.time < i.to_time)
      and :decisive(r.quality, r.tests) and :decisive(u.quality, u.tests)
$$;
comment on function core.driest_air_kpa is 'The highest vapour pressure deficit (kPa) that was measured at a site within the 24 hours before.';

create function core.decide_drought(site_ids integer[], begins timestamptz[], until timestamptz)
returns table (site_id integer, at timestamptz, due_at timestamptz, state text, place double precision, "time" timestamptz,
               value double precision, unit text, decimals integer, reason text, reason_since timestamptz, inputs jsonb)
language sql stable as $$
    with asked as materialized (
        select s.site_id, a.begins, x.field_capacity_pct, x.wilting_point_pct, x.porosity_pct, x.residual_pct, x.mvg_alpha_per_hpa, x.mvg_n
        from unnest(decide_drought.site_ids, decide_drought.begins) a (site_id, begins)
        join core.site s using (site_id)
        left join core.site_group g using (site_group_id)
        left join core.soil_texture x on x.soil_texture = coalesce(s.soil_texture, g.soil_texture)
        where s.kind = 'forest'
    ),
    held as materialized (
        select h.*, coalesce(h.at < h.ends, false) as fresh, i.depth_cm, d.position,
               h.quantity in ('soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential') as of_soil
        from core.forest_rule r
        cross join lateral core.held_values(
            (select array_agg(a.site_id) from asked a), (select array_agg(a.begins) from asked a), until,
            array['soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential', 'soil_temperature', 'dendrometer_position', 'air_temperature',
                  'relative_humidity'],
            r.soil_stale_after, array['soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential'], interval '24 hours', null, null) h
        left join core.installation i using (installation_id)
        left join core.datastream d using (datastream_id)
    ),
    probe as (
        select h.site_id, h.at, h.depth_cm, h.installation_id, h.position,
               avg(h.median) filter (where h.quantity = 'soil_moisture_vwc') as vwc,
               -- tension is what is missing to the potential of free water
               avg(case h.quantity when 'soil_water_potential' then -h.median else h.median end)
                   filter (where h.quantity in ('soil_water_tension', 'soil_water_potential')) as tension,
               min(h.value) filter (where h.quantity = 'soil_temperature') as temperature, max(h.time) filter (where h.of_soil) as time
        from held h
        where h.fresh and (h.of_soil or h.quantity = 'soil_temperature')
        group by h.site_id, h.at, h.depth_cm, h.installation_id, h.position
    ),
    -- as warm as where it measures: at itself, else at its depth, else anywhere at the stand
    watered as (
        select p.*, coalesce(p.vwc > a.porosity_pct + 5, false) as impossible,
               coalesce(coalesce(p.temperature, min(p.temperature) over depth, min(p.temperature) over stand) <= r.frozen_degc, false) as frozen,
               api.nfk_pct(coalesce(p.vwc, api.vwc_of_tension_pct(p.tension, a.residual_pct, a.porosity_pct, a.mvg_alpha_per_hpa, a.mvg_n)),
                           a.field_capacity_pct, a.wilting_point_pct) as nfk
        from probe p
        join asked a using (site_id)
        cross join core.forest_rule r
        window stand as (partition by p.site_id, p.at), depth as (partition by p.site_id, p.at, p.depth_cm)
    ),
    -- without the noise of floating point, which would decide at a limit
    depth as materialized (
        select w.site_id, w.at, w.depth_cm, api.rounded(avg(w.nfk) filter (where not w.frozen and not w.impossible), 6) as nfk,
               bool_or(w.frozen) as frozen, bool_or(w.impossible) as impossible, max(w.time) as time
        from watered w
        where w.vwc is not null or w.tension is not null
        group by w.site_id, w.at, w.depth_cm
    ),
    -- temperature and humidity of one sensor
    air as (
        select x.site_id, x.at, max(api.vapour_pressure_deficit_kpa(x.temperature, x.humidity)) as vpd, max(x.time) as time
        from (select h.site_id, h.at, h.installation_id, h.position, avg(h.value) filter (where h.quantity = 'air_temperature') as temperature,
                     avg(h.value) filter (where h.quantity = 'relative_humidity') as humidity, max(h.time) as time
              from held h
              where h.fresh and h.quantity in ('air_temperature', 'relative_humidity')
              group by h.site_id, h.at, h.installation_id, h.position) x
        group by x.site_id, x.at
    ),
    stem as materialized (
        select i.installation_id, d.datastream_id, x.times[1] as first, w.*
        from asked a
        cross join core.forest_rule r
        join core.installation i using (site_id)
        join core.datastream d on d.device_id = i.device_id and d.quantity = 'dendrometer_position'
        cross join lateral (
            select array_agg(v.time order by v.time) as times, array_agg(v.value order by v.time) as sizes
            from core.reading v
            where v.datastream_id = d.datastream_id and v.time >= i.from_time and (i.to_time is null or v.time < i.to_time)
              and v.time > a.begins - interval '400 days' and v.time <= until + api.clock_tolerance()
              and v.value is not null and :decisive(v.quality, v.tests)
        ) x
        cross join lateral api.tree_water_deficit(x.times, x.sizes, r.recovered_um, r.reseated_um) w
    ),
    -- of several trees the one that has lacked water for longest; all of it as of its reading
    tree as (
        select distinct on (h.site_id, h.at) h.site_id, h.at, h.time, w.deficit_um as deficit, w.full_at, w.deficit_um > w.day_before_um + r.recovered_um as rising,
               case when w.first > h.time - make_interval(days => r.dry_days) then null
                    when w.full_at <= h.time - make_interval(days => r.very_dry_days) then 2
                    when w.full_at <= h.time - make_interval(days => r.dry_days) then 1
                    else 0 end as shrunk_level
        from held h
        join stem w on w.installation_id = h.installation_id and w.datastream_id = h.datastream_id and w.time = h.time
        cross join core.forest_rule r
        where h.fresh and h.quantity = 'dendrometer_position'
        order by h.site_id, h.at, w.full_at, h.datastream_id
    ),
    fact as (
        -- by grouping, as joins of long lists are planned badly
        select f.site_id, f.at, max(f.installed) as installed, avg(f.nfk) as nfk, bool_or(f.frozen) as frozen, bool_or(f.impossible) as impossible,
               bool_or(f.soil) as soil, max(f.vpd) as vpd, max(f.air_time) as air_time, max(f.deficit) as deficit, max(f.full_at) as full_at,
               max(f.tree_time) as tree_time, bool_or(f.rising) as rising, max(f.shrunk_level) as shrunk_level,
               greatest(max(f.time), max(f.tree_time)) as time, min(f.old_at) as old_at
        from (
            select h.site_id, h.at, case when h.of_soil or h.quantity = 'dendrometer_position' then 1 end as installed, null::double precision as nfk,
                   null::boolean as frozen, null::boolean as impossible, null::boolean as soil, null::timestamptz as time, null::double precision as vpd,
                   null::timestamptz as air_time, null::double precision as deficit, null::timestamptz as full_at, null::timestamptz as tree_time,
                   null::boolean as rising, null::integer as shrunk_level, case when h.fresh then h.ends end as old_at
            from held h
            union all
            select d.site_id, d.at, null, d.nfk, d.frozen, d.impossible, true, d.time, null, null, null, null, null, null, null, null from depth d
            union all
            select a.site_id, a.at, null, null, null, null, null, null, a.vpd, a.time, null, null, null, null, null, null from air a
            union all
            select t.site_id, t.at, null, null, null, null, null, null, null, null, t.deficit, t.full_at, t.time, t.rising, t.shrunk_level, null from tree t
        ) f
        group by f.site_id, f.at
    ),
    judged as materialized (
        select f.*, r.*, f.at = max(f.at) over (partition by f.site_id) as is_newest,
               case when f.nfk < r.very_dry_nfk_pct then 2 when f.nfk < r.dry_nfk_pct then 1 when f.nfk is not null then 0 end as soil_level,
               -- looked up only where it decides
               case when f.shrunk_level > 0 and core.froze_lately(f.site_id, f.tree_time, least(f.full_at, f.tree_time - interval '24 hours')) then null
                    when f.shrunk_level = 0 and f.rising and core.driest_air_kpa(f.site_id, f.tree_time) > r.dry_air_kpa then 1
                    else f.shrunk_level end as tree_level
        from fact f
        join asked a using (site_id)
        cross join core.forest_rule r
        where f.at >= a.begins
    ),
    stated as materialized (
        select j.*, case greatest(j.soil_level, j.tree_level) when 2 then 'severe_drought' when 1 then 'drought' when 0 then 'no_drought'
                         else 'no_data' end as state
        from judged j
    )
    select s.site_id, s.at, least(s.old_at, b.due_at, core.next_change(s.site_id, until)), s.state, s.nfk, s.time,
           -- downwards, as it is dry "below 50 %": 49.7 % must not stand there as 50 %
           case when s.by_stem then api.rounded(s.deficit, 0) else floor(s.nfk) end,
           case when s.by_stem then 'µm TWD' when s.nfk is not null then '% nFK' end, 0,
           case when s.state = 'no_drought' then null
                when s.state = 'no_data' then case when s.installed is null then 'no_sensor'
                                                   when s.frozen or s.shrunk_level > 0 then 'frost'
                                                   when s.impossible then 'implausible'
                                                   when s.soil and s.nfk is null then 'soil_texture_missing'
                                                   when s.deficit is not null then 'stem_unknown'
                                                   else b.reason end
                when s.soil_level > 0 and s.tree_level > 0 then 'soil_and_tree'
                when s.soil_level > 0 then 'soil'
                when s.shrunk_level > 0 then 'tree'
                else 'air' end,
           b.since,
           jsonb_build_object(
               'installed', s.installed is not null, 'nfk_pct', (floor(s.nfk::numeric * 10) / 10)::double precision,
               'depths', (select jsonb_agg(jsonb_build_object('depth_cm', d.depth_cm, 'nfk_pct', floor(d.nfk))
                                           order by d.depth_cm)
                          from depth d where d.site_id = s.site_id and d.at = s.at),
               'twd_um', api.rounded(s.deficit, 0), 'short_days', api.rounded((extract(epoch from s.tree_time - s.full_at) / 86400)::double precision, 1), 'rising', s.rising,
               'vpd_kpa', api.rounded(s.vpd, 2), 'driest_vpd_kpa', api.rounded(core.driest_air_kpa(s.site_id, s.air_time), 2))
    from (select *, tree_level > coalesce(soil_level, -1) or nfk is null and tree_level is not null as by_stem from stated where is_newest) s
    left join lateral core.site_absence(s.site_id, array['soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential', 'dendrometer_position'],
                                        '{}', s.soil_stale_after, null) b
        on s.state = 'no_data' and s.installed is not null and s.soil is null and s.deficit is null
    union all
    -- of what was, only the state is kept
    select site_id, at, null, state, null, null, null, null, null, null, null, null from stated where not is_newest
$$;
comment on function core.decide_drought is
    'Whether soil and trees of forest stands lack water, from a time of each on: by the mean over the depths of plant-available water (the median of 24 hours '
    'of each probe), and by how long a stem has not been full again, the worse of both. As core.signal; inputs are what it stands on: % nFK by depth, tree '
    'water deficit, vapour pressure deficit now and at its highest of 24 hours. A stand that measures neither soil nor stems has one row, which '
    'api.drought_signal leaves out.';

drop trigger if exists forest_rule_changed on core.forest_rule;
create trigger forest_rule_changed after update on core.forest_rule for each statement execute function core.touch_all_sites();

create view api.smoke_signal with (security_barrier) as
select s.tenant_id, s.site_id, 'smoke' as signal, v.state, v.level, d.place, d.since, d.time, d.value, d.unit, d.decimals, d.reason, d.reason_since,
       d.decided_at
from core.site s
join core.current_signal d on d.site_id = s.site_id and d.signal = 'smoke' and (d.inputs ->> 'installed')::boolean
join core.level v on v.signal = 'smoke' and v.state = d.state
where :seen(s.tenant_id);
comment on view api.smoke_signal is 'Whether smoke sensors of a forest stand report smoke; of a stand without one nothing is said.';

create view api.drought_signal with (security_barrier) as
select s.tenant_id, s.site_id, 'drought' as signal, v.state, v.level, d.place, d.since, d.time, d.value, d.unit, d.decimals, d.reason, d.reason_since,
       d.decided_at
from core.site s
join core.current_signal d on d.site_id = s.site_id and d.signal = 'drought' and (d.inputs ->> 'installed')::boolean
join core.level v on v.signal = 'drought' and v.state = d.state
where :seen(s.tenant_id);
comment on view api.drought_signal is 'Whether soil and trees of a forest stand lack water; of a stand that measures neither nothing is said.';

create view api.forest_rule as
select smoke_pct, haze_pct, dry_nfk_pct, very_dry_nfk_pct, recovered_um, reseated_um, dry_days, very_dry_days, dry_air_kpa from core.forest_rule;
comment on view api.forest_rule is 'One row: where smoke, dry soil (% nFK), trees short of water (days, µm) and dry air (kPa) begin.';

-- As readers see it -------------------------------------------------------------------------------

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
       w.ffmc, w.dmc, w.dc, w.isi, w.bui, w.temperature_degc, w.humidity_pct, w.wind_kmh, w.rain_mm, w.vpd_kpa, coalesce(w.by_own_season, false) as by_own_season,
       m.state as smoke_state, m.level as smoke_level, m.reason as smoke_reason, m.reason_since as smoke_reason_since, m.since as smoke_since,
       m.time as smoke_time, m.value as smoke_pct,
       t.state as drought_state, t.level as drought_level, t.reason as drought_reason, t.reason_since as drought_reason_since, t.since as drought_since,
       t.time as drought_time, x.nfk_pct, l.depths_cm, l.depths_nfk_pct, x.twd_um, x.short_days, x.rising, x.vpd_kpa as vpd_now_kpa, x.driest_vpd_kpa,
       coalesce(s.soil_texture, g.soil_texture) as soil_texture,
       greatest(coalesce(m.level, case when m.state is not null then 0.5 end), coalesce(v.level, 0.5), coalesce(t.level, case when t.state is not null then 0.5 end))
           as urgency
from core.site s
left join core.site_group g on g.site_group_id = s.site_group_id and g.tenant_id = s.tenant_id
left join core.current_signal d on d.site_id = s.site_id and d.signal = 'fire_weather'
left join api.fire_weather w on w.site_id = s.site_id and w.day = (d.inputs ->> 'day')::date
left join api.smoke_signal m on m.site_id = s.site_id
left join api.drought_signal t on t.site_id = s.site_id
left join core.current_signal n on n.site_id = s.site_id and n.signal = 'drought' and n.reason is distinct from 'not_decided'
left join lateral jsonb_to_record(n.inputs)
    x (nfk_pct double precision, depths jsonb, twd_um double precision, short_days double precision, rising boolean, vpd_kpa double precision,
       driest_vpd_kpa double precision) on true
left join lateral (
    -- null: frozen, or the soil is not known
    select array_agg((e.depth ->> 'depth_cm')::real order by e.number) as depths_cm,
           array_agg((e.depth ->> 'nfk_pct')::real order by e.number) as depths_nfk_pct
    from jsonb_array_elements(x.depths) with ordinality e (depth, number)
    where jsonb_typeof(x.depths) = 'array'
) l on true
join core.level v on v.signal = 'fire_weather' and v.state = coalesce(d.state, 'no_data')
where s.kind = 'forest' and :seen(s.tenant_id);
comment on view api.forest is
    'One row per forest stand: the class of its Fire Weather Index with the newest codes and the weather of that noon; no_data without a reason where no '
    'weather is known near it. Smoke and drought (api.smoke_signal, api.drought_signal), null where nothing measures them, with what drought stands on: % nFK of '
    'the mean and by depth, tree water deficit (µm) and for how many days the stem has not been full, vapour pressure deficit (kPa). urgency: the highest level of '
    'them; what is not known counts 0.5.';
