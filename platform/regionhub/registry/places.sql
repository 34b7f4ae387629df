-- name: tallies
-- How many sites of each town are in which state; of several signals of a site the most urgent one is `foremost`. Every state with every reason that
-- makes it more urgent has a number, so that a site is looked at as one number for each signal.
with state as (
    select signal, state, level, reason, raised, row_number() over (order by signal_order is null, urgency desc, signal_order, rank) as number
    from (select signal, signal_order, state, level, '' as reason, false as raised, urgency, rank from api.level
          union all
          select l.signal, l.signal_order, l.state, l.level, r.reason, true, r.urgency, l.rank
          from api.level l
          join api.reason r on r.signal = l.signal and r.urgency > l.urgency) s
),
said as materialized (
    select g.tenant_id, g.site_id, coalesce(r.number, l.number) as number
    from api.signal g
    join state l on l.signal = g.signal and l.state = g.state and not l.raised
    left join state r on r.signal = g.signal and r.state = g.state and r.reason = g.reason and r.raised
),
every as (
    select tenant_id, number, count(*) as sites from said group by tenant_id, number
),
foremost as (
    select tenant_id, number, count(*) as sites
    from (select tenant_id, min(number) as number from said group by tenant_id, site_id) s
    group by tenant_id, number
)
select e.tenant_id, s.signal, s.state, s.level, x.foremost, sum(x.sites)::integer as sites
from every e
join state s using (number)
left join foremost f using (tenant_id, number)
cross join lateral (values (true, coalesce(f.sites, 0)), (false, e.sites - coalesce(f.sites, 0))) x (foremost, sites)
where x.sites > 0
group by e.tenant_id, s.signal, s.state, s.level, x.foremost
union all
select a.tenant_id, null, null, null, true, (a.sites - coalesce(f.sites, 0))::integer
from (select tenant_id, count(*) as sites from api.site group by tenant_id) a
left join (select tenant_id, sum(sites) as sites from foremost group by tenant_id) f using (tenant_id)
where a.sites > coalesce(f.sites, 0)

-- name: signal_tallies
select tenant_id, state, count(*)::integer as sites from api.signal where signal = %(signal)s group by tenant_id, state

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
