-- name: lock
-- One at a time, as for decisions about sites.
select pg_advisory_xact_lock(1380466691, 3)

-- name: claim
-- Stands of which something changed, from the earliest day on, and those whose newest noon has passed an hour ago and is not computed; the first
-- time of the last 200 days, which is more than the codes remember. A row without a stand, if there was anything at all.
with newest as (
    select ((now() - interval '12 hours') at time zone 'UTC')::date as day
),
claimed as (
    delete from core.forest_touched
    where touched_id in (select touched_id from core.forest_touched where due_at <= now() order by touched_id limit 50 * %(most)s)
    returning site_id, day
),
asked as (
    select site_id, day from claimed
    union all
    (select s.site_id, coalesce(f.computed_until + 1, n.day - 200)
     from newest n
     cross join core.site s
     left join core.forest_state f using (site_id)
     where s.kind = 'forest' and s.latitude is not null and (f.site_id is null or f.computed_until < n.day)
       and not exists (select from core.forest_touched t where t.site_id = s.site_id and t.due_at > now())
     order by f.computed_until nulls first, s.site_id limit %(most)s)
)
select a.site_id, s.tenant_id, a.day as from_day, n.day as until_day
from (select site_id, min(day) as day from asked group by site_id) a
join core.site s using (site_id)
cross join newest n
union all
select null, null, n.day, n.day from newest n where exists (select from claimed)

-- name: known
-- All that was computed of a stand; `from_day` on is computed again.
select day, temperature_degc, humidity_pct, wind_kmh, rain_mm, vpd_kpa, is_forecast, under_canopy, ffmc, dmc, dc, isi, bui, fwi, state, by_own_season,
       uncertain
from core.fire_weather where site_id = %(site_id)s order by day

-- name: weather
select day, temperature_degc, humidity_pct, wind_kmh, rain_mm, vpd_kpa, is_forecast, under_canopy
from core.stand_weather(%(site_id)s, %(from_day)s, %(until_day)s) order by day

-- name: computed
insert into core.forest_state (site_id, tenant_id, computed_until) values (%(site_id)s, %(tenant_id)s, %(until_day)s)
on conflict (site_id) do update set tenant_id = excluded.tenant_id, computed_until = excluded.computed_until

-- name: write
with gone as (
    delete from core.fire_weather where site_id = %(site_id)s and day = any(%(gone)s::date[])
)
insert into core.fire_weather (site_id, tenant_id, day, temperature_degc, humidity_pct, wind_kmh, rain_mm, vpd_kpa, ffmc, dmc, dc, isi, bui, fwi,
                               state, by_own_season, uncertain, is_forecast, under_canopy)
select %(site_id)s, %(tenant_id)s, r.day, r.temperature_degc, r.humidity_pct, r.wind_kmh, r.rain_mm, r.vpd_kpa, r.ffmc, r.dmc, r.dc, r.isi, r.bui,
       r.fwi, r.state, r.by_own_season, r.uncertain, r.is_forecast, r.under_canopy
from jsonb_to_recordset(%(rows)s)
     r (day date, temperature_degc double precision, humidity_pct double precision, wind_kmh double precision, rain_mm double precision,
        vpd_kpa double precision, ffmc double precision, dmc double precision, dc double precision, isi double precision, bui double precision,
        fwi double precision, state text, by_own_season boolean, uncertain boolean, is_forecast boolean, under_canopy boolean)
on conflict (site_id, day) do update set
    tenant_id = excluded.tenant_id, temperature_degc = excluded.temperature_degc, humidity_pct = excluded.humidity_pct, wind_kmh = excluded.wind_kmh,
    rain_mm = excluded.rain_mm, vpd_kpa = excluded.vpd_kpa, ffmc = excluded.ffmc, dmc = excluded.dmc, dc = excluded.dc, isi = excluded.isi,
    bui = excluded.bui, fwi = excluded.fwi, state = excluded.state, by_own_season = excluded.by_own_season, uncertain = excluded.uncertain,
    is_forecast = excluded.is_forecast, under_canopy = excluded.under_canopy

-- name: try_later
insert into core.forest_touched (site_id, day, due_at) values (%(site_id)s, %(from_day)s, now() + interval '1 hour')

-- name: touch
select core.touch_sites(array[%(site_id)s::integer], array[core.noon(%(day)s)])

-- name: look_again
-- What a feed brought late: the last days of all stands.
insert into core.forest_touched (site_id, day) select site_id, computed_until - 2 from core.forest_state
