-- Towns that are copies of the first one: trees, sensors and decisions as rows. Their ids are those of the first one, as often moved as the town counts.

-- name: copies
create temporary table copy as
select n.tenant_id, n.number * 1000000 as moved
from unnest(%(tenants)s::integer[]) with ordinality n (tenant_id, number)

-- name: site_groups
insert into core.site_group (site_group_id, tenant_id, name, soil_texture) overriding system value
select g.site_group_id + c.moved, c.tenant_id, g.name, g.soil_texture
from core.site_group g cross join copy c where g.tenant_id = %(town)s

-- name: sites
insert into core.site (site_id, tenant_id, name, kind, latitude, longitude, planted_year, site_group_id) overriding system value
select s.site_id + c.moved, c.tenant_id, s.name, s.kind, s.latitude, s.longitude, s.planted_year, s.site_group_id + c.moved
from core.site s cross join copy c where s.tenant_id = %(town)s

-- name: devices
insert into core.device (device_id, tenant_id, dev_eui, name, profile_id, interval_seconds) overriding system value
select d.device_id + c.moved, c.tenant_id, lpad(to_hex(d.device_id + c.moved), 16, '0'), d.name, d.profile_id, d.interval_seconds
from core.device d cross join copy c where d.tenant_id = %(town)s

-- name: installations
insert into core.installation (installation_id, tenant_id, device_id, site_id, from_time, depth_cm) overriding system value
select i.installation_id + c.moved, c.tenant_id, i.device_id + c.moved, i.site_id + c.moved, i.from_time, i.depth_cm
from core.installation i cross join copy c where i.tenant_id = %(town)s

-- name: datastreams
insert into core.datastream (datastream_id, tenant_id, device_id, quantity) overriding system value
select d.datastream_id + c.moved, c.tenant_id, d.device_id + c.moved, d.quantity
from core.datastream d cross join copy c where d.tenant_id = %(town)s

-- name: latest
insert into core.latest (datastream_id, tenant_id, time, value, quality, received_at)
select l.datastream_id + c.moved, c.tenant_id, l.time, l.value, l.quality, l.received_at
from core.latest l cross join copy c where l.tenant_id = %(town)s

-- name: conditions
insert into core.device_condition (device_id, tenant_id, state, since, sentence_de, sentence_en, missing_quantities, interval_seconds, heard_at, figures,
                                   decided_at)
select d.device_id + c.moved, c.tenant_id, d.state, d.since, d.sentence_de, d.sentence_en, d.missing_quantities, d.interval_seconds, d.heard_at, d.figures,
       d.decided_at
from core.device_condition d cross join copy c where d.tenant_id = %(town)s

-- name: signals
-- Nobody decides about copies again.
insert into core.signal (site_id, signal, tenant_id, state, level, place, since, time, value, unit, decimals, reason, reason_since, inputs, decided_at)
select s.site_id + c.moved, s.signal, c.tenant_id, s.state, s.level, s.place, s.since, s.time, s.value, s.unit, s.decimals, s.reason, s.reason_since,
       s.inputs, s.decided_at
from core.signal s cross join copy c where s.tenant_id = %(town)s

-- name: outlooks
insert into core.irrigation_outlook (site_id, tenant_id, made_at, basis, need, due_state, due_reason, due_from, due_to, with_weather, estimate_pct,
                                     fitted_days, value, unit, limit_value, forecast, low, high)
select o.site_id + c.moved, c.tenant_id, o.made_at, o.basis, o.need, o.due_state, o.due_reason, o.due_from, o.due_to, o.with_weather, o.estimate_pct,
       o.fitted_days, o.value, o.unit, o.limit_value, o.forecast, o.low, o.high
from core.irrigation_outlook o cross join copy c where o.tenant_id = %(town)s

-- name: decided
delete from core.touched
