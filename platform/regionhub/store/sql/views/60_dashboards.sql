-- What dashboards draw. The functions run as the caller and read only views of schema api, so they
-- show nobody more than those views do.

create function api.buckets(stream integer, from_time timestamptz, to_time timestamptz, width interval)
returns table (bucket timestamptz, avg double precision, low double precision, high double precision, step interval)
language plpgsql stable as $$
declare
    send interval := (select make_interval(secs => v.interval_seconds)
                      from api.datastream d join api.device v using (device_id) where d.datastream_id = stream);
begin
    if width < interval '1 hour' then
        return query
            select date_bin(width, r.time, 'epoch'), avg(r.value), min(r.value), max(r.value), greatest(width, send)
            from api.reading r
            where r.datastream_id = stream and r.time >= from_time and r.time <= to_time and r.quality not in (4, 9)
            group by 1;
        if found then return; end if;
    end if;
    if width < interval '1 day' then
        return query
            select date_bin(greatest(width, interval '1 hour'), r.bucket, 'epoch') as t,
                   sum(r.sum) / sum(r.count)::double precision, min(r.min), max(r.max), greatest(width, send, interval '1 hour')
            from api.reading_hourly r
            where r.datastream_id = stream and r.bucket >= from_time and r.bucket <= to_time
            group by t;
        if found then return; end if;
    end if;
    return query
        select case when width <= interval '1 day' then r.bucket
                    else date_bin(width, r.bucket at time zone 'Europe/Berlin', '1970-01-05') at time zone 'Europe/Berlin' end as t,
               sum(r.sum) / sum(r.count)::double precision, min(r.min), max(r.max), greatest(width, send, interval '1 day')
        from api.reading_daily r
        where r.datastream_id = stream and r.bucket >= from_time and r.bucket <= to_time
        group by t;
end $$;
comment on function api.buckets is
    'One datastream in steps of width: from readings below an hour, from the hourly rollup below a day, else from the daily one. '
    'Where the finer source has nothing (not kept any more, or shared only as rollup) the next coarser one answers. Failed readings stay out.';

create function api.series(stream integer, from_time timestamptz, to_time timestamptz, interval_ms double precision)
returns table ("time" timestamptz, value double precision, low double precision, high double precision)
language sql stable as $$
    with point as (
        select b.*, lead(b.bucket) over (order by b.bucket) as next
        from api.buckets(stream, from_time, to_time, make_interval(secs => greatest(interval_ms, 1000) / 1000)) b
    )
    select bucket, avg, low, high from point
    union all
    select bucket + step, null, null, null from point where next > bucket + 3 * step
    order by 1
$$;
comment on function api.series is
    'api.buckets for a line chart: a null stands in every gap of more than three steps (send interval or bucket, '
    'whichever is longer), so that no line crosses the time in which a sensor was silent.';

create view api.site_label with (security_barrier) as
select s.site_id, s.tenant_id, s.kind,
       case when (select count(*) from api.tenant) > 1 then coalesce(t.name || ': ', '') else '' end || s.name as label
from api.site s left join api.tenant t using (tenant_id);
comment on view api.site_label is 'The name of a site, with the town before it for a reader who sees several.';

create view api.device_label with (security_barrier) as
select d.device_id, d.tenant_id, d.active,
       case when (select count(*) from api.tenant) > 1 then coalesce(t.name || ': ', '') else '' end || d.name as label
from api.device d left join api.tenant t using (tenant_id);
comment on view api.device_label is 'The name of a device, with the town before it for a reader who sees several.';

create view api.site_stream with (security_barrier) as
select i.site_id, i.from_time, i.to_time, i.mounting_height_cm, d.datastream_id, d.quantity,
       l.label || case when i.depth_cm is not null then format(' (%s cm)', i.depth_cm) else '' end
               || case when d.position <> '' then ' ' || replace(d.position, '_', ' ') else '' end as label
from api.installation i
join api.datastream d using (device_id)
join api.site_label l using (site_id);
comment on view api.site_stream is 'What was measured at a site, from when to when, with a label for the line.';
