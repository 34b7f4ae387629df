-- Readings of a device's datastreams for the engine tests.
-- Both nights in which the clocks of Europe/Berlin change, and some of each kind that stays out.
insert into core.reading (datastream_id, tenant_id, time, value, quality)
select s.datastream_id, s.tenant_id, g.time,
       case when mod(g.n, 50) = 7 then null when mod(g.n, 40) = 3 then -999 else s.n * 1000 + mod(g.n, 500) end,
       case when mod(g.n, 50) = 7 then 9 when mod(g.n, 40) = 3 then 4 when mod(g.n, 11) = 0 then 3 else 1 end
from (select datastream_id, tenant_id, row_number() over (order by datastream_id) as n
      from core.datastream where device_id = %(device_id)s) s
cross join (
    select time, row_number() over (order by time) as n from (
        select generate_series(timestamptz '2025-03-28 00:00+00', '2025-04-01 00:00+00', '10 minutes') as time
        union all select generate_series(timestamptz '2025-10-24 00:00+00', '2025-10-28 00:00+00', '10 minutes')
        union all select generate_series(date_bin('10 minutes', now(), '2001-01-01') - interval '2 days', now(), '10 minutes')
    ) t
) g
