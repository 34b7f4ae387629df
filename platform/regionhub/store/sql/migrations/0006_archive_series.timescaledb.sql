-- Removing old rows of a time series on TimescaleDB: whole chunks where no town keeps them any more,
-- a delete for towns that keep less than the others.
-- The same name on plain PostgreSQL: 0006_archive_series.postgresql.sql.

drop procedure core.drop_older(text, interval);

-- new chunks: a delete for one town then unpacks only what is this town's
alter table core.uplink set (timescaledb.segmentby = 'tenant_id, device_id');

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
