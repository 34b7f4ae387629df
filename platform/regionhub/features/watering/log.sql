-- name: own_sites
-- Those of these trees and beds that the town has itself.
select s.site_id from core.site s
where s.tenant_id = %(tenant_id)s and s.kind in ('tree', 'bed') and s.site_id = any(%(site_ids)s)

-- name: enter
-- What is there already stays as it was first entered.
insert into core.watering (watering_id, tenant_id, site_id, time, litres, who, source)
select * from unnest(%(ids)s::uuid[], %(tenant_ids)s::integer[], %(site_ids)s::integer[], %(times)s::timestamptz[], %(litres)s::float8[],
                     %(whos)s::text[], %(sources)s::text[])
on conflict do nothing
returning watering_id

-- name: undo
update core.watering set undone_at = coalesce(undone_at, now()), undone_by = coalesce(undone_by, %(by)s)
where tenant_id = %(tenant_id)s and watering_id = any(%(ids)s)
returning watering_id

-- name: entered
select watering_id, tenant_id, site_id, time, litres, who, source, entered_at, undone_at, undone_by, reaction, quantity, rise, reacted_at
from api.watering where tenant_id = %(tenant_id)s and watering_id = any(%(ids)s)

-- name: others
-- What else was poured at these sites within half a day of an entry.
select w.watering_id as entry_id, o.watering_id, o.time, o.litres, o.who
from api.watering w
join api.watering o on o.site_id = w.site_id and o.watering_id <> w.watering_id and o.undone_at is null
    and o.time between w.time - interval '12 hours' and w.time + interval '12 hours'
where w.tenant_id = %(tenant_id)s and w.watering_id = any(%(ids)s) and w.undone_at is null
order by o.time

-- name: page
-- The newest first; keyset on time and id.
select watering_id, tenant_id, site_id, time, litres, who, source, entered_at, undone_at, undone_by, reaction, quantity, rise, reacted_at
from api.watering
where (%(site_id)s::integer is null or site_id = %(site_id)s)
  and (%(start)s::timestamptz is null or time >= %(start)s)
  and (%(end)s::timestamptz is null or time < %(end)s)
order by time desc, watering_id
limit %(limit)s

-- name: site_ids
select name, site_id from core.site where tenant_id = %(tenant_id)s and kind in ('tree', 'bed') and name = any(%(names)s)

-- name: named
select site_id, name from api.site where site_id = any(%(site_ids)s)

-- name: hide
-- Names become pseudonyms, the same for all that one person entered in these days and for nobody afterwards.
with known as materialized (
    select tenant_id, who, 'P-' || substr(md5(random()::text || clock_timestamp()::text), 1, 6) as pseudonym
    from (select distinct tenant_id, who from core.watering where hidden_at is null and time < %(before)s) w
)
update core.watering w set who = known.pseudonym, undone_by = case when undone_by is not null then 'P' end, hidden_at = now()
from known
where known.tenant_id = w.tenant_id and known.who = w.who and w.hidden_at is null and w.time < %(before)s
