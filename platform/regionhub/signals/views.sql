-- What decisions stand on: what the sensors of sites said at each moment, and the decisions as readers see them.

-- These are no part of schema api, which every upgrade makes anew.
drop view if exists core.current_signal;
drop function if exists core.held_values;
drop function if exists core.next_change;
drop function if exists core.site_absence;
drop function if exists core.begin_before;
drop function if exists core.decision_lag;

create function api.steady(a double precision, b double precision, c double precision, falling boolean)
returns double precision language sql immutable parallel safe as $$
    select case when b is null or c is null then null
                when a is not null then greatest(least(b, c), least(a, greatest(b, c)))
                when falling then greatest(b, c)
                else least(b, c) end
$$;
comment on function api.steady is
    'What two of three values reach: their median; of two (a is null) the one that says less, which is the greater one of a falling quantity.';

create function core.held_values(site_ids integer[], begins timestamptz[], until timestamptz, quantities text[], stale_after interval,
                                 median_of text[], span interval, falling text[], streams integer[])
returns table (site_id integer, at timestamptz, installation_id integer, datastream_id integer, quantity text, from_time timestamptz,
               mounting_height_cm double precision, interval_seconds integer, "time" timestamptz, value double precision,
               median double precision, steady double precision, quality smallint, bound boolean, steady_bound boolean, ends timestamptz)
