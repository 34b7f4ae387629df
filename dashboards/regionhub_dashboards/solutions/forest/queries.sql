-- name: state_counts
-- How many of the chosen stands are in each class; every class has a row.
select v.label_de as "Klasse", count(f.site_id) as "Bestände"
from api.level v
left join api.forest f on f.state = v.state and f.site_id::text = any (array[${site:sqlstring}]::text[])
where v.signal = 'fire_weather'
group by v.rank, v.label_de
order by v.rank

-- name: dry
-- Smoke and drought of each stand, smoke first; null where nothing measures it.
select l.label as "Ort", f.smoke_state as "Rauch", f.drought_state as "Trockenheit", f.nfk_pct as "Nutzbares Wasser",
       f.twd_um as "Wasserdefizit µm", f.vpd_now_kpa as "Dampfdruckdefizit",
       concat_ws('; ', replace(m.label_de, '{since}', ''), replace(t.label_de, '{since}', '')) as "Hinweis"
from api.forest f
join api.site_label l using (site_id)
left join api.reason m on m.signal = 'smoke' and m.reason = f.smoke_reason
left join api.reason t on t.signal = 'drought' and t.reason = f.drought_reason
where f.site_id::text = any (array[${site:sqlstring}]::text[])
order by coalesce(f.smoke_level, case when f.smoke_state is null then -1 else 0.5 end) desc,
         coalesce(f.drought_level, case when f.drought_state is null then -1 else 0.5 end) desc, f.nfk_pct nulls last, l.label
limit %rows%

-- name: fire
-- The newest index of each stand, the highest first; beside it the official one of today.
select l.label as "Ort", f.state as "Klasse", f.fwi as "FWI", f.ffmc as "FFMC", f.dmc as "DMC", f.dc as "DC", d.wbi as "WBI",
       to_char(f.day, 'DD.MM.YYYY') as "Mittag vom", w.label_de as "Hinweis"
from api.forest f
join api.site_label l using (site_id)
left join api.fire_danger_index d on d.tenant_id = f.tenant_id and d.day = (now() at time zone 'Europe/Berlin')::date
left join api.reason w on w.signal = 'fire_weather' and w.reason = f.reason
where f.site_id::text = any (array[${site:sqlstring}]::text[])
order by coalesce(f.level, 0.5) desc, f.rank, f.place nulls last, l.label
limit %rows%

-- name: index
-- The index of each noon; a day whose weather is missing is a gap.
select w.day + time '11:00' as time, l.label as metric, w.fwi as value
from api.fire_weather w
join (
    select f.site_id, x.label from api.forest f join api.site_label x using (site_id)
    where f.site_id::text = any (array[${site:sqlstring}]::text[])
    order by coalesce(f.level, 0.5) desc, f.rank, f.place nulls last, x.label
    limit %lines%
) l using (site_id)
where w.day between $__timeFrom()::timestamptz::date and $__timeTo()::timestamptz::date
order by time, metric

-- name: now
-- What each stand measures at this moment, those without a value first; the newest values are looked up for these only.
with place as materialized (
    select f.site_id, l.label from api.forest f join api.site_label l using (site_id)
    where f.site_id::text = any (array[${site:sqlstring}]::text[])
    order by l.label
    limit %rows%
)
select p.label as "Ort",
       (n.newest ->> 'soil_water_tension')::double precision as "Spannung",
       (n.newest ->> 'soil_moisture_vwc')::double precision as "Feuchte",
       (n.newest ->> 'air_temperature')::double precision as "Luft",
       (n.newest ->> 'relative_humidity')::double precision as "Luftfeuchte",
       n.time as "Gemessen"
from place p
left join (
    select x.site_id, max(x.time) as time, jsonb_object_agg(x.quantity, x.value) as newest
    from api.latest x
    where x.site_id = any (array(select site_id from place)) and not x.stale
    group by x.site_id
) n using (site_id)
order by n.time is not null, p.label

-- name: dryness
-- Vapour pressure deficit (kPa) from temperature and humidity of the same device in the same step.
select a.time, t.label as metric,
       api.vapour_pressure_deficit_kpa(a.value, h.value) as value
from (
    select t.label, t.from_time, t.to_time, t.datastream_id as temperature, d.datastream_id as humidity
    from api.site_stream t
    join api.datastream b on b.datastream_id = t.datastream_id
    join api.datastream d on d.device_id = b.device_id and d.quantity = 'relative_humidity' and d.position = b.position
    where t.quantity = 'air_temperature'
      and t.site_id::text = any (array[${site:sqlstring}]::text[])
      and %meanwhile%
    order by t.label
    limit %lines%
) t
cross join lateral %course%(t.temperature, $__interval_ms) a
join lateral %course%(t.humidity, $__interval_ms) h on h.time = a.time
order by a.time, metric

-- name: stems
-- The tree water deficit of each dendrometer against the largest size in the time shown.
select w.time, t.label as metric, w.deficit_um as value
from (
    select t.label, t.from_time, t.to_time, t.datastream_id
    from api.site_stream t
    where t.quantity = 'dendrometer_position'
      and t.site_id::text = any (array[${site:sqlstring}]::text[])
      and %meanwhile%
    order by t.label
    limit %lines%
) t
cross join lateral (
    select array_agg(a.time order by a.time) as times, array_agg(a.value order by a.time) as sizes
    from %course%(t.datastream_id, $__interval_ms) a
    where a.value is not null
) s
cross join lateral api.tree_water_deficit(s.times, s.sizes, 0, (select r.reseated_um from api.forest_rule r)) w
order by w.time, metric
