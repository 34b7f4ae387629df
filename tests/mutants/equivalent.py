"""Mutants that change nothing that anybody could see, each with the reason.

The key is the view and the line with the change in it, as `Mutant.key` gives it: a line that is
rewritten has to be thought about anew.
"""

# ruff: noqa: E501 - a line of SQL is as long as it is

from __future__ import annotations

EQUIVALENT: dict[tuple[str, str], str] = {
    # what only makes a query fast
    (
        "api.irrigation",
        "left join core.current_signal d on d.site_id = s.site_id and d.signal = 'irrigation' and [:seen(d.tenant_id) -> true]",
    ): "what is said of a site that is seen is seen as well; the town keeps those of all others from being looked at",
    (
        "api.irrigation",
        "left join core.irrigation_outlook o on o.site_id = s.site_id and [:seen(o.tenant_id) -> true] and o.made_at > now() - interval '36 hours'",
    ): "what is said of a site that is seen is seen as well; the town keeps those of all others from being looked at",
    (
        "api.irrigation_signal",
        "left join core.current_signal d on d.site_id = s.site_id and d.signal = 'irrigation' and [:seen(d.tenant_id) -> true]",
    ): "what is said of a site that is seen is seen as well; the town keeps those of all others from being looked at",
    (
        "api.road",
        "left join core.current_signal d on d.site_id = s.site_id and d.signal = 'road' and [:seen(d.tenant_id) -> true]",
    ): "what is said of a site that is seen is seen as well; the town keeps those of all others from being looked at",
    (
        "core.held_values",
        "order by x.time [desc -> asc] limit 1)",
    ): "from the first reading on, all of them are judged, and the rows before the asked time fall out",
    (
        "api.reading_origin",
        "where u.uplink_id = r.uplink_id and [u.tenant_id = d.tenant_id -> true] and u.device_id = d.device_id and u.time > r.time - interval '2 days'",
    ): "the id alone names a frame; town, device and time choose what is opened",
    (
        "api.reading_origin",
        "where u.uplink_id = r.uplink_id and u.tenant_id = d.tenant_id and [u.device_id = d.device_id -> true] and u.time > r.time - interval '2 days'",
    ): "the id alone names a frame; town, device and time choose what is opened",
    (
        "api.reading_origin",
        "where u.uplink_id = r.uplink_id and u.tenant_id = d.tenant_id and u.device_id = d.device_id and [u.time > r.time - interval '2 days' -> true]",
    ): "the id alone names a frame; town, device and time choose what is opened",
    (
        "api.reading_origin",
        "where u.uplink_id = r.uplink_id and u.tenant_id = d.tenant_id and u.device_id = d.device_id and u.time [> -> >=] r.time - interval '2 days'",
    ): "the id alone names a frame; town, device and time choose what is opened",
    (
        "core.decide_irrigation",
        "cross join lateral (select min(i.from_time) as first from core.installation i where [i.site_id = any(g.sources) -> true]) i",
    ): "hours before anybody of the group had a sensor say nothing; they are left out for speed",
    (
        "api.frame_runs",
        "where [(c.k = c.last_k + 4) is not true -> true]",
    ): "runs are there for speed: frame by frame the same comes out",
    (
        "api.completeness_gaps",
        "select * from api.completeness_sessions(device, from_time, to_time) s where [s.judged -> true] and s.missing > 0",
    ): "missing is null where a session is not judged",
    (
        "api.completeness_gaps",
        "select * from api.completeness_sessions(device, from_time, to_time) s where s.judged and [s.missing > 0 -> true]",
    ): "a session that misses nothing has no gaps",
    (
        "api.completeness_gaps",
        "select * from api.completeness_sessions(device, from_time, to_time) s where s.judged and s.missing [> -> >=] 0",
    ): "a session that misses nothing has no gaps",
    (
        "api.device_health_signal",
        "where [:seen(c.tenant_id) -> true]",
    ): "a site and its devices are of one town, which is asked below: here it spares reading those of others",
    # of equal values it does not matter which
    (
        "api.buckets",
        "select case when width [<= -> <] interval '1 day' then r.bucket",
    ): "steps of one day begin where days begin",
    (
        "api.frame_runs",
        "window s as (partition by c.address, c.session order by c.low, c.waiting, c.recovered, c.high [desc -> asc], c.time",
    ): "of two runs that begin with one number, what both have counts once in either order",
    (
        "api.completeness_sessions",
        "select d.device_id, d.tenant_id, d.interval_seconds, r.address, r.session, [min -> max](r.opened_at) as opened_at,",
    ): "only the run that begins a session has it",
    (
        "api.completeness_sessions",
        "[max -> min](r.runs) as runs, max(r.uncounted) as without_counter,",
    ): "all runs of a session have the same",
    (
        "api.completeness_sessions",
        "max(r.runs) as runs, [max -> min](r.uncounted) as without_counter,",
    ): "all runs have the same",
    **{
        (
            "core.decide_roads",
            place,
        ): "a sensor has one stream of a quantity in a position: of one value any is the highest"
        for place in (
            "coalesce([max -> min](h.value) filter (where h.quantity = 'dew_point'),",
            "api.dew_point([max -> min](h.value) filter (where h.quantity = 'air_temperature'),",
            "[max -> min](h.value) filter (where h.quantity = 'relative_humidity'))) as dew_point",
        )
    },
    # what cannot be
    (
        "api.frame_runs",
        "where [r.time < to_time -> true]",
    ): "the row that ends the last run is a join and is left out below",
    (
        "api.frame_runs",
        "where r.time [< -> <=] to_time",
    ): "the row that ends the last run is a join and is left out below",
    (
        "api.frame_runs",
        "select n.address, n.session, case when [n.begins -> true] and n.previous is null then n.joined_at end as opened_at,",
    ): "a frame with none before it always begins a session",
    (
        "api.frame_runs",
        "where (o.high [<= -> <] o.before_high) is not true",
    ): "a run that ends where another ended counts zero frames",
    (
        "api.completeness_sessions",
        "select p.*, p.preceded and ([p.raw_low <= 1 -> false] or p.raw_low - 1 <= api.can_send(p.known_from, p.began_at, p.interval_seconds)) as start_known",
    ): "a device can always send ten frames",
    (
        "api.completeness_sessions",
        "select p.*, p.preceded and (p.raw_low [<= -> <] 1 or p.raw_low - 1 <= api.can_send(p.known_from, p.began_at, p.interval_seconds)) as start_known",
    ): "a device can always send ten frames",
    (
        "api.frame_runs",
        "window w as (partition by b.address order by b.time, b.joined [desc -> asc], b.low, b.waiting)",
    ): "a join neither begins a session here nor counts a roll-over",
    (
        "api.frame_runs",
        "where e.device_id = device and e.time >= from_time and [e.time < to_time -> true]",
    ): "behind the row that ends the last run a new one begins, which is left out below",
    (
        "api.frame_runs",
        "where e.device_id = device and e.time >= from_time and e.time [< -> <=] to_time",
    ): "behind the row that ends the last run a new one begins, which is left out below",
    (
        "api.completeness",
        "coalesce(sum(s.uncounted), 0)::bigint + coalesce([max -> min](s.frames_without_counter), 0) as uncounted,",
    ): "all sessions have the same",
    (
        "api.completeness",
        "case when [j.not_judged is null -> true] then j.gap_from end, case when j.not_judged is null then j.gap_to end,",
    ): "where nothing is judged no session has a gap",
    (
        "api.completeness",
        "case when j.not_judged is null then j.gap_from end, case when [j.not_judged is null -> true] then j.gap_to end,",
    ): "where nothing is judged no session has a gap",
    (
        "api.completeness",
        "case when [j.not_judged is null -> true] then j.gap_frames end, case when j.not_judged is null then j.longest_gap end",
    ): "where nothing is judged no session has a gap",
    # what nobody can tell
    (
        "api.frame_runs",
        "or s.low < s.previous - 100 and (s.following [> -> >=] s.previous) is not true",
    ): "the newest number once more, after one that fell far: late, or begun again and gone on",
}
