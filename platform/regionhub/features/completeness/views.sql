-- Completeness: which frames a device sent by its own counter, and which of them came. Computed from
-- the frames themselves. The functions run as the caller and read only views of schema api.

create view api.own_device with (security_barrier) as
select device_id, tenant_id, dev_eui, name, interval_seconds, active
from core.device
where :seen(tenant_id);
comment on view api.own_device is 'Devices of the reader''s own towns, without those that others share.';

-- PostgreSQL takes a union for several tables of one query: the barrier of the whole is lost, and so each part has its own. What is
-- constant stands inside these, because a constant is put into the reader's expressions before anything is looked up.

create view api.frame_event with (security_barrier) as
select u.device_id, d.tenant_id, u.time, u.dev_addr, u.f_cnt, coalesce(u.recovered, false) as recovered, false as waiting, false as joined
from core.device d join core.uplink u using (device_id)
where :seen(d.tenant_id);
comment on view api.frame_event is 'Frames that could be decoded; recovered: it was fetched or imported afterwards.';

create view api.waiting_event with (security_barrier) as
select d.device_id, d.tenant_id, l.frame_time as time, l.dev_addr, l.f_cnt, l.recovered, true as waiting, false as joined
from core.device d join core.dead_letter l on l.dev_eui = d.dev_eui and l.tenant_id = d.tenant_id
where l.frame_time is not null and l.resolved_at is null
  and :seen(d.tenant_id);
comment on view api.waiting_event is 'Frames that could not be decoded yet and are kept as dead letters.';

create view api.join_event with (security_barrier) as
select e.device_id, e.tenant_id, e.time, e.detail ->> 'dev_addr' as dev_addr, null::bigint as f_cnt, false as recovered, false as waiting, true as joined
from core.device_event e
where e.kind = 'join'
  and :seen(e.tenant_id);
comment on view api.join_event is 'Joins of devices, with the address that each got where it is known.';

create view api.radio_event as
select * from api.frame_event union all select * from api.waiting_event union all select * from api.join_event;
comment on view api.radio_event is
    'Frames that reached us, and joins. waiting: the frame could not be decoded yet and is kept as a dead letter; '
    'recovered: it was fetched or imported afterwards.';

create function api.can_send(since timestamptz, until timestamptz, interval_seconds integer)
returns double precision language sql immutable as $$
    select 10 + 3 * greatest(0, extract(epoch from until) - extract(epoch from since)) / interval_seconds
$$;
comment on function api.can_send is
    'Most frames that a device can have sent in a time: three times as many as by its send interval, and ten.';

-- The one place that tells sessions apart. Frames whose counters follow each other are one run; a device
-- that loses nothing has a few runs in a month, so that all the rest works on a handful of rows.
create function api.frame_runs(device integer, send_interval integer, from_time timestamptz, to_time timestamptz)
returns table (address text, session bigint, opened_at timestamptz, began_at timestamptz, ended_at timestamptz,
               wraps bigint, low bigint, high bigint, before_high bigint, before_time timestamptz,
               recovered boolean, waiting boolean, runs bigint, uncounted bigint)
