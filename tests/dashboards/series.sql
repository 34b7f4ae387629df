-- What a town of the dashboard tests measured. Values lie between %(base)s and %(base)s + 100, so a value of
-- another town is seen at once. Readings: every 10 minutes for 9 days, hourly for 60, once a day for five years;
-- the sensor of "Eiche" was silent from 50 to 26 hours ago.

-- name: readings
insert into core.reading (datastream_id, tenant_id, time, value, quality)
select d.datastream_id, d.tenant_id, g.time,
       case when d.quantity = 'distance' then 10 * (50 + 40 * sin(extract(epoch from g.time) / 86400.0))
            else %(base)s + 50 + 40 * sin(extract(epoch from g.time) / 86400.0) end,
       1
from core.datastream d join core.device v using (device_id) join core.tenant t on t.tenant_id = d.tenant_id
cross join (
    select generate_series(date_bin('10 minutes', now(), 'epoch') - interval '9 days', now(), interval '10 minutes') as time
    union select generate_series(date_bin('1 hour', now(), 'epoch') - interval '60 days', now() - interval '9 days', interval '1 hour')
    union select generate_series(date_bin('1 day', now(), 'epoch') - interval '1825 days', now() - interval '60 days', interval '1 day')
) g
where t.slug = %(slug)s
  and not (v.name like '%%Eiche%%' and g.time between now() - interval '50 hours' and now() - interval '26 hours')

-- name: failed
-- Three readings of "Linde" are far outside and failed their test.
update core.reading r set value = -999, quality = 4
from core.datastream d join core.device v using (device_id) join core.tenant t on t.tenant_id = d.tenant_id
where d.datastream_id = r.datastream_id and t.slug = %(slug)s and v.name like '%%Linde%%' and d.quantity <> 'battery_voltage'
  and r.time between now() - interval '3 hours' and now() - interval '2 hours 35 minutes'

-- name: latest
insert into core.latest (datastream_id, tenant_id, time, value, quality, unchanged_since, received_at)
select d.datastream_id, d.tenant_id, r.time, r.value, r.quality, r.time, r.time
from core.datastream d join core.tenant t using (tenant_id)
cross join lateral (select * from core.reading r where r.datastream_id = d.datastream_id order by r.time desc limit 1) r
where t.slug = %(slug)s

-- name: fates
insert into core.ingest_fate (source_id, tenant_id, hour, fate, reason, messages)
select s.source_id, s.tenant_id, g.hour, f.fate, '', %(base)s + 1
from core.source s join core.tenant t using (tenant_id)
cross join generate_series(date_trunc('hour', now()) - interval '60 days', now(), interval '1 hour') as g (hour)
cross join (values ('stored'), ('duplicate'), ('dead_letter'), ('ignored')) as f (fate)
where t.slug = %(slug)s
