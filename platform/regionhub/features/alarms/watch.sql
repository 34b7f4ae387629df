-- name: now
select now() as now

-- name: sites_of
-- Where devices hang whose datastreams have new readings.
select distinct i.site_id
from core.datastream d
join core.installation i on i.device_id = d.device_id and :installed(i)
where d.datastream_id = any(%(streams)s)

-- name: open
-- Alarms that are not over; those of some sites, or all. Without a rule, or without anything left that could ever say that it is over, one has
-- ended: its sensor was taken away and none came in its place within a day, its source was given up. A sensor that is silent is none of that.
select a.alarm_id, a.rule_id, a.cause, a.level, a.said, a.value, a.unit, a.decimals, a.measured_at, a.raised_at, a.confirmed_at, a.doubted, a.step,
       a.escalate_at, a.acknowledged_at, a.cleared_at, coalesce(c.minutes, 10) as wait_minutes, coalesce(r.hold_minutes, 0) as hold_minutes,
       coalesce((select max(s.step) from core.alarm_chain_step s where s.chain_id = a.chain_id), 0) as steps,
       case when a.cause like 'trial:%%' then a.acknowledged_at is not null or a.raised_at < now() - interval '1 day'
            when r.enabled is not true then true
            when a.cause like 'device:%%' then not exists (
                select from core.device v
                join core.installation i on i.device_id = v.device_id and i.from_time <= now() and (i.to_time is null or i.to_time > now())
                where v.device_id = split_part(a.cause, ':', 2)::integer and v.active)
            when a.cause like 'source:%%' then not exists (
                select from core.source o where o.source_id = split_part(a.cause, ':', 2)::integer and o.enabled)
            else a.site_id is null
                or not exists (select from core.installation i
                               where i.site_id = a.site_id and i.from_time <= now()
                                 and (i.to_time is null or i.to_time > now() - interval '1 day'))
                   and not exists (select from core.current_signal s
                                   where s.site_id = a.site_id and s.signal = r.signal and s.level is not null) end as ended
from core.alarm a
left join core.alarm_rule r using (rule_id)
left join core.alarm_chain c on c.chain_id = a.chain_id
where a.closed_at is null and (%(sites)s::integer[] is null or a.site_id = any(%(sites)s))
order by a.alarm_id
for update of a

