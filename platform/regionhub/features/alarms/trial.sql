-- Each gives (site_id, place, at, met): when it became another one whether a rule holds at a place, in order of time.

-- name: signal
with change as (
    select c.site_id, coalesce(c.at, '-infinity') as at, c.level
    from api.signal_change c
    join api.site s using (site_id)
    where c.signal = %(signal)s and c.tenant_id = %(tenant_id)s and (%(site_ids)s::integer[] is null or c.site_id = any(%(site_ids)s))
      and (%(site_kind)s::text is null or s.kind = %(site_kind)s)
)
select c.site_id, s.name as place, greatest(c.at, %(start)s) as at, c.level >= %(level)s as met
from change c join api.site s using (site_id)
where c.at >= %(start)s or c.at = (select max(b.at) from change b where b.site_id = c.site_id and b.at < %(start)s)
order by c.site_id, c.at

-- name: value
-- By the hour: of short holds the extreme of it counts, of long ones its mean. A rate is that of the means over its span.
with stream as (
    select i.site_id, s.name, d.datastream_id, i.from_time, i.to_time, coalesce(v.limit_value, %(limit_value)s) as limit_value,
           case when v.site_id is not null then coalesce(v.clear_value, v.limit_value)
                else coalesce(%(clear_value)s, %(limit_value)s) end as clear_value
    from api.site s
    join api.installation i using (site_id)
    join api.datastream d using (device_id)
    left join core.alarm_rule_value v on v.rule_id = %(rule_id)s and v.site_id = s.site_id
    where s.tenant_id = %(tenant_id)s and d.quantity = %(quantity)s and (%(site_ids)s::integer[] is null or s.site_id = any(%(site_ids)s))
      and (%(site_kind)s::text is null or s.kind = %(site_kind)s) and coalesce(i.to_time, 'infinity') > %(start)s
),
hour as (
    select s.*, r.bucket, case when %(kind)s = 'rate' or %(hold_minutes)s >= 60 then r.avg when %(below)s then r.min else r.max end as value
    from stream s
    join api.reading_hourly r on r.datastream_id = s.datastream_id
    where r.bucket >= %(start)s and r.bucket >= s.from_time and r.bucket < coalesce(s.to_time, 'infinity')
),
measured as (
    select h.*, case when %(kind)s = 'rate' then (h.value - b.value) / (%(span_hours)s) else h.value end as measure
    from hour h
    left join hour b on %(kind)s = 'rate' and b.datastream_id = h.datastream_id and b.bucket = h.bucket - make_interval(hours => %(span_hours)s)
),
worst as (
    select distinct on (site_id, bucket) * from measured where measure is not null
    order by site_id, bucket, case when %(below)s then measure else -measure end
),
judged as (
    select site_id, name, bucket,
           case when %(below)s then case when measure <= limit_value then true when measure > clear_value then false end
                else case when measure >= limit_value then true when measure < clear_value then false end end as met
    from worst
),
changed as (
    select *, lag(met) over (partition by site_id order by bucket) as former from judged where met is not null
)
select site_id, name as place, bucket as at, met from changed where met is distinct from former order by site_id, bucket

-- name: silence
-- Gaps between the hours in which something was measured.
with hour as (
    select distinct case when %(silent)s = 'device' then i.device_id else i.site_id end as place_id, i.site_id, s.name, r.bucket
    from api.site s
    join api.installation i using (site_id)
    join api.datastream d using (device_id)
    join api.reading_hourly r on r.datastream_id = d.datastream_id and r.bucket >= i.from_time and r.bucket < coalesce(i.to_time, 'infinity')
    where s.tenant_id = %(tenant_id)s and r.bucket >= %(start)s and (%(site_ids)s::integer[] is null or s.site_id = any(%(site_ids)s))
      and (%(site_kind)s::text is null or s.kind = %(site_kind)s)
    union
    select f.source_id, 0, o.name, f.hour
    from api.ingest_fate f join api.source o using (source_id)
    where %(silent)s = 'source' and f.tenant_id = %(tenant_id)s and f.hour >= %(start)s
),
gap as (
    select h.*, lead(h.bucket) over (partition by h.place_id order by h.bucket) as next
    from hour h
    where (h.site_id = 0) = (%(silent)s = 'source')
)
select g.site_id, g.name as place, x.at, x.met
from gap g
cross join lateral (
    values (g.bucket + interval '1 hour' + make_interval(mins => %(minutes)s), true), (g.next, false)
) x (at, met)
where coalesce(g.next, now()) > g.bucket + interval '1 hour' + make_interval(mins => %(minutes)s) and x.at is not null
order by g.place_id, x.at

