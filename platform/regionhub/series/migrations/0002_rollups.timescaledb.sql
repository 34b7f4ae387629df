-- Readings on TimescaleDB: a hypertable, columnstore, continuous aggregates.
-- The same names on plain PostgreSQL: 0002_rollups.postgresql.sql.

select create_hypertable('core.reading', by_range('time', interval '7 days'), create_default_indexes => false);
alter table core.reading set (timescaledb.enable_columnstore, timescaledb.segmentby = 'datastream_id', timescaledb.orderby = 'time desc');
call add_columnstore_policy('core.reading', after => interval '14 days');

create materialized view core.reading_hourly
with (timescaledb.continuous, timescaledb.materialized_only = false) as
select datastream_id, tenant_id, time_bucket('1 hour', time) as bucket,
       count(*) as count, sum(value) as sum, min(value) as min, max(value) as max,
       last(value, time) as last
from core.reading
where quality not in (4, 9)
group by datastream_id, tenant_id, time_bucket('1 hour', time)
with no data;

create materialized view core.reading_daily
with (timescaledb.continuous, timescaledb.materialized_only = false) as
select datastream_id, tenant_id, time_bucket('1 day', time, 'Europe/Berlin') as bucket,
       count(*) as count, sum(value) as sum, min(value) as min, max(value) as max,
       last(value, time) as last
from core.reading
where quality not in (4, 9)
group by datastream_id, tenant_id, time_bucket('1 day', time, 'Europe/Berlin')
with no data;

-- Refreshes recompute only what changed; 400 days let a late back-fill reach the rollups.
select add_continuous_aggregate_policy('core.reading_hourly', start_offset => interval '400 days',
    end_offset => interval '1 hour', schedule_interval => interval '30 minutes');
select add_continuous_aggregate_policy('core.reading_daily', start_offset => interval '400 days',
    end_offset => interval '1 day', schedule_interval => interval '3 hours');
