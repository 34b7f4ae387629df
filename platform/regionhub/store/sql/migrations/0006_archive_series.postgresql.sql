-- Removing old rows of a time series on plain PostgreSQL: a delete for each town.
-- The same name on TimescaleDB: 0006_archive_series.timescaledb.sql.

drop procedure core.drop_older(text, interval);

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
