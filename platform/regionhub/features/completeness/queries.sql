-- name: devices
-- Devices of the town with their ledger; keyset on device_id, a limit of null returns all.
with page as (
    select d.device_id, d.tenant_id, d.dev_eui, d.name, d.active
    from api.own_device d
    where d.device_id > %(after)s and (%(device_id)s::integer is null or d.device_id = %(device_id)s)
      and (%(tenant_id)s::integer is null or d.tenant_id = %(tenant_id)s)
    order by d.device_id
    limit %(limit)s
)
select p.device_id, p.tenant_id, p.dev_eui, p.name, p.active, c.sessions, c.expected, c.received, c.recovered, c.waiting, c.missing,
       c.uncounted, c.completeness_pct, c.not_judged, c.last_frame_at,
       c.gap_from as last_gap_from, c.gap_to as last_gap_to, c.gap_frames as last_gap_missing,
       c.longest_gap as longest_gap_missing
from page p
cross join lateral api.completeness(p.device_id, %(start)s, %(end)s) c
order by p.device_id

-- name: sessions
-- The newest first; keyset on began_at.
select s.address as dev_addr, s.opened_at as joined_at, s.began_at, s.ended_at, s.start_known, s.first_f_cnt, s.last_f_cnt,
       s.rolled_over, s.expected, s.received, s.recovered, s.waiting, s.missing, s.uncounted,
       s.longest_gap as longest_gap_missing, 100.0 * (s.expected - s.missing) / s.expected as completeness_pct
from api.completeness_sessions(%(device_id)s, %(start)s, %(end)s) s
where %(before)s::timestamptz is null or s.began_at < %(before)s
order by s.began_at desc, s.address
limit %(limit)s

-- name: gaps
-- The newest first; keyset on the frame after and the first counter that is missing.
select g.address as dev_addr, g.first_f_cnt, g.last_f_cnt, g.missing, g.previous_frame_at, g.next_frame_at
from api.completeness_gaps(%(device_id)s, %(start)s, %(end)s) g
where %(before)s::timestamptz is null or (g.next_frame_at, g.first_f_cnt) < (%(before)s, %(before_f_cnt)s)
order by g.next_frame_at desc, g.first_f_cnt desc
limit %(limit)s

-- name: missing_times
-- Gaps of the devices that this source was heard of, and from the newest frame of them all to the end.
with heard as materialized (
    select d.device_id from api.own_device d
    where exists (select from api.uplink u
                  where u.device_id = d.device_id and u.source_id = %(source_id)s and u.time >= %(start)s and u.time < %(end)s)
)
select least(g.previous_frame_at, g.next_frame_at) as after,  -- frames may have come out of order
       greatest(g.previous_frame_at, g.next_frame_at) as before
from heard h cross join lateral api.completeness_gaps(h.device_id, %(start)s, %(end)s) g
union all
select coalesce(max(c.last_frame_at), %(start)s), %(end)s
from heard h cross join lateral api.completeness(h.device_id, %(start)s, %(end)s) c
order by after, before