language sql stable as $$
    with event as (
        select e.time, e.dev_addr, e.f_cnt, e.recovered, e.waiting, e.joined,
               -- address, counter and kind in one number, because window functions over many rows are slow:
               -- it grows by four from a frame to the next one of its run
               (coalesce(hashtext(e.dev_addr), 0)::bigint << 34) + (e.f_cnt << 2)
                   + case when e.waiting then 2 when e.recovered then 1 else 0 end as k
        from api.radio_event e
        where e.device_id = device and e.time >= from_time and e.time < to_time
        union all
        select to_time, null, null, false, false, true, null  -- ends the last run
    ),
    compared as (
        select e.*, lag(e.k) over w as last_k, lag(e.time) over w as last_time
        from event e
        window w as (order by e.time, e.k nulls first)
    ),
    run as (
        select c.time, c.dev_addr, c.f_cnt as low, c.recovered, c.waiting, c.joined,
               (lead(c.last_k) over w >> 2) & 4294967295 as high, lead(c.last_time) over w as ended_at
        from compared c
        where (c.k = c.last_k + 4) is not true
        window w as (order by c.time, c.k nulls first)
    ),
    -- where one frame does not tell its address, nobody can sort the others by theirs
    addressed as (
        select r.*, case when bool_and(r.joined or r.dev_addr is not null) over () then r.dev_addr end collate "C" as address,
               count(*) filter (where not r.joined and r.low is null) over () as uncounted
        from run r
        where r.time < to_time
    ),
    placed as (
        select a.*, lag(a.high) over w as previous, lag(a.high, 2) over w as before_previous, lag(a.ended_at) over w as previous_time,
               case when a.high > a.low then a.low + 1 else lead(a.low) over w end as following,
               max(a.time) filter (where a.joined) over w as joined_at,
               sum(a.high - a.low + 1) over w - (a.high - a.low + 1) as place,
               -- seconds from frame to frame where none is missing: it may send more often than it should
               ceil((sum(extract(epoch from a.ended_at - a.time)) over () / nullif(sum(a.high - a.low) over (), 0)))::integer as pace
        from addressed a
        where a.joined or a.low is not null
        window w as (partition by a.address order by a.time, a.joined desc, a.low, a.waiting)
    ),
    stepped as (
        select p.*, count(*) filter (where p.low < p.previous) over () as falls,
               case -- a counter of 16 bits goes from 65535 to 0, in a time in which the device can have got there
                    when p.low < p.previous and p.previous <= 65535
                         and p.low + 65536 - p.previous <= api.can_send(p.previous_time, p.time, send_interval) then 1
                    -- and a late frame comes from before that
                    when p.low > p.previous + 65536 - 100 and p.low <= 65535 then -1
                    else 0 end as wrap
        from placed p
    ),
    begun as (
        select s.*,
               not s.joined and s.wrap = 0 and (
                   s.previous is null
                   -- the counter falls further than late frames do, and goes on from there
                   or s.low < s.previous - 100 and (s.following > s.previous) is not true
                   -- or it falls to a number that it had already, and goes on from there
                   or s.low < s.previous and s.following between s.previous - 100 and s.previous
                      and exists (select from placed r
                                  where r.address is not distinct from s.address and s.low between r.low and r.high
                                    and r.time < s.time and r.joined_at is not distinct from s.joined_at
                                    and s.place - (r.place + s.low - r.low) <= 100)
                   -- it jumps further than the device can have sent, and goes on from there: restored after a loss of power
                   or s.low > s.previous + 100 and (s.following < s.low) is not true
                      -- and not from before a late frame
                      and (s.low between s.before_previous and s.before_previous + 100) is not true
                      and s.low > s.previous + api.can_send(s.previous_time, s.time, least(send_interval, s.pace))
               ) as begins
        from stepped s
        -- each fall is compared with all runs before it
        where s.falls <= 500
    ),
    numbered as (
        select b.*, count(*) filter (where b.begins) over w as session, sum(b.wrap) over w as wraps
        from begun b
        window w as (partition by b.address order by b.time, b.joined desc, b.low, b.waiting)
    ),
    counted as (
        select n.address, n.session, case when n.begins and n.previous is null then n.joined_at end as opened_at,
               n.time, n.ended_at, n.wraps, n.low + 65536 * n.wraps as low, n.high + 65536 * n.wraps as high,
               n.recovered, n.waiting, n.uncounted
        from numbered n
        where not n.joined
    ),
    ordered as (
        select c.*, max(c.high) over s as before_high, count(*) over (partition by c.address, c.session) as runs
        from counted c
        window s as (partition by c.address, c.session order by c.low, c.waiting, c.recovered, c.high desc, c.time
                     rows between unbounded preceding and 1 preceding)
    )
    select o.address, o.session, o.opened_at, o.time, o.ended_at, o.wraps, greatest(o.low, o.before_high + 1), o.high, o.before_high,
           lag(o.ended_at) over (partition by o.address, o.session order by o.low, o.high), o.recovered, o.waiting, o.runs, o.uncounted
    from ordered o
    -- a number that another run of the session has already is no frame of its own
    where (o.high <= o.before_high) is not true
$$;
comment on function api.frame_runs is
    'The frames of a device in a period, session by session: runs of counters that follow each other, without repeated ones. low '
    'and high are counters; wraps counts the times that a counter of 16 bits began again at 0, which is in them already. '
    'A counter that falls more than 500 times is no counter: there are no runs then.';

create function api.completeness_sessions(device integer, from_time timestamptz, to_time timestamptz)
returns table (device_id integer, tenant_id integer, address text, session bigint, opened_at timestamptz, began_at timestamptz,
               ended_at timestamptz, preceded_at timestamptz, start_known boolean, first_f_cnt bigint, last_f_cnt bigint, low bigint, start_low bigint,
               base bigint, rolled_over boolean, judged boolean, expected bigint, received bigint, recovered bigint,
               waiting bigint, missing bigint, uncounted bigint, frames_without_counter bigint,
               gap_from timestamptz, gap_to timestamptz, gap_frames bigint, longest_gap bigint)
