-- name: touch_devices
-- A row for some hundred devices: none is too much for one step of those who decide.
insert into core.touched (device_ids, times)
select array_agg(device), array_agg(time)
from (select device, time, row_number() over () - 1 as number from unnest(%(devices)s, %(times)s) t (device, time)) t
group by number / 250

-- name: sites
select site_id from core.site order by site_id

-- name: touch_sites
insert into core.touched (site_ids, times)
select %(sites)s::integer[], array_fill(timestamptz 'epoch', array[cardinality(%(sites)s::integer[])])
returning touched_id

-- name: touch_stray_devices
insert into core.touched (device_ids, times)
select array_agg(device_id), array_agg(timestamptz 'epoch')
from (select d.device_id, row_number() over (order by d.device_id) - 1 as number
      from core.device d where not exists (select from core.installation i where i.device_id = d.device_id)) t
group by number / 250

-- name: lag
select seconds, past from core.decision_lag()

-- name: waiting
-- Whether a row waits, and how many sites have a past that waits.
select exists (select from core.touched where touched_id = %(touched_id)s) as now,
       (select coalesce(sum(cardinality(site_ids)), 0)::integer from core.touched where until is not null) as past
