-- name: installed
select to_regclass('core.deployment') is not null as there

-- name: end_transactions
-- Whoever logs in for dashboards can take all limits off a session and then hold tables, so that upgrades and retention wait, and
-- everybody waits behind these.
select a.usename::text as role, extract(epoch from clock_timestamp() - a.xact_start)::float8 as seconds,
       case when pg_has_role(a.usesysid, 'usage') or pg_has_role('pg_signal_backend', 'usage')
            then pg_terminate_backend(a.pid) else false end as ended
from pg_stat_activity a
where a.datname = current_database() and starts_with(a.usename::text, core.role_name('g_')::text)
  and a.xact_start < clock_timestamp() - make_interval(secs => %(seconds)s)

-- name: limit_waiting
-- Whoever wants the same table waits behind this one.
select set_config('lock_timeout', %(limit)s, true)

-- name: restore_logins
select role::text, what from core.restore_logins() order by role, what

-- name: altered_logins
select role::text, what from core.altered_logins() order by role, what
