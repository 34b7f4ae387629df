-- name: lock_runs
-- Held by the connection: whoever is killed lets go of it.
select pg_try_advisory_lock(hashtext('regionhub replay'), hashtext(%(kind)s)) as free

-- name: start_run
insert into core.replay (tenant_id, kind, requested_by, why, dev_eui, profile_id, from_time, to_time, source_id, letter_reason)
values (%(tenant_id)s, %(kind)s, %(requested_by)s, %(why)s, %(dev_eui)s, %(profile_id)s, %(from_time)s, %(to_time)s,
        %(source_id)s, %(letter_reason)s)
returning replay_id, tenant_id, requested_by, requested_at, why, dev_eui, profile_id, from_time, to_time, source_id,
          letter_reason, last_id

-- name: own_source
-- A source that the town itself has; one that it only sees is not enough.
select source_id from api.source where source_id = %(source_id)s and tenant_id = %(tenant_id)s

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

-- name: request_replay
insert into core.replay (tenant_id, kind, requested_by, why, dev_eui, from_time)
values (%(tenant_id)s, 'uplinks', %(by)s, %(why)s, %(dev_eui)s, %(since)s)

-- name: next_run
-- Whoever holds the lock is the only one who works: a run that is "running" was left behind.
-- The towns take turns, so that none waits behind all that another one asks for.
select replay_id, tenant_id, requested_by, requested_at, why, dev_eui, profile_id, from_time, to_time, source_id,
       letter_reason, last_id
from core.replay r where kind = %(kind)s and state in ('waiting', 'running')
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

-- name: runs
select replay_id, tenant_id, kind, requested_by, requested_at, why, dev_eui, profile_id, from_time, to_time, source_id,
       letter_reason, state, started_at, updated_at, finished_at, messages, handled, stored, duplicate, ignored, changed,
       unchanged, failed, readings_changed, readings_added, readings_missing, problem
from api.replay
where (%(before)s::integer is null or replay_id < %(before)s)
  and (%(replay_id)s::integer is null or replay_id = %(replay_id)s)
order by replay_id desc limit %(limit)s

-- name: runs_of_all
-- Of every town, under the ingest role.
select t.slug as tenant, r.replay_id, r.tenant_id, r.kind, r.requested_by, r.requested_at, r.why, r.dev_eui, r.profile_id,
       r.from_time, r.to_time, r.source_id, r.letter_reason, r.state, r.started_at, r.updated_at, r.finished_at, r.messages,
       r.handled, r.stored, r.duplicate, r.ignored, r.changed, r.unchanged, r.failed, r.readings_changed, r.readings_added,
       r.readings_missing, r.problem
from core.replay r join core.tenant t using (tenant_id)
where %(replay_id)s::integer is null or r.replay_id = %(replay_id)s
order by r.replay_id desc limit %(limit)s

-- name: tenants_with_devices
select distinct tenant_id from core.device
where (%(profile_id)s::text is null or profile_id = %(profile_id)s)
  and (%(dev_eui)s::text is null or dev_eui = %(dev_eui)s)
