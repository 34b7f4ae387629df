-- name: sums
select count(*)::integer as turns, coalesce(sum(litres), 0)::float8 as litres, count(distinct site_id)::integer as sites,
       count(*) filter (where reaction = 'not_arrived')::integer as not_arrived,
       count(*) filter (where reaction in ('arrived', 'not_arrived'))::integer as answered
from api.watering
where tenant_id = %(tenant_id)s and undone_at is null and time >= %(start)s and time < %(end)s

-- name: months
select extract(month from time at time zone 'Europe/Berlin')::integer as month, count(*)::integer as turns, sum(litres)::float8 as litres,
       count(distinct site_id)::integer as sites
from api.watering
where tenant_id = %(tenant_id)s and undone_at is null and time >= %(start)s and time < %(end)s
group by 1 order by 1

-- name: stressed
-- For how long trees and beds lacked water, and what they were given.
select d.site_id, s.name, d.days, d.since, coalesce(w.turns, 0)::integer as turns, coalesce(w.litres, 0)::float8 as litres
from api.stress_days(%(start)s, %(end)s) d
join api.site s using (site_id)
left join (select site_id, count(*) as turns, sum(litres) as litres from api.watering
           where undone_at is null and time >= %(start)s and time < %(end)s group by site_id) w using (site_id)
where d.tenant_id = %(tenant_id)s and d.days >= 1
order by d.days desc, s.name

-- name: trees
-- What each site was given, for the file.
select w.site_id, s.name, s.kind, s.address, s.planted_year, t.species, count(*)::integer as turns, sum(w.litres)::float8 as litres,
       max(w.time) as last, d.days as stress_days
from api.watering w
join api.site s using (site_id)
left join api.tree t using (site_id)
left join api.stress_days(%(start)s, %(end)s) d using (site_id)
where w.tenant_id = %(tenant_id)s and w.undone_at is null and w.time >= %(start)s and w.time < %(end)s
group by w.site_id, s.name, s.kind, s.address, s.planted_year, t.species, d.days
order by s.name, w.site_id

-- name: years
select distinct extract(year from time at time zone 'Europe/Berlin')::integer as year
from api.watering where tenant_id = %(tenant_id)s and undone_at is null order by 1 desc
