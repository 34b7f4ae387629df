-- name: crews
select crew_id, tenant_id, name, tank_litres, depot, latitude, longitude, active
from core.watering_crew where tenant_id = %(tenant_id)s order by not active, name

-- name: hold_crews
-- Until the end of the transaction: who else plans meanwhile waits, and then replaces a plan that is whole.
select crew_id from core.watering_crew where tenant_id = %(tenant_id)s order by crew_id for update

-- name: add_crew
insert into core.watering_crew (tenant_id, name, tank_litres, depot, latitude, longitude)
values (%(tenant_id)s, %(name)s, %(tank_litres)s, %(depot)s, %(latitude)s, %(longitude)s)
on conflict (tenant_id, name) do update set tank_litres = excluded.tank_litres, depot = excluded.depot,
    latitude = excluded.latitude, longitude = excluded.longitude, active = true

-- name: retire_crew
update core.watering_crew set active = false where tenant_id = %(tenant_id)s and crew_id = %(crew_id)s returning crew_id

-- name: due
-- What needs water on a day, without what was watered and waits for the answer of its sensor.
select n.site_id, s.name, s.latitude, s.longitude, n.litres, n.basis, n.state, n.due_to
from api.irrigation_need n
join api.site s using (site_id)
left join api.watering_pause p on p.site_id = n.site_id and p.until > now()
where n.tenant_id = %(tenant_id)s and n.litres > 0 and p.site_id is null
  and (n.state = 'now' or n.due_state = 'due' or n.due_from <= %(day)s)
order by n.state <> 'now', n.due_to nulls last, s.name

-- name: forget_day
delete from core.watering_round where tenant_id = %(tenant_id)s and day = %(day)s

-- name: add_round
insert into core.watering_round (tenant_id, crew_id, day, metres, planned_by)
values (%(tenant_id)s, %(crew_id)s, %(day)s, %(metres)s, %(by)s) returning round_id

-- name: add_stops
insert into core.watering_stop (round_id, tenant_id, place, trip, site_id, litres)
select %(round_id)s, %(tenant_id)s, place, trip, site_id, litres
from unnest(%(places)s::integer[], %(trips)s::integer[], %(site_ids)s::integer[], %(litres)s::float8[]) t (place, trip, site_id, litres)

-- name: rounds
select r.round_id, r.tenant_id, r.crew_id, r.crew, r.day, r.metres, r.planned_at, r.planned_by, c.tank_litres, c.depot, c.latitude, c.longitude
from api.watering_round r join core.watering_crew c using (crew_id)
where r.tenant_id = %(tenant_id)s and r.day = %(day)s
order by r.crew, r.round_id

-- name: stops
-- With what was poured there on that day: the last entry.
select p.round_id, p.place, p.trip, p.site_id, p.litres, s.name, s.kind, s.address, s.latitude, s.longitude, t.species,
       exists (select from core.site_photo f where f.site_id = p.site_id) as photo,
       w.watering_id, w.time as watered_at, w.litres as watered_litres, w.who as watered_by,
       l.reaction = 'not_arrived' as not_arrived
from api.watering_stop p
join api.watering_round r using (round_id)
join api.site s on s.site_id = p.site_id
left join api.tree t on t.site_id = p.site_id
left join lateral (
    select x.watering_id, x.time, x.litres, x.who from api.watering x
    where x.site_id = p.site_id and x.undone_at is null
      and x.time >= %(start)s and x.time < %(end)s
    order by x.time desc limit 1
) w on true
left join lateral (
    select x.reaction from api.watering x
    where x.site_id = p.site_id and x.undone_at is null and x.time < %(start)s and x.time > %(start)s - interval '14 days'
    order by x.time desc limit 1
) l on true
where r.tenant_id = %(tenant_id)s and r.day = %(day)s
order by p.round_id, p.place
