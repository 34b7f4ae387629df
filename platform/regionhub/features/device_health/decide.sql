-- name: lock
-- One at a time, as for decisions about sites.
select pg_advisory_xact_lock(1380466691, 2)

-- name: claim
-- What was touched, the oldest first, about as much as one step takes, and what is due; each device once with the earliest time
-- from which on something changed. A row without a device, if there was anything at all.
with claimed as (
    delete from core.device_touched
    where touched_id in (
        select touched_id
        from (select touched_id, sum(cardinality(device_ids)) over (order by touched_id) - cardinality(device_ids) as before
              from (select touched_id, device_ids from core.device_touched order by touched_id limit %(most)s) oldest) summed
        where before < %(most)s)
    returning device_ids, times
),
asked as (
    select t.device_id, t.time from claimed c cross join lateral unnest(c.device_ids, c.times) t (device_id, time)
    union all
    (select device_id, due_at from core.device_condition where due_at <= now() order by due_at limit %(most)s)
)
select d.device_id, h.until, h.until is not null and (c.figured_until is distinct from h.until or a.begins < h.until) as anew,
       case when c.figured_until = h.until then c.figures::text end as figures
from (select device_id, min(time) as begins from asked group by device_id) a
join core.device d using (device_id)
left join core.device_state s using (device_id)
left join core.device_condition c using (device_id)
-- a clock may be ahead of ours
cross join lateral (select case when s.last_seen_at is not null then date_bin('1 hour', least(s.last_seen_at, now()), 'epoch') end as until) h
union all
select null, null, null, null where exists (select from claimed)

-- name: frames
-- Frames before the hour of each device, the newest 300 of a month, in the order of time; also those that could not be decoded yet.
select a.device_id, array_agg(extract(epoch from f.time)::float8 order by f.time, f.f_cnt) as times, array_agg(f.f_cnt::float8 order by f.time, f.f_cnt) as counters,
       array_agg(f.dev_addr order by f.time, f.f_cnt) as addresses, array_agg(f.sf::float8 order by f.time, f.f_cnt) as factors,
       array_agg(f.rssi::float8 order by f.time, f.f_cnt) as rssi, array_agg(f.snr::float8 order by f.time, f.f_cnt) as snr
from unnest(%(device_ids)s::integer[], %(untils)s::timestamptz[]) a (device_id, until)
join core.device d using (device_id)
cross join lateral (
    (select u.time, u.f_cnt, u.dev_addr, u.sf, u.rssi, u.snr
     from core.uplink u
     where u.device_id = a.device_id and u.time < a.until and u.time >= a.until - interval '30 days'
     order by u.time desc limit 300)
    union all
    select l.frame_time, l.f_cnt, l.dev_addr, null, null, null
    from core.dead_letter l
    where l.dev_eui = d.dev_eui and l.tenant_id = d.tenant_id and l.resolved_at is null
      and l.frame_time < a.until and l.frame_time >= a.until - interval '1 day'
) f
group by a.device_id

-- name: curves
-- Values of the week before the hour, of each datastream that says something of its surroundings, and whether they are believed; neither
-- those that the device doubts nor bounds (a distance sensor without an echo); only since the device was brought to where it is.
select a.device_id, s.quantity, r.times, r."values", r.believed
from unnest(%(device_ids)s::integer[], %(untils)s::timestamptz[]) a (device_id, until)
join core.datastream s using (device_id)
left join core.installation i on i.device_id = a.device_id and i.from_time <= a.until and (i.to_time is null or i.to_time > a.until)
cross join lateral (
    select array_agg(extract(epoch from r.time)::float8 order by r.time) as times, array_agg(r.value order by r.time) as "values",
           array_agg((:believed(r.quality))::integer::float8 order by r.time) as believed
    from core.reading r
    where r.datastream_id = s.datastream_id and r.time < a.until and r.time >= greatest(a.until - interval '7 days', i.from_time)
      and r.value is not null and r.tests & 17 = 0
) r
where s.quantity = any(%(quantities)s) and r.times is not null
order by a.device_id, s.datastream_id