language sql stable as $$
    with asked as (
        select * from unnest(held_values.site_ids, held_values.begins) a (site_id, begins)
    ),
    stream as (
        select a.site_id, a.begins, i.installation_id, i.from_time, coalesce(i.to_time, 'infinity') as to_time, i.mounting_height_cm,
               d.datastream_id, d.quantity, v.interval_seconds, d.quantity = any(median_of) as has_median,
               w.stale_after, w.width,
               -- over days one pass over all readings takes less than a look at the last ones for each of them
               d.quantity = any(median_of) and w.width = held_values.span and a.begins < held_values.until - interval '1 day' as in_one_pass
        from asked a
        join core.installation i using (site_id)
        join core.device v using (device_id)
        join core.datastream d using (device_id)
        cross join lateral (select api.stale_after(v.interval_seconds, held_values.stale_after) as stale_after,
                                   api.stale_after(v.interval_seconds, held_values.span) as width) w
        where d.quantity = any(quantities) and i.from_time <= until and coalesce(i.to_time, 'infinity') > a.begins
          and (held_values.streams is null or d.datastream_id = any(held_values.streams))
    ),
    -- from the last reading of each sensor at its site on; what is steady takes two more
    beginning as materialized (
        select s.*, coalesce(case when falling is null then (
                select x.time from core.reading x
                where x.datastream_id = s.datastream_id and x.time >= s.from_time and x.time < s.to_time and x.time <= s.begins
                  and x.value is not null and :decisive(x.quality, x.tests)
                order by x.time desc limit 1)
            else (
                select min(l.time)
                from (select x.time from core.reading x
                      where x.datastream_id = s.datastream_id and x.time >= s.from_time and x.time < s.to_time and x.time <= s.begins
                        and x.value is not null and :decisive(x.quality, x.tests)
                      order by x.time desc limit 3) l)
            end, s.begins) as first
        from stream s
    ),
    measured as (
        select s.*, x.time, x.value, x.quality, x.tests, m.median
        from beginning s
        join core.reading x on x.datastream_id = s.datastream_id and x.time >= s.from_time and x.time < s.to_time
            and x.time >= s.first and x.time <= until + api.clock_tolerance() and x.value is not null and :decisive(x.quality, x.tests)
        left join lateral (
            select percentile_cont(0.5) within group (order by y.value) as median
            from core.reading y
            where s.has_median and y.datastream_id = s.datastream_id
              and y.time > x.time - s.width and y.time <= x.time and y.time >= s.from_time
              and y.value is not null and :decisive(y.quality, y.tests)
        ) m on true
        where not s.in_one_pass
        union all
        select s.*, r.time, r.value, r.quality, r.tests, (select percentile_cont(0.5) within group (order by v) from unnest(r.values) v)
        from beginning s
        cross join lateral (
            select x.time, x.value, x.quality, x.tests,
                   array_agg(x.value) over (order by x.time
                                            range between held_values.span - interval '1 microsecond' preceding and current row) as values
            from core.reading x
            where x.datastream_id = s.datastream_id and x.time >= s.from_time and x.time < s.to_time
              and x.time > s.first - held_values.span and x.time <= until + api.clock_tolerance()
              and x.value is not null and :decisive(x.quality, x.tests)
        ) r
        where s.in_one_pass and r.time >= s.first
    ),
    valid as (
        select m.*, least(m.time + m.stale_after + interval '1 microsecond', m.to_time) as ends,
               lead(m.time) over (partition by m.installation_id, m.datastream_id order by m.time) as next
        from measured m
    ),
    -- three readings as far as no gap lies between them: the one before, this one and the one after; of the newest the last three
    around as materialized (
        select v.*, case when n.goes_on then case when n.follows then v.value_1 end when n.follows and n.followed then v.value_2 end as a,
               case when n.goes_on then v.value when n.follows then v.value_1 end as b,
               case when n.goes_on then v.next_value when n.follows then v.value end as c,
               case when n.goes_on then case when n.follows then v.tests_1 end when n.follows and n.followed then v.tests_2 end as a_tests,
               case when n.goes_on then v.tests when n.follows then v.tests_1 end as b_tests,
               case when n.goes_on then v.next_tests when n.follows then v.tests end as c_tests
        from (
            select v.*, lag(v.time) over w as time_1, lag(v.time, 2) over w as time_2, lag(v.value) over w as value_1,
                   lag(v.value, 2) over w as value_2, lag(v.tests) over w as tests_1, lag(v.tests, 2) over w as tests_2,
                   lead(v.value) over w as next_value, lead(v.tests) over w as next_tests
            from valid v
            where falling is not null
            window w as (partition by v.installation_id, v.datastream_id order by v.time)
        ) v
        cross join lateral (
            -- a frame or two that got lost are no gap yet
            select v.next <= v.time + 2 * v.stale_after as goes_on, v.time <= v.time_1 + 2 * v.stale_after as follows,
                   v.time_1 <= v.time_2 + 2 * v.stale_after as followed
        ) n
    ),
    steadied as materialized (
        select n.*, api.steady(n.a, n.b, n.c, n.quantity = any(falling)) as steady from around n
    ),
    -- the flag of the reading, and of bounds what quality has no number for: 16 for its value, 32 for what is steady
    flagged as (
        select site_id, time, installation_id, datastream_id, value, median, null::double precision as steady,
               quality + (tests & 16) as flags, ends
        from valid
        where falling is null
        union all
        select site_id, time, installation_id, datastream_id, value, median, steady,
               quality + (tests & 16) + case when a = steady and a_tests & 16 > 0 or b = steady and b_tests & 16 > 0
                                               or c = steady and c_tests & 16 > 0 then 32 else 0 end, ends
        from steadied
    ),
    instant as (
        select site_id, begins as at from asked
        union select site_id, from_time from stream where from_time > begins
        union select site_id, to_time from stream where to_time > begins and to_time <= until
        union select site_id, time from valid where time > begins
        union select site_id, ends from valid where ends > begins and ends <= until and (next is null or next > ends)
    ),
    -- each sensor at each moment: by grouping, as a join of two long lists is planned badly
    moment as (
        select m.site_id, m.at, m.installation_id, m.datastream_id, max(m.time) as time, max(m.value) as value,
               max(m.median) as median, max(m.steady) as steady, max(m.flags) as flags, max(m.ends) as ends
        from (select site_id, time as at, installation_id, datastream_id, time, value, median, steady, flags, ends from flagged
              union all
              select i.site_id, i.at, s.installation_id, s.datastream_id, null, null, null, null, null, null
              from instant i
              left join stream s on s.site_id = i.site_id and i.at >= s.from_time and i.at < s.to_time) m
        group by m.site_id, m.at, m.installation_id, m.datastream_id
    ),
    run as (
        select m.*, count(m.time) over (partition by m.site_id, m.installation_id, m.datastream_id order by m.at) as run
        from moment m
    )
    select r.site_id, r.at, r.installation_id, r.datastream_id, s.quantity, s.from_time, s.mounting_height_cm, s.interval_seconds,
           max(r.time) over w, max(r.value) over w, max(r.median) over w, max(r.steady) over w,
           (max(r.flags) over w & 15)::smallint, max(r.flags) over w & 16 > 0, max(r.flags) over w & 32 > 0, max(r.ends) over w
    from run r
    left join stream s on s.installation_id = r.installation_id and s.datastream_id = r.datastream_id
    window w as (partition by r.site_id, r.installation_id, r.datastream_id, r.run)
$$;
comment on function core.held_values is
    'What each sensor at some sites held at each moment at which something changes there, from a time of each site on: its last reading '
    'that decides, whether that is a bound, for the quantities of median_of the median over span before that (or two send intervals), and '
    'when it is too old: api.stale_after, or with the end of the installation. falling: quantities that fall when what is asked for rises; '
    'where it is given, steady is what two of three readings reach: of this one, the one before and the one after it, of the newest one '
    'the last three; where there are only two the one that says less, null for a single one. A gap of twice the time '
    'after which a value is too old begins anew. steady may change with the next reading, so whoever looks at it begins a reading earlier (core.begin_before). One row for each '
    'sensor and moment; without a sensor one for each moment. Rows before the time of a site are there for what follows them. '
    'streams: only these; null: all.';

