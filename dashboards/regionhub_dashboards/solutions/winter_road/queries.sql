-- name: now
-- What is known of each at this moment, those without a value first; the newest values are looked up for these only.
with place as materialized (
    select g.site_id, l.label, v.label_de as state, g.time, r.label_de as reason, v.rank
    from api.signal g
    join api.site_label l using (site_id)
    join api.level v on v.signal = g.signal and v.state = g.state
    left join api.reason r on r.signal = g.signal and r.reason = g.reason
    where g.signal = 'observations' and l.kind = 'road' and g.site_id::text = any (array[${site:sqlstring}]::text[])
    order by v.rank, l.label
    limit %rows%
)
select p.label as "Ort", p.state as "Zustand",
       (n.newest ->> 'road_surface_temperature')::double precision as "Fahrbahn",
       (n.newest ->> 'air_temperature')::double precision as "Luft",
       (n.newest ->> 'relative_humidity')::double precision as "Luftfeuchte",
       (n.newest ->> 'dew_point')::double precision as "Taupunkt",
       p.time as "Gemessen", p.reason as "Hinweis"
from place p
left join (
    select x.site_id, jsonb_object_agg(x.quantity, x.value) as newest
    from api.latest x
    where x.site_id = any (array(select site_id from place)) and not x.stale
    group by x.site_id
) n using (site_id)
order by p.rank, p.label