-- name: time_to_stage
-- By the hour: from its mean to that of the hour before, and on from its end at that rate; the stages are those of then.
with stream as (
    select s.site_id, s.name, l.datastream_id, l.bucket, l.avg_cm,
           lag(l.avg_cm) over near as before_cm, lag(l.bucket) over near as before, coalesce(v.limit_value, %(limit_value)s) as limit_value,
           case when v.site_id is not null then coalesce(v.clear_value, v.limit_value)
                else coalesce(%(clear_value)s, %(limit_value)s) end as clear_value
    from api.site s
    join api.water_level_hourly l using (site_id)
    left join core.alarm_rule_value v on v.rule_id = %(rule_id)s and v.site_id = s.site_id
    where s.tenant_id = %(tenant_id)s and s.kind = 'gauge' and l.avg_cm is not null and l.bucket >= %(start)s
      and (%(site_ids)s::integer[] is null or s.site_id = any(%(site_ids)s)) and (%(site_kind)s::text is null or s.kind = %(site_kind)s)
    window near as (partition by l.datastream_id order by l.bucket)
),
highest as (
    select distinct on (site_id, bucket) *, case when before = bucket - interval '1 hour' then avg_cm - before_cm end as slope
    from stream order by site_id, bucket, avg_cm desc
),
said as (
    select h.*, w.cm, case when h.avg_cm >= w.cm then 0 else api.hours_to_level(w.cm, h.avg_cm + h.slope / 2, h.slope, t.rising) end as hours
    from highest h
    cross join (select api.rising_cm_per_hour() as rising) t
    join api.gauge_reference p on p.site_id = h.site_id and p.from_time <= h.bucket and (p.to_time is null or h.bucket < p.to_time)
    cross join lateral (select (array[p.stage_1_cm, p.stage_2_cm, p.stage_3_cm])[%(stage)s] as cm) w
    where w.cm is not null
),
judged as (
    select site_id, name, bucket as at,
           case when hours <= limit_value then true when hours > clear_value or hours is null and slope is not null then false end as met
    from said
),
changed as (
    select *, lag(met) over (partition by site_id order by at) as former from judged where met is not null
)
select site_id, name as place, at, met from changed where met is distinct from former order by site_id, at

-- name: forecast
-- What was forecast and kept: one forecast an hour.
with said as (
    select f.site_id, s.name, f.level_time as at, x.pct, coalesce(v.limit_value, %(limit_value)s) as limit_value,
           case when v.site_id is not null then coalesce(v.clear_value, v.limit_value)
                else coalesce(%(clear_value)s, %(limit_value)s) end as clear_value
    from api.site s
    join core.gauge_forecast f using (site_id)
    left join core.alarm_rule_value v on v.rule_id = %(rule_id)s and v.site_id = s.site_id
    cross join lateral (
        select max(case %(stage)s when 1 then l.stage_1_pct when 2 then l.stage_2_pct else l.stage_3_pct end) as pct
        from core.gauge_forecast_lead l
        where l.site_id = f.site_id and l.level_time = f.level_time and l.lead_hours <= %(hours)s
    ) x
    where s.tenant_id = %(tenant_id)s and f.level_time >= %(start)s and (%(site_ids)s::integer[] is null or s.site_id = any(%(site_ids)s))
      and (%(site_kind)s::text is null or s.kind = %(site_kind)s)
),
judged as (
    select site_id, name, at, case when pct >= limit_value then true when pct < clear_value then false end as met from said
),
changed as (
    select *, lag(met) over (partition by site_id order by at) as former from judged where met is not null
)
select site_id, name as place, at, met from changed where met is distinct from former order by site_id, at
