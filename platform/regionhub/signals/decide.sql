-- name: lock
-- One at a time: of two that decide about one site at once the later one would not know what the other one saw.
select pg_advisory_xact_lock(1380466691, 0)

-- name: claim
-- The oldest rows of what was touched, about as much as one step takes; they are gone with this transaction. Gives where the devices were from
-- their time on, and the sites themselves, each once with its earliest time; and a row without a site, if there was anything at all.
with claimed as (
    delete from core.touched
    where touched_id in (
        select touched_id
        from (select touched_id, sum(cardinality(times)) over (order by touched_id) - cardinality(times) as before
              from (select touched_id, times from core.touched where until is null order by touched_id limit %(most)s) oldest) summed
        where before < %(most)s)
    returning device_ids, site_ids, times
),
touched as (
    select i.site_id, greatest(t.begins, i.from_time) as begins
    from claimed c
    cross join lateral unnest(c.device_ids, c.times[1 : cardinality(c.device_ids)]) t (device_id, begins)
    join core.installation i on i.device_id = t.device_id and (i.to_time is null or i.to_time > t.begins)
    union all
    select t.site_id, t.begins
    from claimed c
    cross join lateral unnest(c.site_ids, c.times[cardinality(c.device_ids) + 1 : ]) t (site_id, begins)
)
select site_id, least(min(begins), now()) as begins from touched join core.site using (site_id) group by site_id
union all
select null, now() where exists (select from claimed)

-- name: due
-- What gets too old though nothing arrives, the longest waiting first.
select site_id, min(due_at) as begins from core.signal where due_at <= now() group by site_id order by min(due_at) limit %(most)s

-- name: begin
-- {begin} is the function of the signal.
select site_id, begins from core.{begin}(%(site_ids)s::integer[], %(begins)s::timestamptz[])

-- name: now
select now() as now

-- name: keep_history
-- The rest of the work on what changed long ago, a few sites at a time.
insert into core.touched (site_ids, times, until)
select array_agg(site_id order by site_id), array_agg(begins order by site_id), %(until)s
from unnest(%(site_ids)s::integer[], %(begins)s::timestamptz[]) with ordinality t (site_id, begins, number)
group by (number - 1) / %(size)s

-- name: decide
-- Writes the newest decision about each site; gives the changes of state from its time on, of a site without any
-- one row without a time. {decide} is the function of the signal.
with row as (
    select d.*, v.level,
           lag(d.state) over (partition by d.site_id order by d.at) as former,
           row_number() over (partition by d.site_id order by d.at desc) as back
    from core.{decide}(%(site_ids)s::integer[], %(begins)s::timestamptz[], now()) d
    join core.level v on v.signal = %(signal)s and v.state = d.state
),
before as (
    select a.site_id, c.at, c.state
    from unnest(%(site_ids)s::integer[], %(begins)s::timestamptz[]) a (site_id, begins)
    left join lateral (select at, state from core.signal_change c
                       where c.site_id = a.site_id and c.signal = %(signal)s and c.at < a.begins
                       order by c.at desc limit 1) c on true
),
change as (
    -- before the first one that anybody knows it was no other
    select r.site_id, case when r.former is null and b.state is null then timestamptz 'epoch' else r.at end as at, r.state, r.level
    from row r
    join before b using (site_id)
    where r.state is distinct from coalesce(r.former, b.state)
),
newest as (
    select r.*, s.tenant_id, nullif(coalesce((select max(c.at) from change c where c.site_id = r.site_id), b.at), timestamptz 'epoch') as since
    from row r
    join core.site s using (site_id)
    join before b using (site_id)
    where r.back = 1
),
written as (
    insert into core.signal as s (site_id, signal, tenant_id, state, level, place, since, time, value, unit, decimals, reason,
                                  reason_since, inputs, due_at, decided_at)
    select site_id, %(signal)s, tenant_id, state, level, place, since, time, value, unit, decimals, reason,
           reason_since, inputs, due_at, now()
    from newest
    order by site_id  -- whoever writes several does so in this order
    on conflict (site_id, signal) do update set
        tenant_id = excluded.tenant_id, state = excluded.state, level = excluded.level, place = excluded.place,
        since = excluded.since, time = excluded.time, value = excluded.value, unit = excluded.unit,
        decimals = excluded.decimals, reason = excluded.reason, reason_since = excluded.reason_since,
        inputs = excluded.inputs, due_at = excluded.due_at, decided_at = excluded.decided_at
)
select n.site_id, n.tenant_id, c.at, c.state, c.level from newest n left join change c using (site_id)

-- name: forget
-- Sites about which the signal says nothing any more.
with gone as (
    delete from core.signal where signal = %(signal)s and site_id = any(%(site_ids)s) and not site_id = any(%(decided)s::integer[])
)
delete from core.signal_change where signal = %(signal)s and site_id = any(%(site_ids)s) and not site_id = any(%(decided)s::integer[])

-- name: forget_changes
delete from core.signal_change c
using unnest(%(site_ids)s::integer[], %(begins)s::timestamptz[]) a (site_id, begins)
where c.signal = %(signal)s and c.site_id = a.site_id and c.at >= a.begins

-- name: write_changes
-- Of a signal that says something for the first time (a feature had nothing to decide on until now) the last hour and the past may be decided at
-- once, and both say how it began: the later one counts, as the past of what was touched is decided again.
insert into core.signal_change (site_id, signal, at, tenant_id, state, level)
select site_id, %(signal)s, at, tenant_id, state, level
from unnest(%(site_ids)s::integer[], %(ats)s::timestamptz[], %(tenant_ids)s::integer[], %(states)s::text[], %(levels)s::smallint[])
     as n (site_id, at, tenant_id, state, level)
on conflict (site_id, signal, at) do update set state = excluded.state, level = excluded.level
