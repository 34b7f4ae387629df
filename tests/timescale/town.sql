-- One town with one device for the engine tests.
-- name: tenant
insert into core.tenant (slug, name) values (%(slug)s, %(slug)s)

-- name: device
insert into core.device (tenant_id, dev_eui, name, profile_id, interval_seconds)
select tenant_id, %(dev_eui)s, slug || ' Sensor', 'test/sensor', 600 from core.tenant where slug = %(slug)s

-- name: datastreams
insert into core.datastream (tenant_id, device_id, quantity)
select d.tenant_id, d.device_id, q.quantity from core.device d
cross join (values ('soil_moisture_vwc'), ('soil_temperature')) as q (quantity) where d.dev_eui = %(dev_eui)s

-- name: readings
-- Both nights in which the clocks of Europe/Berlin change, and some of each kind that stays out.
insert into core.reading (datastream_id, tenant_id, time, value, quality)
select s.datastream_id, s.tenant_id, g.time,
       case when mod(g.n, 50) = 7 then null when mod(g.n, 40) = 3 then -999 else s.n * 1000 + mod(g.n, 500) end,
       case when mod(g.n, 50) = 7 then 9 when mod(g.n, 40) = 3 then 4 when mod(g.n, 11) = 0 then 3 else 1 end
from (select datastream_id, tenant_id, row_number() over (order by datastream_id) as n
      from core.datastream join core.tenant using (tenant_id) where slug = %(slug)s) s
cross join (
    select time, row_number() over (order by time) as n from (
        select generate_series(timestamptz '2025-03-28 00:00+00', '2025-04-01 00:00+00', '10 minutes') as time
        union all select generate_series(timestamptz '2025-10-24 00:00+00', '2025-10-28 00:00+00', '10 minutes')
        union all select generate_series(date_bin('10 minutes', now(), '2001-01-01') - interval '2 days', now(), '10 minutes')
    ) t
) g
