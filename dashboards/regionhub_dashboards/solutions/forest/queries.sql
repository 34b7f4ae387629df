-- name: sites
-- What there is, for the variable.
select coalesce(l.label, 'noch kein Bestand') as __text, coalesce(l.site_id, -1) as __value
from (select) one
left join api.site_label l on l.kind = 'forest'
order by 1

-- name: now
-- What is known of each at this moment, those without a value first; the newest values are looked up for these only.
with place as materialized (
    select g.site_id, l.label, v.label_de as state, g.time, r.label_de as reason, v.rank
    from api.signal g
    join api.site_label l using (site_id)
    join api.level v on v.signal = g.signal and v.state = g.state
    left join api.reason r on r.signal = g.signal and r.reason = g.reason
    where g.signal = 'observations' and l.kind = 'forest' and g.site_id::text = any (array[${site:sqlstring}]::text[])
    order by v.rank, l.label
    limit %rows%
)
select p.label as "Ort", p.state as "Zustand",
       (n.newest ->> 'soil_water_tension')::double precision as "Spannung",
       (n.newest ->> 'soil_moisture_vwc')::double precision as "Feuchte",
       (n.newest ->> 'air_temperature')::double precision as "Luft",
       (n.newest ->> 'relative_humidity')::double precision as "Luftfeuchte",
       p.time as "Gemessen", p.reason as "Hinweis"
from place p
left join (
    select x.site_id, jsonb_object_agg(x.quantity, x.value) as newest
    from api.latest x
    where x.site_id = any (array(select site_id from place)) and not x.stale
    group by x.site_id
) n using (site_id)
order by p.rank, p.label

-- name: series
-- A quantity over time.
select s.time, t.label as metric, s.value
from (
    select t.* from api.site_stream t
    where t.quantity = '%quantity%'
      and t.site_id::text = any (array[${site:sqlstring}]::text[])
      and t.from_time <= $__timeTo()::timestamptz
      and (t.to_time is null or t.to_time > $__timeFrom()::timestamptz)
    order by t.label
    limit %lines%
) t
cross join lateral api.series(
    t.datastream_id,
    greatest(t.from_time, $__timeFrom()::timestamptz),
    least(t.to_time, $__timeTo()::timestamptz),
    $__interval_ms) s
order by s.time, metric

-- name: dryness
-- Vapour pressure deficit (kPa) from temperature and humidity of the same device in the same step: FAO paper 56, equations 11 and 19.
select a.time, t.label as metric,
       greatest(0, 0.6108 * exp(17.27 * a.value / (a.value + 237.3)) * (1 - least(h.value, 100) / 100)) as value
from (
    select w.label, w.from_time, w.to_time, w.datastream_id as temperature, d.datastream_id as humidity
    from api.site_stream w
    join api.datastream b on b.datastream_id = w.datastream_id
    join api.datastream d on d.device_id = b.device_id and d.quantity = 'relative_humidity' and d.position = b.position
    where w.quantity = 'air_temperature'
      and w.site_id::text = any (array[${site:sqlstring}]::text[])
      and w.from_time <= $__timeTo()::timestamptz
      and (w.to_time is null or w.to_time > $__timeFrom()::timestamptz)
    order by w.label
    limit %lines%
) t
cross join lateral api.series(
    t.temperature,
    greatest(t.from_time, $__timeFrom()::timestamptz),
    least(t.to_time, $__timeTo()::timestamptz),
    $__interval_ms) a
join lateral api.series(
    t.humidity,
    greatest(t.from_time, $__timeFrom()::timestamptz),
    least(t.to_time, $__timeTo()::timestamptz),
    $__interval_ms) h on h.time = a.time
order by a.time, metric