-- name: batteries
-- Daily means of the month before the hour, and the voltage of the first readings.
select a.device_id, s.quantity, array_agg(extract(epoch from b.bucket)::float8 order by b.bucket) as times,
       array_agg(b.sum / b.count order by b.bucket) as "values", max(n.when_new) as when_new
from unnest(%(device_ids)s::integer[], %(untils)s::timestamptz[]) a (device_id, until)
cross join lateral (
    select distinct on (s.quantity) s.quantity, s.datastream_id
    from core.datastream s join core.latest l using (datastream_id)
    where s.device_id = a.device_id and s.quantity in ('battery_voltage', 'battery_level')
    order by s.quantity, l.time desc
) s
join lateral (
    select b.bucket, b.sum, b.count from core.reading_daily b
    where b.datastream_id = s.datastream_id and b.bucket >= a.until - interval '31 days' and b.bucket < date_trunc('day', a.until, 'Europe/Berlin')
    offset 0
) b on true
left join lateral (
    select percentile_cont(0.5) within group (order by f.value) as when_new
    from (select r.value from core.reading r
          where r.datastream_id = s.datastream_id and r.value is not null and :believed(r.quality) order by r.time limit 20) f
    where s.quantity = 'battery_voltage'
) n on true
group by a.device_id, s.quantity

-- name: neighbours
-- Daily means of four weeks of what these devices measure, and the same of all devices at sites of that kind in their town.
with asked as (
    select a.device_id, i.tenant_id, t.kind, s.quantity, s.datastream_id as own, date_trunc('day', a.until, 'Europe/Berlin') as until
    from unnest(%(device_ids)s::integer[], %(untils)s::timestamptz[]) a (device_id, until)
    join core.datastream s using (device_id)
    join core.installation i on i.device_id = a.device_id and i.from_time <= a.until and (i.to_time is null or i.to_time > a.until)
    join core.site t using (site_id)
    where s.quantity = any(%(quantities)s)
),
member as (
    select g.tenant_id, g.kind, g.quantity, g.until, s.datastream_id
    from (select distinct tenant_id, kind, quantity, until from asked) g
    join core.site t on t.tenant_id = g.tenant_id and t.kind = g.kind
    join core.installation i on i.site_id = t.site_id and i.from_time <= g.until and (i.to_time is null or i.to_time > g.until)
    join core.datastream s on s.device_id = i.device_id and s.quantity = g.quantity
),
mean as materialized (
    select m.*, b.days, b."values"
    from member m
    cross join lateral (
        select array_agg(extract(epoch from b.bucket)::float8 order by b.bucket) as days, array_agg(b.sum / b.count order by b.bucket) as "values"
        from core.reading_daily b
        where b.datastream_id = m.datastream_id and b.bucket >= m.until - interval '28 days 1 hour' and b.bucket < m.until
    ) b
    where b.days is not null
)
select a.device_id, a.quantity, a.own, m.datastream_id, m.days, m."values", extract(epoch from a.until)::float8 as until
from asked a
join mean m using (tenant_id, kind, quantity, until)
order by a.own, m.datastream_id <> a.own, m.datastream_id

-- name: facts
-- What is so now: %(intervals)s says how often each of them really sends, null: as it is registered.
select d.device_id, d.tenant_id, k.interval_seconds, now() as now, s.last_seen_at as heard_at, i.site_id, i.from_time as installed_at,
       case when s.last_seen_at is null then 'never'
            when s.last_seen_at < now() - k.silent_after then 'silent'
            when p.streams > 0 then 'no_values'
            when s.last_seen_at < now() - k.late_after then 'late'
            else 'online' end as state,
       coalesce(p.quantities, '{}') as missing_quantities, p.missing_since, coalesce(p.unreadable, false) as unreadable,
       coalesce(p.implausible, false) as implausible,
       f.quantity as stuck_quantity, f.since as stuck_since, f.value as stuck_value,
       v.value as battery_voltage, coalesce(b.value, case when s.external_power then null else s.battery_level end) as battery_level,
       least(case when s.last_seen_at + k.late_after >= now() then s.last_seen_at + k.late_after end,
             case when s.last_seen_at + k.silent_after >= now() then s.last_seen_at + k.silent_after end,
             p.due_at) + interval '1 microsecond' as due_at,
       (select min(x.at) from core.installation n cross join lateral (values (n.from_time), (n.to_time)) x (at)
        where n.device_id = d.device_id and x.at > now()) as moved_at
