-- Weather at a site, from whatever stands near: our own weather stations, stations and radar that are fetched, the forecast of a point.

drop function if exists core.weather_noon;
drop function if exists core.weather_daily;
drop function if exists core.weather_forecast_station;
drop function if exists core.rain_hourly;
drop function if exists core.weather_streams;
drop function if exists core.et0_fao56;
drop function if exists core.et0_hargreaves;
drop function if exists core.sky_radiation;
drop function if exists core.vapour_pressure;
drop function if exists core.wind_at;
drop function if exists core.weather_reach;

create function api.distance_km(latitude double precision, longitude double precision, other_latitude double precision, other_longitude double precision)
returns double precision language sql immutable parallel safe as $$
    select 12742 * asin(sqrt(least(1, power(sin(radians(other_latitude - latitude) / 2), 2)
                                      + cos(radians(latitude)) * cos(radians(other_latitude)) * power(sin(radians(other_longitude - longitude) / 2), 2))))
$$;
comment on function api.distance_km is 'Between two positions on a sphere of 6371 km.';

create function api.weather_reach(what text) returns double precision language sql immutable parallel safe as $$
    select case what when 'rain' then 15 when 'air' then 40 when 'fire_danger' then 50 end::double precision
$$;
comment on function api.weather_reach is
    'How far, in km, what is measured stands for a place: rain (showers are small), air (temperature, humidity, wind, radiation and the '
    'forecast of a point), fire_danger.';

create function core.wind_at(height_m double precision, speed double precision, measured_at_m double precision)
returns double precision language sql immutable parallel safe as $$
    select speed * ln(67.8 * height_m - 5.42) / ln(67.8 * measured_at_m - 5.42)
$$;
comment on function core.wind_at is 'Wind speed at another height above short grass: the logarithmic profile of FAO-56, equation 47.';

create function core.vapour_pressure(temperature_degc double precision) returns double precision language sql immutable parallel safe as $$
    select 0.6108 * exp(17.27 * temperature_degc / (temperature_degc + 237.3))
$$;
comment on function core.vapour_pressure is 'Saturation vapour pressure in kPa: FAO-56, equation 11.';

create function core.sky_radiation(day date, latitude double precision) returns double precision language sql immutable parallel safe as $$
    select 24 * 60 / pi() * 0.0820 * e.distance
           * (e.sunset * sin(e.phi) * sin(e.declination) + cos(e.phi) * cos(e.declination) * sin(e.sunset))
    from (
        select d.*, acos(greatest(-1, least(1, -tan(d.phi) * tan(d.declination)))) as sunset
        from (select radians(latitude) as phi, 1 + 0.033 * cos(2 * pi() / 365 * extract(doy from day)) as distance,
                     0.409 * sin(2 * pi() / 365 * extract(doy from day) - 1.39) as declination) d
    ) e
$$;
comment on function core.sky_radiation is 'Radiation above the atmosphere on a day in MJ/m2: FAO-56, equations 21 to 25.';

create function core.et0_fao56(day date, latitude double precision, elevation_m double precision, lowest_degc double precision,
                               highest_degc double precision, vapour_kpa double precision, wind_2m double precision, radiation_mj double precision,
                               soil_heat_mj double precision default 0)
returns double precision language sql immutable parallel safe as $$
    select greatest(0, (0.408 * r.slope * (r.net - soil_heat_mj) + r.gamma * 900 / (r.mean + 273) * wind_2m * (r.saturation - vapour_kpa))
                       / (r.slope + r.gamma * (1 + 0.34 * wind_2m)))
    from (
        select m.*, 4098 * core.vapour_pressure(m.mean) / power(m.mean + 237.3, 2) as slope,
               (core.vapour_pressure(highest_degc) + core.vapour_pressure(lowest_degc)) / 2 as saturation,
               0.665e-3 * 101.3 * power((293 - 0.0065 * elevation_m) / 293, 5.26) as gamma,
               0.77 * radiation_mj - 4.903e-9 * (power(highest_degc + 273.16, 4) + power(lowest_degc + 273.16, 4)) / 2
                   * (0.34 - 0.14 * sqrt(vapour_kpa)) * (1.35 * least(1, radiation_mj / nullif(m.clear, 0)) - 0.35) as net
        from (select (highest_degc + lowest_degc) / 2 as mean,
                     (0.75 + 2e-5 * elevation_m) * core.sky_radiation(day, latitude) as clear) m
    ) r