-- name: seen
-- What rules look at, where one holds, or has an alarm that is open. Some sites, or all; only then silence, which comes by itself.
with site as (
    select site_id, tenant_id, name, kind from core.site where %(sites)s::integer[] is null or site_id = any(%(sites)s)
),
rule as materialized (
    select * from core.alarm_rule
    where enabled and (%(sites)s::integer[] is null or tenant_id in (select tenant_id from site))
),
-- Where each of them holds; most name their sites, and are not held against all others. What follows goes on from here by keys: nobody can
-- estimate how many there are, and a join of what is only estimated may take minutes.
place as materialized (
    select x.rule_id, p.site_id, p.tenant_id, p.name, p.kind
    from (select rule_id, tenant_id, site_kind, unnest(site_ids) as site_id from rule where site_ids is not null group by 1, 2, 3, 4) x
    join site p on p.site_id = x.site_id and p.tenant_id = x.tenant_id and (x.site_kind is null or p.kind = x.site_kind)
    union all
    select r.rule_id, p.site_id, p.tenant_id, p.name, p.kind
    from rule r
    join site p on p.tenant_id = r.tenant_id and (r.site_kind is null or p.kind = r.site_kind)
    where r.site_ids is null and r.silent is distinct from 'source'
),
stream as (
    select r.rule_id, r.kind, r.below, r.minutes, p.site_id, d.datastream_id, i.from_time, l.believed_at as time, l.believed_value as value,
           coalesce(o.limit_value, r.limit_value) as limit_value,
           case when o.rule_id is not null then coalesce(o.clear_value, o.limit_value)
                else coalesce(r.clear_value, r.limit_value) end as clear_value,
           l.believed_at > now() - greatest(2 * make_interval(secs => v.interval_seconds), interval '45 minutes') as fresh,
           %(sites)s::integer[] is not null or %(since)s::timestamptz is null or l.received_at >= %(since)s as is_new
    from place p
    join core.alarm_rule r using (rule_id)
    join core.installation i on i.site_id = p.site_id and :installed(i)
    join core.device v using (device_id)
    join core.datastream d on d.device_id = i.device_id and d.quantity = r.quantity
    join core.latest l on l.datastream_id = d.datastream_id
    left join core.alarm_rule_value o on o.rule_id = r.rule_id and o.site_id = p.site_id
    where l.believed_at is not null
),
-- the slope is looked at when a reading has come: nothing else changes it
measured as (
    select s.*, case when s.kind = 'threshold' then s.value else w.slope end as measure
    from stream s
    left join lateral (
        select percentile_cont(0.5) within group (order by (b.value - a.value) / (extract(epoch from b.time - a.time) / 3600)) as slope
        from core.reading a
        join core.reading b on b.datastream_id = a.datastream_id and b.time > a.time and b.time <= s.time
            and b.value is not null and :believed(b.quality)
        where s.kind = 'rate' and s.is_new and s.fresh and a.datastream_id = s.datastream_id and a.time >= s.from_time
          and a.time > s.time - make_interval(mins => s.minutes) and a.time < s.time and a.value is not null and :believed(a.quality)
    ) w on true
),
worst as (
    -- of several sensors at a site the one that is furthest
    select distinct on (m.rule_id, m.site_id) m.*
    from measured m
    where m.fresh and m.measure is not null
    order by m.rule_id, m.site_id, case when m.below then m.measure else -m.measure end, m.datastream_id
),
found as (
    -- what a single reading says counts from level 2 on, and is settled by a second one
    select r.rule_id, 'site:' || s.site_id as cause, s.site_id, p.name as place, coalesce(v.label_de, s.state) as label,
           greatest(u.level, r.level) as level, u.level >= r.level as met, u.single is null as settled,
           s.value, s.unit, s.decimals::integer as decimals, s.time as measured_at
    from place p
    join core.alarm_rule r using (rule_id)
    join core.current_signal s on s.site_id = p.site_id and s.signal = r.signal
    cross join lateral (
        select x.single, greatest(s.level, x.single) as level
        from (select substring(s.reason from '^unconfirmed_(\d)$')::smallint as single) x
    ) u
    left join lateral (
        select label_de from core.level l
        where l.signal = s.signal and case when u.single > coalesce(s.level, 0) then l.level = u.single else l.state = s.state end
        order by l.rank limit 1
    ) v on true
    union all
    select w.rule_id, 'site:' || w.site_id, w.site_id, p.name, r.name, r.level,
           case when r.below then case when w.measure <= w.limit_value then true when w.measure > w.clear_value then false end
                else case when w.measure >= w.limit_value then true when w.measure < w.clear_value then false end end,
           true, w.measure, case when w.kind = 'rate' then q.symbol || '/h' else q.symbol end, q.decimals::integer, w.time
    from worst w
    join core.alarm_rule r using (rule_id)
    join core.site p on p.site_id = w.site_id
    join core.quantity q on q.quantity = r.quantity
    union all
    select r.rule_id, 'device:' || v.device_id, p.site_id, p.name, v.name, r.level,
           greatest(e.last_seen_at, i.from_time) < now() - make_interval(mins => r.minutes), true, null, null, null, e.last_seen_at
    from place p
    join core.alarm_rule r using (rule_id)
    join core.installation i on i.site_id = p.site_id and :installed(i)
    join core.device v on v.device_id = i.device_id and v.active
    left join core.device_state e on e.device_id = v.device_id
    where r.silent = 'device' and %(sites)s::integer[] is null
    union all
    select r.rule_id, 'site:' || p.site_id, p.site_id, p.name, '', r.level,
           max(greatest(l.believed_at, i.from_time)) < now() - make_interval(mins => r.minutes), true, null, null, null, max(l.believed_at)
    from place p
    join core.alarm_rule r using (rule_id)
    join core.installation i on i.site_id = p.site_id and :installed(i)
    left join core.datastream d on d.device_id = i.device_id
    left join core.latest l on l.datastream_id = d.datastream_id
    where r.silent = 'site' and %(sites)s::integer[] is null
    group by r.rule_id, p.site_id, p.name, r.level, r.minutes
    union all
    select r.rule_id, 'source:' || o.source_id, null, o.name, '', r.level,
           coalesce(h.last_message_at, o.created_at) < now() - make_interval(mins => r.minutes), true, null, null, null, h.last_message_at
    from rule r
    join core.source o on o.tenant_id = r.tenant_id and o.enabled
    left join lateral (select max(t.last_message_at) as last_message_at from core.source_state t where t.source_id = o.source_id) h on true
    where r.silent = 'source' and %(sites)s::integer[] is null
    union all
    -- how long the level takes to the stage at the rate of now; a level that does not rise, and is not there, never comes. What jumped faster
    -- than water does says nothing until the next reading agrees.
    select r.rule_id, 'site:' || p.site_id, p.site_id, p.name,
           format('Stufe %%s in unter %%s h zu erwarten', r.stage, replace(round(x.most::numeric, 1)::text, '.0', '')), r.level,
           case when x.hours <= x.most then true when x.hours > x.ends or x.hours is null then false end,
           true, x.hours, 'h', 1, s.time
    from place p
    join core.alarm_rule r on r.rule_id = p.rule_id and p.kind = 'gauge'
    join core.site g on g.site_id = p.site_id
    join core.current_signal s on s.site_id = p.site_id and s.signal = 'gauges'
    left join core.alarm_rule_value o on o.rule_id = r.rule_id and o.site_id = p.site_id
    cross join core.gauge_threshold t
    cross join lateral (
        select (array[g.stage_1_cm, g.stage_2_cm, g.stage_3_cm])[r.stage] as cm, coalesce(s.level >= r.stage, false) as is_reached,
               (s.inputs ->> 'slope_cm_per_hour')::float8 as slope, (s.inputs ->> 'fitted_cm')::float8 as fitted
    ) w
    cross join lateral (
        select case when w.is_reached then 0 else api.hours_to_level(w.cm, w.fitted, w.slope, t.rising_cm_per_hour) end as hours,
               coalesce(o.limit_value, r.limit_value) as most,
               case when o.rule_id is not null then coalesce(o.clear_value, o.limit_value) else coalesce(r.clear_value, r.limit_value) end as ends
    ) x
    where r.kind = 'time_to_stage' and w.cm is not null and (s.inputs ->> 'fresh')::boolean
      and (w.is_reached or w.slope is not null and s.reason is distinct from 'suspect' and s.state like 'stage%%')
    union all
    -- a forecast from a level that is too old says nothing
    select r.rule_id, 'site:' || p.site_id, p.site_id, p.name, format('Stufe %%s binnen %%s h zu erwarten', r.stage, r.hours), r.level,
           case when x.pct >= coalesce(o.limit_value, r.limit_value) then true
                when x.pct < case when o.rule_id is not null then coalesce(o.clear_value, o.limit_value)
                                  else coalesce(r.clear_value, r.limit_value) end then false end,
           true, x.pct, '%%', 0, f.level_time
    from place p
    join core.alarm_rule r on r.rule_id = p.rule_id and p.kind = 'gauge'
    left join core.alarm_rule_value o on o.rule_id = r.rule_id and o.site_id = p.site_id
    cross join lateral (select level_time from core.gauge_forecast n where n.site_id = p.site_id order by level_time desc limit 1) f
    cross join lateral (
        select max(case r.stage when 1 then l.stage_1_pct when 2 then l.stage_2_pct else l.stage_3_pct end) as pct
        from core.gauge_forecast_lead l
        where l.site_id = p.site_id and l.level_time = f.level_time and l.lead_hours <= r.hours
    ) x
    where r.kind = 'forecast' and x.pct is not null and f.level_time > now() - interval '45 minutes'
)
select f.rule_id, f.cause, f.site_id, f.place, f.label, r.silent, f.level::integer as level, f.met, f.settled, f.value, f.unit, f.decimals, f.measured_at,
       r.tenant_id, r.chain_id, r.name as rule_name, c.minutes as wait_minutes, r.hold_minutes,
       coalesce((select max(s.step) from core.alarm_chain_step s where s.chain_id = r.chain_id), 0) as steps