language sql stable as $$
    with session as (
        select d.device_id, d.tenant_id, d.interval_seconds, r.address, r.session, min(r.opened_at) as opened_at,
               min(r.began_at) as began_at, max(r.ended_at) as ended_at, min(r.low) as low, max(r.high) as high,
               min(r.wraps) as base, max(r.wraps) > min(r.wraps) as rolled_over,
               max(r.runs) as runs, max(r.uncounted) as without_counter,
               sum(r.high - r.low + 1)::bigint as counters,
               (sum(r.high - r.low + 1) filter (where r.recovered))::bigint as recovered,
               (sum(r.high - r.low + 1) filter (where r.waiting))::bigint as waiting,
               max(r.began_at) filter (where r.low > r.before_high + 1) as gap_to,
               (array_agg(r.before_time order by r.began_at desc) filter (where r.low > r.before_high + 1))[1] as gap_from,
               (array_agg(r.low - r.before_high - 1 order by r.began_at desc) filter (where r.low > r.before_high + 1))[1] as gap_frames,
               max(r.low - r.before_high - 1) as longest_gap
        from api.own_device d
        cross join lateral api.frame_runs(d.device_id, d.interval_seconds, from_time, to_time) r
        where d.device_id = device
        group by d.device_id, d.tenant_id, d.interval_seconds, r.address, r.session
    ),
    -- The beginning of a session lies in the period if a join or another session lies before it.
    preceded as (
        select s.*, least(s.began_at, coalesce(s.opened_at, max(s.ended_at) over (
                   order by s.began_at, s.session rows between unbounded preceding and 1 preceding))) as known_from,
               s.opened_at is not null or row_number() over (order by s.began_at, s.session) > 1 as preceded,
               s.low - 65536 * s.base as raw_low
        from session s
    ),
    -- It sent 1 then, unless it cannot have sent so many; 0 is not sent by all devices.
    started as (
        select p.*, p.preceded and (p.raw_low <= 1 or p.raw_low - 1 <= api.can_send(p.known_from, p.began_at, p.interval_seconds)) as start_known
        from preceded p
    ),
    counted as (
        select s.*, case when s.start_known then least(s.low, 65536 * s.base + 1) else s.low end as start_low,
               not (s.counters = 1 and s.runs > 1) as judged
        from started s
    )
    select c.device_id, c.tenant_id, c.address, c.session, c.opened_at, c.began_at, c.ended_at, c.known_from, c.start_known,
           case when c.rolled_over then (c.low - 65536 * c.base) & 65535 else c.low - 65536 * c.base end,
           case when c.rolled_over then (c.high - 65536 * c.base) & 65535 else c.high - 65536 * c.base end,
           c.low, c.start_low, c.base, c.rolled_over, c.judged,
           case when c.judged then c.high - c.start_low + 1 end,
           case when c.judged then c.counters - coalesce(c.recovered, 0) end,
           case when c.judged then coalesce(c.recovered, 0) end,
           case when c.judged then coalesce(c.waiting, 0) end,
           case when c.judged then c.high - c.start_low + 1 - c.counters end,
           case when c.judged then 0 else c.runs end, c.without_counter,
           case when c.gap_to is null and c.start_low < c.low then c.known_from else c.gap_from end,
           case when c.gap_to is null and c.start_low < c.low then c.began_at else c.gap_to end,
           case when c.gap_to is null and c.start_low < c.low then c.low - c.start_low else c.gap_frames end,
           case when c.judged then greatest(c.low - c.start_low, c.longest_gap, 0) end
    from counted c
$$;
comment on function api.completeness_sessions is
    'Sessions of one device of the reader in a period: frames expected by the counter, received live, recovered afterwards, waiting '
    'to be decoded (these are among the received or recovered ones) and missing. A session whose counter stands still is not judged.';

create function api.completeness_gaps(device integer, from_time timestamptz, to_time timestamptz)
returns table (device_id integer, tenant_id integer, address text, first_f_cnt bigint, last_f_cnt bigint, missing bigint,
               previous_frame_at timestamptz, next_frame_at timestamptz)
