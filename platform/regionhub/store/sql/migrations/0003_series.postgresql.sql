-- Time series on plain PostgreSQL: a table with the right indexes, rollups as plain views.
-- The same names on TimescaleDB: 0003_series.timescaledb.sql.

create index on core.reading using brin (time);
create unique index on core.uplink (uplink_id);
create index on core.uplink (device_id, time desc);
create index on core.uplink (source_id, event_id) where time_source = 'arrival';
create index on core.uplink using brin (time);

create view core.reading_hourly as
select datastream_id, tenant_id, date_bin('1 hour', time, 'epoch') as bucket,
       count(*) as count, sum(value) as sum, min(value) as min, max(value) as max,
       (array_agg(value order by time desc))[1] as last
from core.reading
where quality not in (4, 9)
group by datastream_id, tenant_id, date_bin('1 hour', time, 'epoch');

create view core.reading_daily as
select datastream_id, tenant_id, date_trunc('day', time, 'Europe/Berlin') as bucket,
       count(*) as count, sum(value) as sum, min(value) as min, max(value) as max,
       (array_agg(value order by time desc))[1] as last
from core.reading
where quality not in (4, 9)
group by datastream_id, tenant_id, date_trunc('day', time, 'Europe/Berlin');

create procedure core.drop_older(what text, keep interval) language plpgsql as $$
begin
    execute format('delete from core.%I where time < now() - $1', what) using keep;
end $$;
comment on procedure core.drop_older is 'Removes the rows of a time series table that are older than keep.';
