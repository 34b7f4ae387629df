-- Frames on TimescaleDB, and removing old rows of a time series: whole chunks where no town keeps them any
-- more, a delete for towns that keep less than the others.
-- The same names on plain PostgreSQL: 0004_series.postgresql.sql.

select create_hypertable('core.uplink', by_range('time', interval '7 days'), create_default_indexes => false);
create index on core.uplink (uplink_id);
create index on core.uplink (source_id, event_id) where time_source = 'arrival';
-- the ledger counts hundreds of thousands of frames at once; it reads them from the index alone
create index on core.uplink (device_id, time desc) include (f_cnt, dev_addr, recovered);
-- the few frames of a device that have any
create index on core.uplink (device_id, time) where history_from is not null;

-- a delete for one town unpacks only what is this town's
alter table core.uplink set (timescaledb.enable_columnstore, timescaledb.segmentby = 'tenant_id, device_id', timescaledb.orderby = 'time desc',
    timescaledb.sparse_index = 'minmax(uplink_id)');
call add_columnstore_policy('core.uplink', after => interval '1 day');

create function core.remove_older(what text)
returns table (tenant_id integer, removed bigint, oldest timestamptz, newest timestamptz)
language plpgsql as $$
declare
    town record;
    boundary timestamptz;
    longest interval := (select case when bool_and(r.keep is not null) then max(r.keep) end
                         from core.effective_retention r where r.what = remove_older.what);
begin
    boundary := (select max(c.range_end) from timescaledb_information.chunks c
                 where c.hypertable_schema = 'core' and c.hypertable_name = what and c.range_end <= now() - longest);
    if boundary is not null then
        return query execute format(
            'select tenant_id, count(*), min(time), max(time) from core.%I where time < $1 group by tenant_id', what)
            using boundary;
        perform drop_chunks(format('core.%I', what)::regclass, older_than => boundary);
    end if;
    for town in select r.tenant_id, r.keep from core.effective_retention r
                where r.what = remove_older.what and r.keep is not null and r.keep is distinct from longest
    loop
        return query execute format(
            'with gone as (delete from core.%I where tenant_id = $1 and time < now() - $2 returning time)
             select $1, count(*), min(time), max(time) from gone having count(*) > 0', what)
            using town.tenant_id, town.keep;
    end loop;
end $$;
comment on function core.remove_older is 'Removes rows of a time series by the retention of each town; says how many and from when.';
