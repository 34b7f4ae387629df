-- name: due_towns
-- Once a day after midnight, and again soon where nothing could be forecast: history may have come since. While history is
-- filled in it says little, and afterwards something else.
select t.tenant_id
from core.tenant t
left join core.irrigation_run r using (tenant_id)
where exists (select from core.site s where s.tenant_id = t.tenant_id and s.kind in ('tree', 'bed'))
  and not exists (select from core.progress where finished_at is null and updated_at > now() - interval '10 minutes')
  and (r.made_at is null
       or r.made_at < (select max(finished_at) from core.progress)
       or r.made_at < (date_trunc('day', (now() - interval '30 minutes') at time zone 'Europe/Berlin') + interval '30 minutes') at time zone 'Europe/Berlin'
       or r.predicted = 0 and r.made_at < now() - interval '30 minutes')
order by r.made_at nulls first, t.tenant_id

-- name: places
select i.site_id, i.site_group_id, s.latitude, s.longitude, i.field_capacity_pct, i.wilting_point_pct, i.porosity_pct, i.residual_pct,
       i.mvg_alpha_per_hpa, i.mvg_n, i.root_volume_m3, i.pit_area_m2, i.crown_area_m2, l.now_nfk_pct, l.now_kpa, r.frost_degc, v.rank as need,
       exists (select from core.installation x where x.site_id = i.site_id and :installed(x)) as occupied,
       exists (select from core.installation x where x.site_id = i.site_id) as speaks
from core.irrigation_site i
join core.site s using (site_id)
cross join core.irrigation_rule r
join core.irrigation_limit_of_site l on l.site_id = i.site_id and l.young = api.is_young(i.planted_year, now(), r.young_years)
left join core.signal d on d.site_id = i.site_id and d.signal = 'irrigation'
left join core.level v on v.signal = 'irrigation' and v.state = d.state
where i.tenant_id = %(tenant_id)s

-- name: days
-- What each site measured on each day (in Berlin, counted from the first one): 0 water content in percent by volume, 1 tension in kPa, the mean of the medians
-- of its sensors; 2 the lowest temperature of its soil. A day with less than a quarter of the values of a usual one is none.
with measured as (
    select i.site_id, d.datastream_id, (r.time at time zone 'Europe/Berlin')::date - %(first)s::date as day,
           case d.quantity when 'soil_moisture_vwc' then 0 when 'soil_temperature' then 2 else 1 end as kind,
           case d.quantity when 'soil_temperature' then min(r.value)
                else percentile_cont(0.5) within group (order by case d.quantity when 'soil_water_potential' then -r.value else r.value end) end as value,
           count(*) as count
    from core.site s
    join core.installation i using (site_id)
    join core.datastream d using (device_id)
    cross join lateral (
        -- each datastream for itself: joined, the readings of all towns would be gone through for each of them
        select r.time, r.value
        from core.reading r
        where r.datastream_id = d.datastream_id
          and r.time >= %(first)s::timestamp at time zone 'Europe/Berlin' and r.time < %(today)s::timestamp at time zone 'Europe/Berlin'
          and r.time >= i.from_time and (i.to_time is null or r.time < i.to_time)
          and r.value is not null and :decisive(r.quality, r.tests)
        offset 0
    ) r
    where s.tenant_id = %(tenant_id)s and s.kind in ('tree', 'bed')
      and d.quantity in ('soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential', 'soil_temperature')
    group by 1, 2, 3, d.quantity
),
full_days as (
    select *, 4 * count >= max(count) over (partition by datastream_id) as counts from measured
),
site_days as (
    select site_id, day, kind, case kind when 2 then min(value) else avg(value) end as value
    from full_days where counts group by site_id, day, kind
)
select coalesce(array_agg(site_id order by site_id), '{}')::integer[] as sites, coalesce(array_agg(day order by site_id), '{}')::integer[] as days,
       coalesce(array_agg(kind order by site_id), '{}')::integer[] as kinds, coalesce(array_agg(value order by site_id), '{}')::double precision[] as values
