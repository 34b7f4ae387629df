-- name: keep_profiles
insert into core.profile_version (profile_id, version, profile, codec)
select * from unnest(%(ids)s::text[], %(versions)s::text[], %(profiles)s::text[], %(codecs)s::text[])
on conflict do nothing

-- name: lock_runs
-- Held by the connection: whoever is killed lets go of it.
select pg_try_advisory_lock(hashtext('regionhub replay'), hashtext(%(kind)s)) as free

-- name: start_run
insert into core.replay (tenant_id, kind, requested_by, why, dev_eui, profile_id, from_time, to_time, source_id, letter_reason)
values (%(tenant_id)s, %(kind)s, %(requested_by)s, %(why)s, %(dev_eui)s, %(profile_id)s, %(from_time)s, %(to_time)s,
        %(source_id)s, %(letter_reason)s)
returning *

-- name: request_run
-- As a town: the row-level security lets it ask for its own dead letters only. What waits already is not asked for twice.
with waiting as (
    select replay_id from api.replay
    where tenant_id = %(tenant_id)s and kind = 'dead_letters' and state = 'waiting'
      and dev_eui is not distinct from %(dev_eui)s::text and source_id is not distinct from %(source_id)s::int
      and letter_reason is not distinct from %(letter_reason)s::text
    limit 1
),
made as (
    insert into core.replay (tenant_id, kind, requested_by, why, dev_eui, source_id, letter_reason)
    select %(tenant_id)s, 'dead_letters', %(requested_by)s, %(why)s, %(dev_eui)s, %(source_id)s, %(letter_reason)s
    where not exists (select from waiting)
    returning replay_id
)
select replay_id from waiting union all select replay_id from made

-- name: next_run
-- Whoever holds the lock is the only one who works: a run that is "running" was left behind.
-- The towns take turns, so that none waits behind all that another one asks for.
select * from core.replay r where kind = 'dead_letters' and state in ('waiting', 'running')
order by state, (select max(d.finished_at) from core.replay d where d.tenant_id = r.tenant_id) nulls first, replay_id limit 1

-- name: stop_others
update core.replay set state = 'stopped', finished_at = now(), updated_at = now(),
    problem = coalesce(problem, 'it was interrupted; what it had done stays')
where kind = %(kind)s and state = 'running'

-- name: begin_run
update core.replay set state = 'running', started_at = coalesce(started_at, now()), updated_at = now(),
    messages = handled + %(messages)s
where replay_id = %(replay_id)s

-- name: advance_run
update core.replay set updated_at = now(), last_id = coalesce(%(last_id)s, last_id),
    last_time = coalesce(%(last_time)s::timestamptz, last_time),
    handled = handled + %(handled)s, messages = greatest(messages, handled + %(handled)s),
    stored = stored + %(stored)s, duplicate = duplicate + %(duplicate)s, ignored = ignored + %(ignored)s,
    changed = changed + %(changed)s, unchanged = unchanged + %(unchanged)s, failed = failed + %(failed)s,
    readings_changed = readings_changed + %(readings_changed)s, readings_added = readings_added + %(readings_added)s,
    readings_missing = readings_missing + %(readings_missing)s, problem = coalesce(problem, %(problem)s)
where replay_id = %(replay_id)s

-- name: finish_run
update core.replay set state = %(state)s, finished_at = now(), updated_at = now(),
    problem = coalesce(problem, %(problem)s)
where replay_id = %(replay_id)s
returning *

-- name: runs
select replay_id, tenant_id, kind, requested_by, requested_at, why, dev_eui, profile_id, from_time, to_time, source_id,
       letter_reason, state, started_at, updated_at, finished_at, messages, handled, stored, duplicate, ignored, changed,
       unchanged, failed, readings_changed, readings_added, readings_missing, problem
from api.replay
where (%(before)s::integer is null or replay_id < %(before)s)
  and (%(replay_id)s::integer is null or replay_id = %(replay_id)s)
order by replay_id desc limit %(limit)s

-- name: removals
select removal_id, tenant_id, what, source_id, reason, outcome, removed, messages, oldest, newest, removed_at
from api.removal
where (%(before)s::bigint is null or removal_id < %(before)s)
order by removal_id desc limit %(limit)s

-- name: retention
select tenant_id, what, extract(epoch from keep)::int8 / 86400 as keep_days, of_tenant from api.retention order by tenant_id, what

-- name: provenance
select o.*, p.profile is not null as profile_kept
from api.reading_origin o
left join api.profile_version p on p.profile_id = o.profile_id and p.version = o.profile_version
where o.datastream_id = %(datastream_id)s and o.time = %(time)s

-- name: former_values
select value, quality, tests, profile_id, profile_version, replaced_at, replay_id, replaced_by, why
from api.reading_version
where datastream_id = %(datastream_id)s and time = %(time)s
order by replay_id desc

-- name: profile_versions
select profile_id, version, known_since from api.profile_version
where profile_id = %(profile_id)s order by known_since desc, version

-- name: profile_version
select profile_id, version, known_since, profile, codec from api.profile_version
where profile_id = %(profile_id)s and version = %(version)s

-- name: runs_of_all
select t.slug as tenant, r.* from core.replay r join core.tenant t using (tenant_id)
order by r.replay_id desc limit %(limit)s

-- name: towns
select tenant_id, slug, name from core.tenant order by name

-- name: tenants_with_devices
select distinct tenant_id from core.device
where (%(profile_id)s::text is null or profile_id = %(profile_id)s)
  and (%(dev_eui)s::text is null or dev_eui = %(dev_eui)s)

-- name: tenants_with_letters
select distinct tenant_id from core.dead_letter
where resolved_at is null and (%(letter_reason)s::text is null or reason = %(letter_reason)s)
  and (%(dev_eui)s::text is null or dev_eui = %(dev_eui)s)
