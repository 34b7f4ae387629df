-- Quantities, datastreams, readings and rollups. Conditions on datastream_id and time reach the indexes through
-- the barrier.

create function api.rounded(value double precision, decimals integer)
returns double precision language sql immutable parallel safe as $$
    select round(value::numeric, decimals)::double precision
$$;
comment on function api.rounded is
    'A computed value without the noise of floating point, such as 32.80000000000001: API, CSV and portal show the same.';

create function api.stale_after(interval_seconds integer, at_least interval)
returns interval language sql immutable parallel safe as $$
    select greatest(2 * make_interval(secs => interval_seconds), coalesce(at_least, interval '45 minutes'))
$$;
comment on function api.stale_after is
    'When a value of a device that sends at this interval is too old: after two intervals, and at least so long; null: 45 minutes.';

create function api.clock_tolerance() returns interval language sql immutable parallel safe as $$
    select interval '5 minutes'
$$;
comment on function api.clock_tolerance is 'So far a clock may be ahead of ours: what lies further ahead is not looked at until it is time.';

create view api.quantity as
select quantity, name_de, name_en, unit, ucum, symbol, theme, decimals, measures_level from core.quantity;

create view api.datastream with (security_barrier) as
select d.datastream_id, d.tenant_id, d.device_id, d.quantity, d.position,
       q.name_de, q.name_en, q.unit, q.ucum, q.symbol, q.theme, q.decimals, q.measures_level,
       not own.seen as shared,
       case when own.seen or g.raw then 'raw' when g.hourly then 'hourly' else 'daily' end as finest
from core.datastream d
join core.quantity q using (quantity)
cross join lateral (
    select :seen(d.tenant_id) as seen
) own
left join api.granted_datastream g using (datastream_id)
where :seen(d.tenant_id)
   or g.datastream_id is not null;
comment on view api.datastream is
    'One measured quantity of one device; shared: it belongs to another town that lets this reader see it; '
    'finest: the finest resolution this reader may see (raw, hourly, daily).';

create view api.reading with (security_barrier) as
select r.datastream_id, r.tenant_id, r.time, r.value, r.quality, r.tests
from core.reading r
where :seen(r.tenant_id)
   or :granted(r.datastream_id, raw);
comment on view api.reading is 'Every reading with its QARTOD flag, also the failed ones.';

create view api.reading_hourly with (security_barrier) as
select r.datastream_id, r.tenant_id, r.bucket, r.count, r.sum, api.rounded(r.sum / r.count, 6) as avg, r.min, r.max, r.last
from core.reading_hourly r
where :seen(r.tenant_id)
   or :granted(r.datastream_id, hourly);
comment on view api.reading_hourly is 'Rollup by hour (UTC) without failed and missing readings.';

create view api.reading_daily with (security_barrier) as
select r.datastream_id, r.tenant_id, r.bucket, r.count, r.sum, api.rounded(r.sum / r.count, 6) as avg, r.min, r.max, r.last
from core.reading_daily r
where :seen(r.tenant_id)
   or :granted(r.datastream_id, daily);
comment on view api.reading_daily is 'Rollup by day (Europe/Berlin) without failed and missing readings.';

create view api.latest with (security_barrier) as
select l.datastream_id, l.tenant_id, l.time, l.value, l.quality, l.unchanged_since, l.received_at,
       d.device_id, d.quantity, d.position, q.theme, q.symbol, q.decimals, v.name as device_name, v.interval_seconds,
       i.site_id, i.depth_cm, i.mounting_height_cm,
       l.time < now() - api.stale_after(v.interval_seconds, null) as stale
from core.latest l
join core.datastream d using (datastream_id)
join core.quantity q using (quantity)
join core.device v using (device_id)
left join core.installation i on i.device_id = d.device_id and :installed(i) and l.time >= i.from_time
where :seen(l.tenant_id)
   or :granted(l.datastream_id, raw);
comment on view api.latest is
    'Newest reading of every datastream; site_id: where its device is, null where the reading is older than that; stale: older than twice the send interval.';

-- What charts draw. The functions run as the caller and read only views of schema api, so they show nobody more
-- than those views do.

create function api.step(at timestamptz, interval_ms double precision) returns timestamptz language sql immutable parallel safe as $$
    select case when interval_ms < 43200000 then date_bin(make_interval(secs => interval_ms / 1000), at, 'epoch')
                else date_bin(make_interval(secs => interval_ms / 1000), at at time zone 'Europe/Berlin', '1970-01-05')
                     at time zone 'Europe/Berlin' end
$$;
comment on function api.step is 'When the step of a chart begins that a time lies in; half days and longer ones begin at midnight in Berlin.';

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
            where r.datastream_id = stream and r.time >= from_time and r.time <= to_time and :believed(r.quality)
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

create view api.site_stream with (security_barrier) as
select i.site_id, i.from_time, i.to_time, i.mounting_height_cm, d.datastream_id, d.quantity,
       l.label || case when i.depth_cm is not null then format(' (%s cm)', i.depth_cm) else '' end
               || case when d.position <> '' then ' ' || replace(d.position, '_', ' ') else '' end as label
from api.installation i
join api.datastream d using (device_id)
join api.site_label l using (site_id);
comment on view api.site_stream is 'What was measured at a site, from when to when, with a label for the line.';
