-- name: tallies
-- How many sites of each town and kind are in which state; of several signals of a site the most urgent one is `foremost`.
select s.tenant_id, s.kind, f.signal, f.state, f.level, coalesce(f.foremost, true) as foremost, count(*)::integer as sites
from api.site s
left join (
    select g.site_id, g.signal, g.state, g.level,
           row_number() over (partition by g.site_id
                              order by l.signal_order is null, greatest(l.urgency, r.urgency) desc, l.signal_order, l.rank, g.place nulls last) = 1 as foremost
    from api.signal g
    join api.level l using (signal, state)
    left join api.reason r on r.signal = g.signal and r.reason = g.reason
) f using (site_id)
group by s.tenant_id, s.kind, f.signal, f.state, f.level, coalesce(f.foremost, true)

-- name: places
-- The most urgent first, in the order of the signals; sites about which nothing is said stand last. A limit of null returns all.
with foremost as (
    select distinct on (g.site_id) g.site_id, g.signal, g.state, g.level, g.place, g.time, g.value, g.unit, g.decimals, g.since, g.reason,
           g.reason_since, greatest(l.urgency, r.urgency) as urgency, l.signal_order, l.rank
    from api.signal g
    join api.level l using (signal, state)
    left join api.reason r on r.signal = g.signal and r.reason = g.reason
    where %(site_id)s::integer is null or g.site_id = %(site_id)s
    order by g.site_id, l.signal_order is null, greatest(l.urgency, r.urgency) desc, l.signal_order, l.rank, g.place nulls last
)
select s.site_id, s.tenant_id, s.name, s.kind, s.latitude, s.longitude, f.signal, f.state, f.level, f.time, f.value, f.unit,
       f.decimals, f.since, f.reason, f.reason_since, (count(*) over ())::integer as found
from api.site s
left join foremost f using (site_id)
where (%(site_id)s::integer is null or s.site_id = %(site_id)s)
  and (%(tenant_id)s::integer is null or s.tenant_id = %(tenant_id)s)
  and (%(kind)s::text is null or s.kind = %(kind)s)
  and (%(state)s::text is null or coalesce(f.state, %(nothing)s) = %(state)s)
  and (%(word)s::text is null or position(lower(%(word)s) in lower(s.name)) > 0)
order by f.site_id is null, f.urgency desc, f.signal_order, f.rank, f.place nulls last, s.name, s.site_id
limit %(limit)s offset %(offset)s

-- name: points
-- The same sites as columns, as far as they have a position.
with foremost as (
    select distinct on (g.site_id) g.site_id, g.signal, g.state
    from api.signal g
    join api.level l using (signal, state)
    left join api.reason r on r.signal = g.signal and r.reason = g.reason
    order by g.site_id, l.signal_order is null, greatest(l.urgency, r.urgency) desc, l.signal_order, l.rank, g.place nulls last
)
select coalesce(array_agg(s.site_id), '{}') as site_ids, coalesce(array_agg(s.name), '{}') as names,
       coalesce(array_agg(s.kind), '{}') as kinds, coalesce(array_agg(s.latitude), '{}') as latitudes,
       coalesce(array_agg(s.longitude), '{}') as longitudes, coalesce(array_agg(f.signal), '{}') as signals,
       coalesce(array_agg(f.state), '{}') as states
from api.site s
left join foremost f using (site_id)
where s.latitude is not null
  and (%(tenant_id)s::integer is null or s.tenant_id = %(tenant_id)s)
  and (%(kind)s::text is null or s.kind = %(kind)s)
  and (%(state)s::text is null or coalesce(f.state, %(nothing)s) = %(state)s)
  and (%(word)s::text is null or position(lower(%(word)s) in lower(s.name)) > 0)