$$;
comment on function core.et0_fao56 is
    'Reference evapotranspiration of a day in mm after Penman and Monteith (FAO-56, equation 6): temperatures, mean vapour pressure, '
    'wind at 2 m, global radiation.';

create function core.et0_hargreaves(day date, latitude double precision, lowest_degc double precision, highest_degc double precision)
returns double precision language sql immutable parallel safe as $$
    select greatest(0, 0.0023 * ((highest_degc + lowest_degc) / 2 + 17.8) * sqrt(greatest(0, highest_degc - lowest_degc))
                       * 0.408 * core.sky_radiation(day, latitude))
$$;
comment on function core.et0_hargreaves is 'Reference evapotranspiration of a day in mm from temperatures alone: FAO-56, equation 52.';

create function core.weather_streams(site integer, quantities text[], within_km double precision)
returns table (datastream_id integer, quantity text, distance_km double precision, from_time timestamptz, to_time timestamptz,
               interval_seconds integer, mm_per_count double precision, wind_height_m double precision)
language sql stable as $$
    with here as (
        select s.site_id, s.tenant_id, s.latitude, s.longitude from core.site s where s.site_id = site and s.latitude is not null
    ),
    seen as (
        select d.datastream_id, d.device_id, d.quantity
        from here join core.datastream d using (tenant_id)
        where d.quantity = any(quantities)
        union
        select d.datastream_id, d.device_id, d.quantity
        from here
        join core.sharing_grant g on g.to_tenant_id = here.tenant_id
        join core.datastream d on d.datastream_id = g.datastream_id
        where d.quantity = any(quantities) and g.resolution in ('raw', 'hourly') and g.revoked_at is null and g.valid_from <= now()
          and (g.valid_until is null or g.valid_until > now())
    )
    select n.datastream_id, n.quantity, x.km, i.from_time, coalesce(i.to_time, 'infinity'), v.interval_seconds,
           coalesce((v.parameters ->> 'rain_mm_per_count')::double precision, 0.2), coalesce((v.parameters ->> 'wind_height_m')::double precision, 2)
    from seen n
    join core.device v using (device_id)
    join core.installation i using (device_id)
    join core.site s on s.site_id = i.site_id
    cross join here
    cross join lateral (select api.distance_km(here.latitude, here.longitude, s.latitude, s.longitude) as km) x
    -- a sensor below a tree or above a road says nothing of the weather beyond it
    where x.km <= within_km
      and (s.kind = 'weather' or s.site_id = here.site_id
           or exists (select from core.datastream w
                      where w.device_id = v.device_id
                        and w.quantity in ('precipitation', 'precipitation_cumulative', 'rain_total', 'rain_counter', 'wind_speed', 'irradiance')))
$$;
comment on function core.weather_streams is
    'What measures some quantities of the weather around a site and is seen by its town: at sites for the weather, and devices that '
    'measure rain, wind or radiation. Wind is taken as measured at 2 m, a count of a rain gauge as 0.2 mm, unless the device says otherwise.';

create function core.rain_hourly(stream integer, from_time timestamptz, to_time timestamptz, mm_per_count double precision)
returns table (hour timestamptz, mm double precision)
language sql stable as $$
    -- more fell in no hour in Germany (Miltzow 1968): such a step is that of a device
    select m.bucket, case when m.mm <= 200 then m.mm end
    from (
        select h.bucket, case
                   when h.quantity = 'precipitation' then h.sum
                   else case
                       when h.last >= h.before then h.last - h.before
                       -- a counter of one byte that was nearly full ran over; any other one that steps back began anew
                       when h.quantity = 'rain_counter' and h.before between 224 and 255 then h.last - h.before + 256
                       when h.before is not null then h.last
                   end * case h.quantity when 'rain_counter' then mm_per_count else 1 end
               end as mm
        from (
            select r.bucket, r.sum, r.last, lag(r.last) over (order by r.bucket) as before, d.quantity
            from core.reading_hourly r join core.datastream d using (datastream_id)
            where r.datastream_id = stream and r.bucket >= from_time - interval '3 hours' and r.bucket < to_time
        ) h
        where h.bucket >= from_time
    ) m
