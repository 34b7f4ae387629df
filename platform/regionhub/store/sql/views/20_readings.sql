-- Readings and rollups. Conditions on datastream_id and time reach the indexes through the barrier.

create view api.reading with (security_barrier) as
select r.datastream_id, r.tenant_id, r.time, r.value, r.quality, r.tests
from core.reading r
where r.tenant_id = any (array(select tenant_id from core.role_tenant where role_name = current_user))
   or r.datastream_id = any (array(select datastream_id from api.granted_datastream where raw));
comment on view api.reading is 'Every reading with its QARTOD flag, also the failed ones.';

create view api.reading_hourly with (security_barrier) as
select r.datastream_id, r.tenant_id, r.bucket, r.count, r.sum, r.sum / r.count as avg, r.min, r.max, r.last
from core.reading_hourly r
where r.tenant_id = any (array(select tenant_id from core.role_tenant where role_name = current_user))
   or r.datastream_id = any (array(select datastream_id from api.granted_datastream where hourly));
comment on view api.reading_hourly is 'Rollup by hour (UTC) without failed and missing readings.';

create view api.reading_daily with (security_barrier) as
select r.datastream_id, r.tenant_id, r.bucket, r.count, r.sum, r.sum / r.count as avg, r.min, r.max, r.last
from core.reading_daily r
where r.tenant_id = any (array(select tenant_id from core.role_tenant where role_name = current_user))
   or r.datastream_id = any (array(select datastream_id from api.granted_datastream));
comment on view api.reading_daily is 'Rollup by day (Europe/Berlin) without failed and missing readings.';

create view api.latest with (security_barrier) as
select l.datastream_id, l.tenant_id, l.time, l.value, l.quality, l.unchanged_since, l.received_at,
       d.device_id, d.quantity, d.position, q.theme, q.symbol, q.decimals, v.name as device_name, v.interval_seconds,
       i.site_id, i.depth_cm, i.mounting_height_cm,
       l.time < now() - greatest(2 * make_interval(secs => v.interval_seconds), interval '45 minutes') as stale
from core.latest l
join core.datastream d using (datastream_id)
join core.quantity q using (quantity)
join core.device v using (device_id)
left join core.installation i on i.device_id = d.device_id and i.from_time <= now() and (i.to_time is null or i.to_time > now())
where l.tenant_id = any (array(select tenant_id from core.role_tenant where role_name = current_user))
   or l.datastream_id = any (array(select datastream_id from api.granted_datastream where raw));
comment on view api.latest is 'Newest reading of every datastream; stale: older than twice the send interval.';