from found f
join core.alarm_rule r using (rule_id)
join core.alarm_chain c on c.chain_id = r.chain_id
where f.met or exists (select from core.alarm a where a.rule_id = f.rule_id and a.cause = f.cause and a.closed_at is null)

-- name: raise
-- `rows` are alarms that begin; gives those of which none is open, in their place.
insert into core.alarm (tenant_id, rule_id, chain_id, cause, site_id, rule_name, place, said, level, raised_at)
select tenant_id, rule_id, chain_id, cause, site_id, rule_name, place, said, level, raised_at
from jsonb_to_recordset(%(rows)s) as n (tenant_id integer, rule_id integer, chain_id integer, cause text, site_id integer, rule_name text,
                                        place text, said text, level smallint, raised_at timestamptz)
on conflict (rule_id, cause) where closed_at is null do nothing
returning alarm_id, rule_id, cause

-- name: keep
update core.alarm a set level = n.level, said = n.said, value = n.value, unit = n.unit, decimals = n.decimals,
       measured_at = n.measured_at, confirmed_at = n.confirmed_at, doubted = n.doubted, step = n.step, escalate_at = n.escalate_at,
       acknowledged_at = n.acknowledged_at, acknowledged_by = case when n.acknowledged_at is not null then a.acknowledged_by end,
       cleared_at = n.cleared_at, closed_at = n.closed_at
from jsonb_to_recordset(%(rows)s) as n (alarm_id bigint, level smallint, said text, value double precision, unit text, decimals smallint,
                                        measured_at timestamptz, confirmed_at timestamptz, doubted smallint, step smallint,
                                        escalate_at timestamptz, acknowledged_at timestamptz, cleared_at timestamptz, closed_at timestamptz)
where a.alarm_id = n.alarm_id

-- name: log
-- What happened, in order; everybody of the steps that are told is to hear of it.
with happened as (
    select a.alarm_id, a.tenant_id, a.chain_id, n.at, n.what, n.note, n.told, n.number
    from jsonb_to_recordset(%(rows)s) as n (number integer, alarm_id bigint, at timestamptz, what text, note text, told integer[])
    join core.alarm a using (alarm_id)
),
logged as (
    insert into core.alarm_step (alarm_id, tenant_id, at, what, note)
    select alarm_id, tenant_id, at, what, note from happened order by number
)
insert into core.alarm_notice (tenant_id, alarm_id, contact_id, what)
select h.tenant_id, h.alarm_id, s.contact_id, h.what
from happened h
join core.alarm_chain_step s on s.chain_id = h.chain_id and s.step = any(h.told)
order by h.number, s.contact_id
