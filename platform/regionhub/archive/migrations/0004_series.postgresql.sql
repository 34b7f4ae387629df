-- Frames on plain PostgreSQL, and removing old rows of a time series: a delete for each town.
-- The same names on TimescaleDB: 0004_series.timescaledb.sql.

create unique index on core.uplink (uplink_id);
create index on core.uplink using brin (time);
create index on core.uplink (source_id, event_id) where time_source = 'arrival';
-- the ledger counts hundreds of thousands of frames at once; it reads them from the index alone
create index on core.uplink (device_id, time desc) include (f_cnt, dev_addr, recovered);
-- the few frames of a device that have any
create index on core.uplink (device_id, time) where history_from is not null;

create function core.remove_older(what text)
returns table (tenant_id integer, removed bigint, oldest timestamptz, newest timestamptz)
language plpgsql as $$
declare town record;
begin
    for town in select r.tenant_id, r.keep from core.effective_retention r where r.what = remove_older.what and r.keep is not null
    loop
        return query execute format(
            'with gone as (delete from core.%I where tenant_id = $1 and time < now() - $2 returning time)
             select $1, count(*), min(time), max(time) from gone having count(*) > 0', what)
            using town.tenant_id, town.keep;
    end loop;
end $$;
comment on function core.remove_older is 'Removes rows of a time series by the retention of each town; says how many and from when.';
