-- What was decided of the first town, said of towns that were planted alike: trees, sensors and what these measure, each in the order of their ids.

-- name: sites
create temporary table copied_site as
select f.site_id as copied_id, t.site_id, t.tenant_id
from (select site_id, row_number() over (order by site_id) as number from core.site where tenant_id = %(town)s) f
join (select site_id, tenant_id, row_number() over (partition by tenant_id order by site_id) as number
      from core.site where tenant_id = any(%(tenants)s::integer[])) t using (number)

-- name: devices
create temporary table copied_device as
select f.device_id as copied_id, t.device_id, t.tenant_id
from (select device_id, row_number() over (order by device_id) as number from core.device where tenant_id = %(town)s) f
join (select device_id, tenant_id, row_number() over (partition by tenant_id order by device_id) as number
      from core.device where tenant_id = any(%(tenants)s::integer[])) t using (number)

-- name: latest
insert into core.latest (datastream_id, tenant_id, time, value, quality, received_at)
select d.datastream_id, c.tenant_id, l.time, l.value, l.quality, l.received_at
from core.latest l
join core.datastream f using (datastream_id)
join copied_device c on c.copied_id = f.device_id
join core.datastream d on d.device_id = c.device_id and d.quantity = f.quantity

-- name: conditions
insert into core.device_condition (device_id, tenant_id, state, since, sentence_de, sentence_en, missing_quantities, interval_seconds, heard_at, figures,
                                   decided_at)
select c.device_id, c.tenant_id, d.state, d.since, d.sentence_de, d.sentence_en, d.missing_quantities, d.interval_seconds, d.heard_at, d.figures, d.decided_at
from core.device_condition d join copied_device c on c.copied_id = d.device_id

-- name: signals
-- Nobody decides about copies again.
insert into core.signal (site_id, signal, tenant_id, state, level, place, since, time, value, unit, decimals, reason, reason_since, inputs, decided_at)
select c.site_id, s.signal, c.tenant_id, s.state, s.level, s.place, s.since, s.time, s.value, s.unit, s.decimals, s.reason, s.reason_since, s.inputs, s.decided_at
from core.signal s join copied_site c on c.copied_id = s.site_id

-- name: outlooks
insert into core.irrigation_outlook (site_id, tenant_id, made_at, basis, need, due_state, due_reason, due_from, due_to, with_weather, estimate_pct,
                                     fitted_days, value, unit, limit_value, forecast, low, high)
select c.site_id, c.tenant_id, o.made_at, o.basis, o.need, o.due_state, o.due_reason, o.due_from, o.due_to, o.with_weather, o.estimate_pct,
       o.fitted_days, o.value, o.unit, o.limit_value, o.forecast, o.low, o.high
from core.irrigation_outlook o join copied_site c on c.copied_id = o.site_id

-- name: decided
delete from core.touched