$$;
comment on function core.rain_hourly is
    'Rain of the hours in which a rain gauge said something, whether it tells sums, a total or a count; null where the count before is not known, or '
    'more than can fall.';

create function core.weather_forecast_station(site integer) returns integer language sql stable as $$
    select n.feed_station_id
    from core.site s
    join core.feed_station n on (n.tenant_id = s.tenant_id or exists (select from core.tenant r where r.tenant_id = n.tenant_id and r.kind = 'region'))
    cross join lateral (select api.distance_km(s.latitude, s.longitude, n.latitude, n.longitude) as km) x
    where s.site_id = site and x.km <= api.weather_reach('air')
      -- one that was not renewed for so long is none any more, though it reaches ten days ahead
      and exists (select from core.weather_forecast f where f.feed_station_id = n.feed_station_id and f.issued_at > now() - interval '2 days')
    order by x.km limit 1
$$;
comment on function core.weather_forecast_station is 'The nearest point with a forecast of the last two days that is for the town of a site; null: there is none.';

create function core.weather_daily(site integer, from_day date, until_day date)
returns table (day date, rain_mm double precision, et0_mm double precision, is_forecast boolean)
language sql stable as $$
    with bounds as (
        select s.latitude, from_day::timestamp at time zone 'Europe/Berlin' as begins,
               (until_day + 1)::timestamp at time zone 'Europe/Berlin' as ends, (now() at time zone 'Europe/Berlin')::date as today
        from core.site s where s.site_id = site and s.latitude is not null
    ),
    rain as (
        select distinct on (w.day) w.day, w.mm
        from (
            select (h.hour at time zone 'Europe/Berlin')::date as day, n.datastream_id, n.distance_km, sum(h.mm) as mm, count(h.mm) as hours
            from bounds b
            cross join lateral (select * from core.weather_streams(site, array['precipitation', 'precipitation_cumulative', 'rain_total', 'rain_counter'],
                                                                   api.weather_reach('rain')) order by distance_km limit 4) n
            cross join lateral core.rain_hourly(n.datastream_id, greatest(b.begins, n.from_time), least(b.ends, n.to_time), n.mm_per_count) h
            group by 1, 2, 3
        ) w
        where w.hours >= 20
        order by w.day, w.distance_km, w.datastream_id
    ),
    air as (
        select distinct on (w.day, w.quantity) w.*
        from (
            select (r.bucket at time zone 'Europe/Berlin')::date as day, n.quantity, n.datastream_id, n.distance_km, n.wind_height_m,
                   r.min, r.max, r.sum / r.count as mean
            from bounds b
            cross join lateral (
                select s.*, row_number() over (partition by s.quantity order by s.distance_km, s.datastream_id) as place
                from core.weather_streams(site, array['air_temperature', 'relative_humidity', 'wind_speed', 'irradiance'], api.weather_reach('air')) s
            ) n
            cross join lateral (
                -- each datastream for itself: joined, the days of all sensors of the hub would be computed
                select * from core.reading_daily r
                where r.datastream_id = n.datastream_id and r.bucket >= greatest(b.begins, n.from_time) and r.bucket < least(b.ends, n.to_time)
                offset 0
            ) r
            where n.place <= 4 and r.count * n.interval_seconds >= 64800
        ) w
        order by w.day, w.quantity, w.distance_km, w.datastream_id
    ),
    measured as (
        select a.day, max(a.min) filter (where a.quantity = 'air_temperature') as lowest, max(a.max) filter (where a.quantity = 'air_temperature') as highest,
               max(a.mean) filter (where a.quantity = 'relative_humidity') as humidity,
               coalesce(max(core.wind_at(2, a.mean, a.wind_height_m)) filter (where a.quantity = 'wind_speed'), 2) as wind,
               max(a.mean) filter (where a.quantity = 'irradiance') * 0.0864 as radiation
        from air a group by a.day
    ),
    forecast as (
        select h.day, sum(h.rain_mm) as rain, count(h.rain_mm) as hours,
               min(h.temperature_degc) as lowest, max(h.temperature_degc) as highest, avg(core.vapour_pressure(h.dew_point_degc)) as vapour,
               core.wind_at(2, avg(h.wind_m_s), 10) as wind, sum(h.radiation_kj_m2) / 1000 as radiation,
               count(h.temperature_degc) as temperatures, count(h.radiation_kj_m2) as radiations
        from (
            select ((f.time - interval '1 hour') at time zone 'Europe/Berlin')::date as day, f.*
            from bounds b
            join core.weather_forecast f on f.feed_station_id = core.weather_forecast_station(site) and f.time > b.begins and f.time <= b.ends
        ) h
        group by h.day
    ),
    evaporation as (
        select m.day, false as is_forecast, case when m.humidity is not null and m.radiation is not null
                   then core.et0_fao56(m.day, b.latitude, 300, m.lowest, m.highest,
                                       m.humidity / 100 * (core.vapour_pressure(m.lowest) + core.vapour_pressure(m.highest)) / 2, m.wind, m.radiation)
                   else core.et0_hargreaves(m.day, b.latitude, m.lowest, m.highest) end as mm
        from measured m cross join bounds b where m.lowest is not null
        union all
        select f.day, true, case when f.vapour is not null and f.radiations >= 20
                   then core.et0_fao56(f.day, b.latitude, 300, f.lowest, f.highest, f.vapour, coalesce(f.wind, 2), f.radiation)
                   else core.et0_hargreaves(f.day, b.latitude, f.lowest, f.highest) end
        from forecast f cross join bounds b where f.temperatures >= 20
    ),
    days as (
        select d.day::date as day, d.day::date >= b.today as ahead from bounds b cross join generate_series(from_day, until_day, interval '1 day') d (day)
    )
    select d.day, w.rain_mm, w.et0_mm, d.ahead or not w.measured
    from days d
    left join rain r on r.day = d.day and not d.ahead
    left join evaporation e on e.day = d.day and not e.is_forecast and not d.ahead
    left join forecast f on f.day = d.day and f.hours >= 20
    left join evaporation g on g.day = d.day and g.is_forecast
    cross join lateral (
        select coalesce(r.mm, f.rain) as rain_mm, coalesce(e.mm, g.mm) as et0_mm, r.mm is not null or e.mm is not null as measured
    ) w
    where w.rain_mm is not null or w.et0_mm is not null
    order by d.day
