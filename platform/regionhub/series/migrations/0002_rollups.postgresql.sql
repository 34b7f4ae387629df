-- Readings on plain PostgreSQL: a table with the right indexes, rollups as plain views.
-- The same names on TimescaleDB: 0002_rollups.timescaledb.sql.

create index on core.reading using brin (time);

create view core.reading_hourly as
select datastream_id, tenant_id, date_bin('1 hour', time, 'epoch') as bucket,
       count(*) as count, sum(value) as sum, min(value) as min, max(value) as max,
       (array_agg(value order by time desc))[1] as last
from core.reading
where :believed(quality)
group by datastream_id, tenant_id, date_bin('1 hour', time, 'epoch');

create view core.reading_daily as
select datastream_id, tenant_id, date_trunc('day', time, 'Europe/Berlin') as bucket,
       count(*) as count, sum(value) as sum, min(value) as min, max(value) as max,
       (array_agg(value order by time desc))[1] as last
from core.reading
where :believed(quality)
group by datastream_id, tenant_id, date_trunc('day', time, 'Europe/Berlin');
