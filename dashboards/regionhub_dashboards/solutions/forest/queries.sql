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

-- name: dryness
-- Vapour pressure deficit (kPa) from temperature and humidity of the same device in the same step: FAO paper 56, equations 11 and 19.
select a.time, t.label as metric,
       greatest(0, 0.6108 * exp(17.27 * a.value / (a.value + 237.3)) * (1 - least(h.value, 100) / 100)) as value
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