$$;
comment on function core.weather_daily is
    'Rain and reference evapotranspiration (FAO-56; without humidity or radiation after Hargreaves) of days in Berlin at a site, mm: measured '
    'by what is nearest and has most of the day, from today on forecast. is_forecast: nothing of it was measured. No row where nothing is known.';

create function core.weather_noon(site integer, from_day date, until_day date)
returns table (day date, temperature_degc double precision, relative_humidity_pct double precision, wind_kmh double precision,
               rain_mm double precision, is_forecast boolean)
language sql stable as $$
    with days as (
        -- noon of standard time in Germany, in summer too
        select d.day::date as day, d.day::date + time '11:00' at time zone 'UTC' as noon
        from core.site s cross join generate_series(from_day, until_day, interval '1 day') d (day)
        where s.site_id = site and s.latitude is not null
    ),
    air as (
        select distinct on (d.day, n.quantity) d.day, n.quantity, r.value, n.wind_height_m
        from days d
        cross join lateral (
            select s.*, row_number() over (partition by s.quantity order by s.distance_km, s.datastream_id) as place
            from core.weather_streams(site, array['air_temperature', 'relative_humidity', 'wind_speed'], api.weather_reach('air')) s
            where s.from_time <= d.noon and s.to_time > d.noon
        ) n
        cross join lateral (
            select x.value from core.reading x
            where x.datastream_id = n.datastream_id and x.time between d.noon - interval '45 minutes' and d.noon + interval '45 minutes'
              and x.value is not null and :decisive(x.quality, x.tests)
            order by greatest(x.time - d.noon, d.noon - x.time) limit 1
        ) r
        where n.place <= 4
        order by d.day, n.quantity, n.place
    ),
    measured as (
        select a.day, max(a.value) filter (where a.quantity = 'air_temperature') as temperature,
               max(a.value) filter (where a.quantity = 'relative_humidity') as humidity,
               max(core.wind_at(10, a.value, a.wind_height_m)) filter (where a.quantity = 'wind_speed') as wind
        from air a group by a.day
    ),
    rain as (
        select distinct on (w.day) w.day, w.mm
        from (
            select d.day, n.datastream_id, n.distance_km, sum(h.mm) as mm, count(h.mm) as hours
            from (select * from core.weather_streams(site, array['precipitation', 'precipitation_cumulative', 'rain_total', 'rain_counter'],
                                                     api.weather_reach('rain')) order by distance_km limit 4) n
            cross join lateral core.rain_hourly(n.datastream_id, greatest(from_day - 1 + time '11:00' at time zone 'UTC', n.from_time),
                                                least(until_day + time '11:00' at time zone 'UTC', n.to_time), n.mm_per_count) h
            join days d on h.hour >= d.noon - interval '24 hours' and h.hour < d.noon
            group by 1, 2, 3
        ) w
        where w.hours >= 20
        order by w.day, w.distance_km, w.datastream_id
    ),
    forecast as (
        select d.day, f.temperature_degc as temperature,
               least(100, 100 * core.vapour_pressure(f.dew_point_degc) / core.vapour_pressure(f.temperature_degc)) as humidity, f.wind_m_s as wind, r.mm
        from days d
        cross join (select core.weather_forecast_station(site) as feed_station_id) n
        join core.weather_forecast f on f.feed_station_id = n.feed_station_id and f.time = d.noon
        left join lateral (
            select sum(x.rain_mm) as mm from core.weather_forecast x
            where x.feed_station_id = n.feed_station_id and x.time > d.noon - interval '24 hours' and x.time <= d.noon
            having count(x.rain_mm) >= 20
        ) r on true
    )
    select d.day, coalesce(m.temperature, f.temperature), coalesce(m.humidity, f.humidity), coalesce(m.wind, f.wind) * 3.6, coalesce(r.mm, f.mm),
           m.temperature is null and r.mm is null
    from days d
    left join measured m using (day)
    left join rain r using (day)
    left join forecast f using (day)
    where m.day is not null or r.day is not null or f.day is not null
    order by d.day
