-- What holds for statements wherever they come from: set on the database for whoever connects, and on the roles that log in or are
-- taken for a session. The value of a role wins over that of the database; what an administrator sets for a role in this database
-- (alter role ... in database ...) wins over both. The role of a town is taken for one request only, which brings no settings:
-- there those of `api` hold.

drop view if exists core.setting;
create view core.setting as
with wanted (kind, name, value) as (values
    -- No statement here runs so long that compiling it pays. The planner thinks so of batches and of the lists of a region,
    -- and they then take twice as long. Also on the roles, because not everybody owns the database.
    ('database', 'jit', 'off'), ('ingest', 'jit', 'off'), ('api', 'jit', 'off'), ('grafana', 'jit', 'off'),
    -- What a request filters by is a parameter that may be absent. The one plan for all values, that PostgreSQL changes to when
    -- a connection has answered a few, can take a hundred times as long.
    ('api', 'plan_cache_mode', 'force_custom_plan'), ('grafana', 'plan_cache_mode', 'force_custom_plan'),
    -- no person waits longer for a page, and nobody keeps others waiting (files are given longer, see regionhub.access);
    -- a limit of the whole server must not end a batch
    ('api', 'statement_timeout', '10s'), ('grafana', 'statement_timeout', '30s'), ('ingest', 'statement_timeout', '0'),
    -- who waits behind an upgrade is told so, and does not keep a connection
    ('api', 'lock_timeout', '10s'), ('grafana', 'lock_timeout', '10s'),
    -- as long as a transaction is open, no table gets rid of its dead rows
    ('api', 'idle_in_transaction_session_timeout', '60s'), ('grafana', 'idle_in_transaction_session_timeout', '60s')
),
holder (kind, role) as (
    select 'database', null::name
    union all select kind, core.role_name(kind) from (values ('ingest'), ('api')) as k (kind)
    union all select 'grafana', core.role_name('g_region')
    union select 'grafana', role_name from core.role_tenant where starts_with(role_name::text, core.role_name('g_')::text)
),
stored (role_oid, here, name, value) as (
    select setrole, setdatabase <> 0, split_part(line, '=', 1), substr(line, strpos(line, '=') + 1)
    from pg_db_role_setting, unnest(setconfig) as line
    where setdatabase in (0, (select oid from pg_database where datname = current_database()))
)
select h.role, w.name, w.value, own.value as stored, coalesce(here.value, own.value, everybody.value) as effective
from wanted w
join holder h using (kind)
left join pg_roles r on r.rolname = h.role
left join stored own on own.name = w.name and own.role_oid = coalesce(r.oid, 0) and own.here = (h.role is null)
left join stored here on here.name = w.name and here.role_oid = r.oid and here.here
left join stored everybody on everybody.name = w.name and everybody.role_oid = 0 and everybody.here
where h.role is null or r.oid is not null;
comment on view core.setting is
    'Settings of the database (role null) and of roles as they should be, as they are stored, and the one of all that wins.';

create or replace function core.apply_settings(only_role name default null) returns void language plpgsql as $$
declare s record;
begin
    for s in
        select role, name, value from core.setting
        where stored is distinct from value and (only_role is null or role = only_role)
    loop
        begin
            if s.role is null then
                execute format('alter database %I set %s = %L', current_database(), s.name, s.value);
            else
                execute format('alter role %I set %s = %L', s.role, s.name, s.value);
            end if;
        exception when insufficient_privilege then
            -- such as the database of a managed server that belongs to somebody else; `doctor` says what is missing
            raise warning '% of % was not set: %', s.name, coalesce('role ' || s.role, 'the database'), sqlerrm;
        end;
    end loop;
end $$;

select core.apply_settings();
