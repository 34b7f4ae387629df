-- Readings on TimescaleDB: a hypertable, columnstore, continuous aggregates.
-- The same names on plain PostgreSQL: 0002_rollups.postgresql.sql.

select create_hypertable('core.reading', by_range('time', interval '7 days'), create_default_indexes => false);
-- a delete for one town unpacks only what is this town's
alter table core.reading set (timescaledb.enable_columnstore, timescaledb.segmentby = 'datastream_id, tenant_id', timescaledb.orderby = 'time desc');
-- What is not packed takes eight times as much. A late reading of a packed chunk costs no more than another one.
call add_columnstore_policy('core.reading', after => interval '1 day');

-- Most sensors send once an hour, and then the sum is all there is to say: least, greatest and last value once more would
-- double what a reading takes. They are null for a bucket of one reading; read core.reading_hourly and core.reading_daily.
create materialized view core.rollup_hourly
with (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false,
      timescaledb.chunk_interval = '7 days') as
select datastream_id, tenant_id, time_bucket('1 hour', time) as bucket, count(*) as count, sum(value) as sum,
       case when count(*) > 1 then min(value) end as min,
       case when count(*) > 1 then max(value) end as max,
       case when count(*) > 1 then last(value, time) end as last
from core.reading
where :believed(quality)
group by datastream_id, tenant_id, time_bucket('1 hour', time)
with no data;

create materialized view core.rollup_daily
with (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false,
      timescaledb.chunk_interval = '70 days') as
select datastream_id, tenant_id, time_bucket('1 day', time, 'Europe/Berlin') as bucket, count(*) as count, sum(value) as sum,
       case when count(*) > 1 then min(value) end as min,
       case when count(*) > 1 then max(value) end as max,
       case when count(*) > 1 then last(value, time) end as last
from core.reading
where :believed(quality)
group by datastream_id, tenant_id, time_bucket('1 day', time, 'Europe/Berlin')
with no data;

-- The planner knows what values a rollup has, and TimescaleDB does not let us take that away (grants.sql). Of an expression it knows
-- nothing; else it would estimate for a reader from the values of all towns.
create view core.reading_hourly as
select datastream_id, tenant_id, bucket, count, sum + 0 as sum, coalesce(min, sum) as min, coalesce(max, sum) as max, coalesce(last, sum) as last
from core.rollup_hourly;

create view core.reading_daily as
select datastream_id, tenant_id, bucket, count, sum + 0 as sum, coalesce(min, sum) as min, coalesce(max, sum) as max, coalesce(last, sum) as last
from core.rollup_daily;

-- one datastream at a time is read; by bucket the refreshes look for what they replace
create index on core.rollup_hourly (datastream_id, bucket desc);
create index on core.rollup_daily (datastream_id, bucket desc);

alter materialized view core.rollup_hourly set (timescaledb.enable_columnstore, timescaledb.segmentby = 'datastream_id, tenant_id', timescaledb.orderby = 'bucket desc');
alter materialized view core.rollup_daily set (timescaledb.enable_columnstore, timescaledb.segmentby = 'datastream_id, tenant_id', timescaledb.orderby = 'bucket desc');

-- Refreshes recompute only what changed; 400 days let a late back-fill reach the rollups, packed ones as well. Newest first and
-- week by week, each in transactions of its own: a year at once would hold 7 GB of memory.
select add_continuous_aggregate_policy('core.rollup_hourly', start_offset => interval '400 days', end_offset => interval '1 hour',
    schedule_interval => interval '30 minutes', buckets_per_batch => 168);
call add_columnstore_policy('core.rollup_hourly', after => interval '1 day');

create procedure core.roll_up_days(job_id integer, config jsonb) language plpgsql as $$
declare
    today timestamp := date_trunc('day', now() at time zone 'Europe/Berlin');
    chunk regclass;
begin
    for week in 0 .. 400 / 7 loop
        call refresh_continuous_aggregate('core.rollup_daily', (today - (week + 1) * interval '7 days') at time zone 'Europe/Berlin',
                                          (today - week * interval '7 days') at time zone 'Europe/Berlin');
    end loop;
    foreach chunk in array array(
        select format('%I.%I', c.chunk_schema, c.chunk_name)::regclass
        from timescaledb_information.continuous_aggregates a
        join timescaledb_information.chunks c on (c.hypertable_schema, c.hypertable_name)
            = (a.materialization_hypertable_schema, a.materialization_hypertable_name)
        where a.view_schema = 'core' and a.view_name = 'rollup_daily' and c.range_end < now() - interval '1 day')
    loop
        call convert_to_columnstore(chunk);
        commit;
    end loop;
end $$;
comment on procedure core.roll_up_days is
    'What policies do for the hours. The steps of TimescaleDB 2.23 are days of 24 hours from the beginning of the window on: after '
    'a change of the clocks they are not ours, and late readings of single days are lost.';
select add_job('core.roll_up_days', schedule_interval => interval '3 hours');