$$;
comment on function core.weather_noon is
    'Weather for fire danger at a site: temperature, humidity and wind (km/h at 10 m) at noon standard time (UTC+1), rain of the 24 hours '
    'before; of the nearest that measured it, else as it was forecast last. What neither says is null. is_forecast: neither temperature nor rain was measured.';

-- What is fetched --------------------------------------------------------------------------------

drop view if exists core.feed_state;
create view core.feed_state as
select f.source_id, f.tenant_id, t.slug as tenant, s.name, s.format as kind, s.broker_url as address, s.enabled, f.every_seconds, f.licence, f.origin,
       f.reach_km, f.stations, s.created_at, f.tried_at, f.fetched_at, f.newest_at, f.next_at, f.failures, f.problem, f.problem_detail,
       (select count(*)::integer from core.feed_station n where n.source_id = f.source_id) as station_count
from core.feed f join core.source s using (source_id) join core.tenant t on t.tenant_id = f.tenant_id;
comment on view core.feed_state is 'What is fetched, of all tenants; for doctor and metrics.';

do $$
begin
    execute format('grant select on core.feed_state to %I', core.role_name('api'));
end $$;

create view api.feed with (security_barrier) as
select source_id, tenant_id, tenant, name, kind, address, enabled, every_seconds, licence, origin, reach_km, stations, created_at, tried_at, fetched_at,
       newest_at, next_at, failures, problem, problem_detail, station_count
