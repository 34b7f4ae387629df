-- name: lock
select pg_try_advisory_xact_lock(1380466691, 1) as taken

-- name: claim
-- From when on what was decided can be known: of what is not kept any more nothing is decided anew. A row without a site, if there was anything.
with claimed as (
    delete from core.touched
    where touched_id = (select touched_id from core.touched where until is not null order by touched_id limit 1)
    returning site_ids, times, until
)
select s.site_id, greatest(t.begins, now() - r.keep + interval '2 days') as begins, c.until
from claimed c
cross join lateral unnest(c.site_ids, c.times) t (site_id, begins)
join core.site s using (site_id)
left join core.effective_retention r on r.tenant_id = s.tenant_id and r.what = 'reading'
union all
select null, c.until, c.until from claimed c

-- name: changes
-- The changes of state of each site from its time on. {decide} is the function of the signal.
with row as (
    select d.site_id, d.at, d.state, v.level, lag(d.state) over (partition by d.site_id order by d.at) as former
    -- what came later may say what it meant
    from core.{decide}(%(site_ids)s::integer[], %(begins)s::timestamptz[], now()) d
    join core.level v on v.signal = %(signal)s and v.state = d.state
    where d.at <= %(until)s
)
select r.site_id, s.tenant_id, case when r.former is null and b.state is null then timestamptz 'epoch' else r.at end as at, r.state, r.level
from row r
join core.site s using (site_id)
join unnest(%(site_ids)s::integer[], %(begins)s::timestamptz[]) a (site_id, begins) using (site_id)
left join lateral (select state from core.signal_change c
                   where c.site_id = r.site_id and c.signal = %(signal)s and c.at < a.begins
                   order by c.at desc limit 1) b on r.former is null
where r.state is distinct from coalesce(r.former, b.state)

-- name: lock_signals
select 1 from core.signal where signal = %(signal)s and site_id = any(%(site_ids)s) order by site_id for update

-- name: forget
delete from core.signal_change c
using unnest(%(site_ids)s::integer[], %(begins)s::timestamptz[]) a (site_id, begins)
where c.signal = %(signal)s and c.site_id = a.site_id and c.at >= a.begins and c.at <= %(until)s

-- name: join
-- Where the later part now goes on as the earlier one ended, there is no change between them.
delete from core.signal_change c
using (select n.site_id, n.at, n.state, lag(n.state) over (partition by n.site_id order by n.at) as former
       from core.signal_change n where n.signal = %(signal)s and n.site_id = any(%(site_ids)s)) n
where c.signal = %(signal)s and c.site_id = n.site_id and c.at = n.at and n.state = n.former

-- name: renew_since
update core.signal s set since = nullif(c.at, timestamptz 'epoch')
from (select distinct on (site_id) site_id, at from core.signal_change
      where signal = %(signal)s and site_id = any(%(site_ids)s) order by site_id, at desc) c
where s.signal = %(signal)s and s.site_id = c.site_id and s.since is distinct from nullif(c.at, timestamptz 'epoch')