language sql stable as $$
    with session as materialized (
        select * from api.completeness_sessions(device, from_time, to_time) s where s.judged and s.missing > 0
    ),
    run as materialized (
        select r.* from api.own_device d
        cross join lateral api.frame_runs(d.device_id, d.interval_seconds, from_time, to_time) r
        where d.device_id = device
    ),
    -- each run learns from its session by a window: the planner would compare all runs with all sessions
    told as (
        select r.address, r.low, r.before_high, r.before_time, r.began_at,
               max(r.device_id) over w as device_id, max(r.tenant_id) over w as tenant_id, max(r.base) over w as base,
               bool_or(r.rolled_over) over w as rolled_over
        from (select address, session, null::integer as device_id, null::integer as tenant_id, null::bigint as base,
                     null::boolean as rolled_over, low, before_high, before_time, began_at
              from run
              union all
              select address, session, device_id, tenant_id, base, rolled_over, null, null, null, null from session) r
        window w as (partition by r.address, r.session)
    ),
    gap as (
        select t.device_id, t.tenant_id, t.address, t.base, t.rolled_over, t.before_high + 1 as low, t.low - 1 as high,
               t.before_time as previous_frame_at, t.began_at as next_frame_at
        from told t where t.low > t.before_high + 1 and t.device_id is not null
        union all
        select s.device_id, s.tenant_id, s.address, s.base, s.rolled_over, s.start_low, s.low - 1, s.preceded_at, s.began_at
        from session s where s.start_low < s.low
    )
    select g.device_id, g.tenant_id, g.address,
           case when g.rolled_over then (g.low - 65536 * g.base) & 65535 else g.low - 65536 * g.base end,
           case when g.rolled_over then (g.high - 65536 * g.base) & 65535 else g.high - 65536 * g.base end,
           g.high - g.low + 1, g.previous_frame_at, g.next_frame_at
    from gap g
$$;
comment on function api.completeness_gaps is
    'Runs of counters that a device of the reader sent and nobody has, between the frames before and after.';

create function api.completeness(device integer, from_time timestamptz, to_time timestamptz)
returns table (sessions bigint, expected bigint, received bigint, recovered bigint, waiting bigint, missing bigint, uncounted bigint,
               completeness_pct double precision, not_judged text, last_frame_at timestamptz,
               gap_from timestamptz, gap_to timestamptz, gap_frames bigint, longest_gap bigint)
language sql stable as $$
    with total as (
        select count(*) as sessions, sum(s.expected)::bigint as expected, sum(s.received)::bigint as received,
               sum(s.recovered)::bigint as recovered, sum(s.waiting)::bigint as waiting, sum(s.missing)::bigint as missing,
               coalesce(sum(s.uncounted), 0)::bigint + coalesce(max(s.frames_without_counter), 0) as uncounted,
               max(s.ended_at) as last_frame_at, coalesce(max(s.expected), 0) as longest, coalesce(sum(s.expected), 0) as spans,
               max(s.gap_to) filter (where s.judged) as gap_to,
               (array_agg(s.gap_from order by s.gap_to desc) filter (where s.gap_to is not null and s.judged))[1] as gap_from,
               (array_agg(s.gap_frames order by s.gap_to desc) filter (where s.gap_to is not null and s.judged))[1] as gap_frames,
               max(s.longest_gap) as longest_gap
        from api.completeness_sessions(device, from_time, to_time) s
    ),
    -- what came without any counter, or with one that jumps
    rest as (
        select count(e.time) as frames, count(e.f_cnt) as counters, max(e.time) as last_frame_at
        from total t left join api.radio_event e
             on t.sessions = 0 and e.device_id = device and e.time >= from_time and e.time < to_time and not e.joined
    ),
    judged as (
        select t.*, case when t.longest > 1 then null
                         when t.sessions = 0 and r.frames = 0 then 'no_frames'
                         when t.sessions = 0 and r.counters > 0 then 'jumping_counter'
                         when t.sessions = 0 then 'no_counter'
                         when t.uncounted = 0 and t.spans = 1 then 'one_frame'
                         else 'stuck_counter' end as not_judged,
               r.frames, r.last_frame_at as rest_at
        from total t cross join rest r
    )
    select j.sessions, case when j.not_judged is null then j.expected end, coalesce(j.received, 0), coalesce(j.recovered, 0),
           coalesce(j.waiting, 0), case when j.not_judged is null then j.missing end, j.uncounted + j.frames,
           case when j.not_judged is null then 100.0 * (j.expected - j.missing) / j.expected end, j.not_judged,
           coalesce(j.last_frame_at, j.rest_at),
           case when j.not_judged is null then j.gap_from end, case when j.not_judged is null then j.gap_to end,
           case when j.not_judged is null then j.gap_frames end, case when j.not_judged is null then j.longest_gap end
    from judged j
    where exists (select from api.own_device d where d.device_id = device)
$$;
comment on function api.completeness is
    'One device of the reader in a period. not_judged says why the counter tells nothing: no_frames, no_counter, one_frame, '
    'stuck_counter or jumping_counter; expected and missing are unknown then.';