from core.feed_state
where :seen(tenant_id);
comment on view api.feed is 'What a tenant fetches: from where, how often, on what terms, and how that goes.';

create view api.feed_station with (security_barrier) as
select n.feed_station_id, n.tenant_id, n.source_id, n.code, n.name, n.latitude, n.longitude, n.elevation_m, n.device_id, n.site_id,
       f.licence, f.origin
from core.feed_station n join core.feed f using (source_id)
where :seen(n.tenant_id)
   or n.device_id = any (array(select d.device_id from core.datastream d join api.granted_datastream using (datastream_id)));
comment on view api.feed_station is 'Stations and points that something is fetched of, with whose the data are and on what terms; of others those that are shared.';

create view api.warning with (security_barrier) as
select t.tenant_id, w.identifier, w.event, w.headline, w.description, w.instruction, w.severity, w.onset, w.expires, w.sent_at, f.origin, f.licence
from core.tenant t
join core.warning w on w.warn_cell = case length(t.ags) when 8 then '8' || t.ags when 5 then '1' || t.ags || '000' end
join core.feed f using (source_id)
where :seen(t.tenant_id) and (w.tenant_id = t.tenant_id or exists (select from core.tenant r where r.tenant_id = w.tenant_id and r.kind = 'region'))
  -- one without an end holds as long as it stands in the feed; when that is away, for a day
  and coalesce(w.expires, coalesce(f.fetched_at, w.sent_at) + interval '24 hours') > now();
comment on view api.warning is
    'Official warnings for a town or district that hold or will hold; one without an end until a day after it was seen in its feed the last time.';

create view api.fire_danger_index with (security_barrier) as
select t.tenant_id, n.day, n.wbi, n.issued_at, n.station, n.distance_km, n.origin, n.licence
from core.tenant t
cross join lateral (
    select distinct on (i.day) i.day, i.wbi, i.issued_at, s.name as station, x.km as distance_km, f.origin, f.licence
    from core.fire_danger_index i
    join core.feed_station s using (feed_station_id)
    join core.feed f using (source_id)
    cross join lateral (select api.distance_km(t.latitude, t.longitude, s.latitude, s.longitude) as km) x
    where x.km <= api.weather_reach('fire_danger') and (i.tenant_id = t.tenant_id or exists (select from core.tenant r where r.tenant_id = i.tenant_id and r.kind = 'region'))
    order by i.day, x.km
) n
where :seen(t.tenant_id);
comment on view api.fire_danger_index is 'Forest fire danger index of the German weather service (WBI, 1 to 5) for a town, by day: that of the nearest station.';

create view api.weather_forecast with (security_barrier) as
select t.tenant_id, n.station, f.time, f.issued_at, f.temperature_degc, f.dew_point_degc, f.wind_m_s, f.rain_mm, f.radiation_kj_m2, n.origin, n.licence
from core.tenant t
cross join lateral (
    select s.feed_station_id, s.name as station, d.origin, d.licence
    from core.feed_station s
    join core.feed d using (source_id)
    cross join lateral (select api.distance_km(t.latitude, t.longitude, s.latitude, s.longitude) as km) x
    where x.km <= api.weather_reach('air') and (s.tenant_id = t.tenant_id or exists (select from core.tenant r where r.tenant_id = s.tenant_id and r.kind = 'region'))
      and exists (select from core.weather_forecast w where w.feed_station_id = s.feed_station_id and w.issued_at > now() - interval '2 days')
    order by x.km limit 1
) n
join core.weather_forecast f using (feed_station_id)
where :seen(t.tenant_id);
comment on view api.weather_forecast is 'Weather forecast by hour at the middle of a town: that of the nearest point with one of the last two days.';