from site_days

-- name: weather
-- Of each day (counted from the first one) what is known.
select coalesce(array_agg(w.day - %(first)s::date), '{}')::integer[] as days, coalesce(array_agg(w.rain_mm), '{}')::double precision[] as rain,
       coalesce(array_agg(w.et0_mm), '{}')::double precision[] as et0
from core.weather_daily(%(site_id)s, %(first)s::date, %(last)s::date) w

-- name: waterings
-- Litres that reached the roots, by day (counted from the first one).
select coalesce(array_agg(w.site_id), '{}')::integer[] as sites, coalesce(array_agg(w.day), '{}')::integer[] as days,
       coalesce(array_agg(w.litres), '{}')::double precision[] as litres
from (
    select w.site_id, (w.time at time zone 'Europe/Berlin')::date - %(first)s::date as day, sum(w.litres) * r.efficiency as litres
    from core.watering w
    cross join core.irrigation_rule r
    where w.tenant_id = %(tenant_id)s and w.undone_at is null
      and w.time >= %(first)s::timestamp at time zone 'Europe/Berlin' and w.time < %(today)s::timestamp at time zone 'Europe/Berlin'
    group by w.site_id, 2, r.efficiency
) w

-- name: write_outlook
insert into core.irrigation_outlook as o (site_id, tenant_id, made_at, basis, need, due_state, due_reason, due_from, due_to, with_weather, estimate_pct,
                                          fitted_days, value, unit, limit_value, forecast, low, high)
values (%(site_id)s, %(tenant_id)s, now(), %(basis)s, %(need)s, %(due_state)s, %(due_reason)s, %(due_from)s, %(due_to)s, %(with_weather)s,
        %(estimate_pct)s, %(fitted_days)s, %(value)s, %(unit)s, %(limit_value)s, %(forecast)s::real[], %(low)s::real[], %(high)s::real[])
on conflict (site_id) do update set
    tenant_id = excluded.tenant_id, made_at = excluded.made_at, basis = excluded.basis, need = excluded.need, due_state = excluded.due_state,
    due_reason = excluded.due_reason, due_from = excluded.due_from, due_to = excluded.due_to, with_weather = excluded.with_weather,
    estimate_pct = excluded.estimate_pct, fitted_days = excluded.fitted_days, value = excluded.value, unit = excluded.unit,
    limit_value = excluded.limit_value, forecast = excluded.forecast, low = excluded.low, high = excluded.high

-- name: write_forecast
insert into core.irrigation_forecast (site_id, tenant_id, made_on, lead_days, value, low, high)
values (%(site_id)s, %(tenant_id)s, %(made_on)s, %(lead_days)s, %(value)s, %(low)s, %(high)s)
on conflict (site_id, made_on, lead_days) do update set value = excluded.value, low = excluded.low, high = excluded.high

-- name: write_came
update core.irrigation_forecast set came = %(came)s where site_id = %(site_id)s and made_on = %(made_on)s and lead_days = %(lead_days)s

-- name: forget
-- Outlooks of sites for which there is none any more, and forecasts of long ago.
with old as (
    delete from core.irrigation_forecast where tenant_id = %(tenant_id)s and made_on < %(today)s::date - 60
)
delete from core.irrigation_outlook where tenant_id = %(tenant_id)s and made_at < now()

-- name: write_run
insert into core.irrigation_run (tenant_id, made_at, predicted) values (%(tenant_id)s, now(), %(predicted)s)
on conflict (tenant_id) do update set made_at = excluded.made_at, predicted = excluded.predicted

-- name: touch
-- What is said of sites without measurements stands on these estimates.
select core.touch_sites(%(site_ids)s::integer[], array_fill(now(), array[cardinality(%(site_ids)s::integer[])]))