create function core.begin_before(site_ids integer[], begins timestamptz[], quantities text[], stale_after interval)
returns table (site_id integer, begins timestamptz) language sql stable as $$
    select a.site_id, min(r.time)
    from unnest(begin_before.site_ids, begin_before.begins) a (site_id, begins)
    join core.installation i using (site_id)
    join core.device v using (device_id)
    join core.datastream d using (device_id)
    cross join lateral (
        select x.time from core.reading x
        where x.datastream_id = d.datastream_id and x.time >= i.from_time and (i.to_time is null or x.time < i.to_time)
          and x.time < a.begins and x.time >= a.begins - 2 * api.stale_after(v.interval_seconds, begin_before.stale_after)
          and x.value is not null and :decisive(x.quality, x.tests)
        order by x.time desc limit 1
    ) r
    where d.quantity = any(quantities)
    group by a.site_id
$$;
comment on function core.begin_before is
    'The readings before some times whose `steady` of core.held_values can be another one when something changed from these times on.';

create function core.next_change(site integer, until timestamptz) returns timestamptz language sql stable as $$
    select min(c.at)
    from core.installation i
    cross join lateral (
        select i.from_time as at
        union all select i.to_time
        -- what lies too far ahead of our clock is looked at when it is time
        union all
        select f.time - api.clock_tolerance()
        from core.datastream d
        join core.latest l using (datastream_id)
        cross join lateral (
            select r.time from core.reading r
            where r.datastream_id = d.datastream_id and r.time > next_change.until + api.clock_tolerance()
            order by r.time limit 1
        ) f
        where d.device_id = i.device_id and l.time > next_change.until + api.clock_tolerance()
    ) c
    where i.site_id = next_change.site and c.at > next_change.until
$$;
comment on function core.next_change is 'When something will be another way at a site though nothing arrives: a sensor is moved, a clock ran ahead.';

create function core.site_absence(site integer, quantities text[], needing_height text[], stale_after interval, streams integer[])
returns table (reason text, since timestamptz, due_at timestamptz) language sql stable as $$
    select coalesce(a.reason, 'no_sensor'), a.since, a.due_at
    from (select) one
    left join lateral (
        select w.reason, w.since, d.due_at
        from core.installed_stream p
        cross join lateral (select api.stale_after(p.interval_seconds, site_absence.stale_after) as stale_after) k
        cross join lateral api.absence(p.installed_at, p.heard_at, p.value_at, p.newest_quality, p.unreadable, p.interval_seconds,
                                       k.stale_after, p.doubted) w
        cross join lateral (
            select min(t) as due_at
            from unnest(array[k.stale_after, greatest(k.stale_after, api.late_after(p.interval_seconds))]) x
            cross join lateral (select p.heard_at + x + interval '1 microsecond' as t) later
            where t > now()
        ) d
        where p.site_id = site and (site_absence.streams is null or p.datastream_id = any(site_absence.streams))
          and (p.datastream_id is null
               or p.quantity = any(quantities) and (p.mounting_height_cm is not null or not p.quantity = any(needing_height)))
        order by p.value_at desc nulls last, p.heard_at desc nulls last
        limit 1
    ) a on true
$$;
comment on function core.site_absence is
    'Why a site gives no value now, since when, and when that may be another reason. Of several sensors the one that gave a value last, or was heard last. A device that has never measured anything may be able to measure whatever is looked for.';

create view core.current_signal as
with waiting as (
    select device_ids, site_ids from core.touched where until is null and touched_at < now() - interval '5 seconds'
),
late as (
    select i.site_id from waiting w cross join lateral unnest(w.device_ids) d join core.installation i on i.device_id = d
    where :installed(i)
    union
    select s from waiting w cross join lateral unnest(w.site_ids) s
)
select s.site_id, s.signal, s.tenant_id, case when l.late then 'no_data' else s.state end as state,
       case when not l.late then s.level end as level, s.place, case when not l.late then s.since end as since,
       s.time, s.value, s.unit, s.decimals, case when l.late then 'not_decided' else s.reason end as reason,
       case when not l.late then s.reason_since end as reason_since, s.inputs, s.decided_at
from core.signal s
cross join lateral (
    select coalesce(s.due_at < now() - interval '5 seconds', false) or s.site_id in (select site_id from late) as late
) l;
comment on view core.current_signal is
    'Decisions as long as they hold: one that should have been made again more than five seconds ago is none, and nobody reads "in order" from it.';

create function core.decision_lag() returns table (seconds double precision, past integer)
language sql stable security definer set search_path = pg_catalog as $$
    select coalesce(extract(epoch from now() - least((select min(touched_at) from core.touched where until is null),
                                                      (select min(due_at) from core.signal where due_at <= now()))), 0)::float8,
           (select coalesce(sum(cardinality(site_ids)), 0)::integer from core.touched where until is not null)
$$;
comment on function core.decision_lag is
    'How long the oldest change that nothing was decided from yet has waited, and how many sites wait for their past.';

do $$
begin
    execute format('grant execute on function core.decision_lag() to %I', core.role_name('api'));
end $$;

create view api.signal_change with (security_barrier) as
select c.tenant_id, c.site_id, c.signal, nullif(c.at, timestamptz 'epoch') as at, c.state, c.level
from core.signal_change c
where :seen(c.tenant_id);
comment on view api.signal_change is 'When a site came into which state; at null: it began so.';
