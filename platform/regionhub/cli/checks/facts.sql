-- name: server
-- Who answers, and its clock. Where the data lie is told to few; a socket file means the same machine.
select current_user as "user", current_database() as database, current_setting('server_version') as version,
       pg_is_in_recovery() as replica, pg_database_size(current_database()) as bytes,
       inet_server_addr() is null or inet_server_addr() <<= '127.0.0.0/8' or inet_server_addr() = '::1' as this_machine,
       case when pg_has_role(current_user, 'pg_read_all_settings', 'usage') then current_setting('data_directory') end
           as data_directory

-- name: clock
select clock_timestamp() as now

-- name: now
select now() as now

-- name: owns_hub
select pg_has_role(current_user, c.relowner, 'usage') as owns from pg_class c where c.oid = 'core.migration'::regclass

-- name: missing_rights
-- What a process could not do that it has to do. A role that is not there may do nothing.
select core.role_name(n.kind)::text as role, n.privilege, n.relation
from (values ('ingest', 'insert', 'core.reading'), ('ingest', 'insert', 'core.uplink'), ('ingest', 'update', 'core.latest'),
             ('ingest', 'update', 'core.device_state'), ('ingest', 'insert', 'core.dead_letter'),
             ('ingest', 'update', 'core.ingest_fate'), ('ingest', 'update', 'core.source_state'),
             ('ingest', 'select', 'core.device'), ('ingest', 'select', 'core.source'),
             ('api', 'select', 'core.role_tenant'), ('api', 'insert', 'auth.session'), ('api', 'select', 'auth.account'),
             ('town', 'select', 'api.source'), ('town', 'select', 'api.reading')) as n (kind, privilege, relation)
left join pg_roles r on r.rolname = core.role_name(n.kind)
where r.oid is null or not has_table_privilege(r.oid, n.relation, n.privilege)
union all
select core.role_name('api')::text, 'take the role', t.role::text
from (select core.role_name('t_' || replace(slug, '-', '_')) as role from core.tenant) t
left join pg_roles town on town.rolname = t.role
left join pg_roles api on api.rolname = core.role_name('api')
where town.oid is null or api.oid is null or not pg_has_role(api.oid, town.oid, 'member')
union all
select current_user::text, 'end sessions of', rolname::text
from pg_roles
where starts_with(rolname::text, core.role_name('g_')::text) and rolcanlogin
  and not pg_has_role(oid, 'usage') and not pg_has_role('pg_signal_backend', 'usage')

-- name: differing_settings
select coalesce('role ' || role, 'the database') as holder, name, value, effective
from core.setting where effective is distinct from value order by role nulls first, name

-- name: notices_waiting
select pg_notification_queue_usage() as share

-- name: write_something
-- A megabyte that is gone at the end of the transaction; a full disk refuses it.
create temporary table regionhub_doctor on commit drop as
select repeat('x', 1000) as filler from generate_series(1, 1000)

-- name: beat
insert into core.heartbeat (process, clock_ahead_seconds, updated_at)
values (%(process)s, extract(epoch from %(clock)s - clock_timestamp())::float8, now())
on conflict (process) do update set clock_ahead_seconds = excluded.clock_ahead_seconds, updated_at = now()

-- name: heartbeat
select extract(epoch from now() - updated_at)::float8 as silent_seconds, clock_ahead_seconds
from core.heartbeat where process = %(process)s

-- name: ingest
-- What ingest said in the last three minutes.
select extract(epoch from now() - (select max(updated_at) from core.source_state))::float8 as silent_seconds,
       (array_agg(clock_ahead_seconds order by abs(clock_ahead_seconds) desc))[1] as clock_ahead_seconds
from core.source_state where updated_at > now() - interval '3 minutes'

-- name: arrival_delays
-- How much later than their network server's time the messages of the last minutes arrived, at least. A wrong clock and a
-- server that holds messages back shift all of them alike; a queue or a history that comes at once is spread over its length.
select t.slug as tenant, s.name, min(extract(epoch from u.received_at - u.time))::float8 as least_seconds
from core.uplink u
join core.source s using (source_id)
join core.tenant t on t.tenant_id = s.tenant_id
where u.time > now() - interval '1 day' and u.received_at > now() - interval '10 minutes' and u.time_source = 'network'
group by t.slug, s.name
having count(*) >= 5
   and percentile_disc(0.5) within group (order by u.received_at - u.time) - min(u.received_at - u.time) <= interval '1 minute'
order by t.slug, s.name

-- name: secrets
-- What is needed to try a source's broker.
select s.source_id, s.tenant_id, t.slug as tenant, s.name, s.format, s.broker_url, s.topics, s.protocol, s.username, s.password,
       s.ca, s.certificate, s.private_key
from core.source s join core.tenant t using (tenant_id)
where s.enabled and s.kind = 'lns'

-- name: used_profiles
select profile_id, count(*) as devices from core.device where active and profile_id not like 'feed/%%' group by profile_id order by profile_id