from unnest(%(device_ids)s::integer[], %(intervals)s::integer[]) a (device_id, seconds)
join core.device d using (device_id)
left join core.device_state s using (device_id)
left join core.installation i on i.device_id = d.device_id and :installed(i)
cross join lateral (
    select coalesce(a.seconds, d.interval_seconds) as interval_seconds, api.silent_after(coalesce(a.seconds, d.interval_seconds)) as silent_after,
           api.late_after(coalesce(a.seconds, d.interval_seconds)) as late_after
) k
left join lateral (
    -- what gives nothing for as long as makes a device silent, while the device is heard; a datastream that never had a
    -- reading was none of this device
    select count(*) filter (where w.missing) as streams, min(w.given_at) filter (where w.missing) as missing_since,
           bool_or(w.unreadable) filter (where w.missing) as unreadable, bool_and(w.newest_quality = 4) filter (where w.missing) as implausible,
           array_agg(distinct w.quantity order by w.quantity) filter (where w.missing and w.quantity is not null) as quantities,
           min(w.given_at + k.silent_after) filter (where not w.missing and w.given_at + k.silent_after >= now()) as due_at
    from (
        select w.quantity, w.unreadable, w.newest_quality, coalesce(w.value_at, w.installed_at) as given_at,
               w.heard_at >= now() - k.silent_after and coalesce(w.value_at, w.installed_at) < now() - k.silent_after as missing
        from core.installed_stream w
        where w.device_id = d.device_id and w.heard_at is not null
          and (w.datastream_id is null or exists (select from core.reading r where r.datastream_id = w.datastream_id))
    ) w
) p on true
left join lateral (
    -- what the test of a flat line says of the newest reading
    select x.quantity, l.unchanged_since as since, l.value
    from core.datastream x
    join core.latest l using (datastream_id)
    join core.reading r on r.datastream_id = l.datastream_id and r.time = l.time
    where x.device_id = d.device_id and r.tests & 8 <> 0 and :believed(r.quality)
    order by l.unchanged_since, x.datastream_id limit 1
) f on true
left join lateral (
    select l.value from core.datastream x join core.latest l using (datastream_id)
    where x.device_id = d.device_id and x.quantity = 'battery_voltage' order by l.time desc limit 1) v on true
left join lateral (
    select l.value from core.datastream x join core.latest l using (datastream_id)
    where x.device_id = d.device_id and x.quantity = 'battery_level' order by l.time desc limit 1) b on true

-- name: write
insert into core.device_condition as c (device_id, tenant_id, state, since, sentence_de, sentence_en, missing_quantities, missing_since,
    interval_seconds, battery_voltage, battery_level, battery_left, battery_empty_on, received, expected, margin_db, heard_at,
    figures, figured_until, due_at, decided_at)
select r.device_id, r.tenant_id, r.state, r.since, r.sentence_de, r.sentence_en, r.missing_quantities, r.missing_since,
    r.interval_seconds, r.battery_voltage, r.battery_level, r.battery_left, r.battery_empty_on, r.received, r.expected, r.margin_db,
    r.heard_at, r.figures, r.figured_until, r.due_at, now()
from jsonb_populate_recordset(null::core.device_condition, %(rows)s) r
order by r.device_id  -- whoever writes several does so in this order
on conflict (device_id) do update set
    tenant_id = excluded.tenant_id, state = excluded.state, since = excluded.since, sentence_de = excluded.sentence_de,
    sentence_en = excluded.sentence_en, missing_quantities = excluded.missing_quantities, missing_since = excluded.missing_since,
    interval_seconds = excluded.interval_seconds, battery_voltage = excluded.battery_voltage, battery_level = excluded.battery_level,
    battery_left = excluded.battery_left, battery_empty_on = excluded.battery_empty_on, received = excluded.received,
    expected = excluded.expected, margin_db = excluded.margin_db, heard_at = excluded.heard_at, figures = excluded.figures,
    figured_until = excluded.figured_until, due_at = excluded.due_at, decided_at = excluded.decided_at
