-- What holds for statements wherever they come from: set on the database for whoever connects, and on the roles that log in or are
-- taken for a session. The value of a role wins over that of the database; what an administrator sets for a role in this database
-- (alter role ... in database ...) wins over both. The role of a town is taken for one request only, which brings no settings:
-- there those of `api` hold. A role of dashboards has these settings and no others: whoever sends a statement through it can change
-- them for all who use it, and `regionhub work` undoes that (core.restore_logins).

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
    ('api', 'statement_timeout', '10s'), ('operator', 'statement_timeout', '10s'), ('grafana', 'statement_timeout', '30s'), ('ingest', 'statement_timeout', '0'),
    -- who waits behind an upgrade is told so, and does not keep a connection
    ('api', 'lock_timeout', '10s'), ('operator', 'lock_timeout', '10s'), ('grafana', 'lock_timeout', '10s'),
    -- as long as a transaction is open, no table gets rid of its dead rows
    ('operator', 'idle_in_transaction_session_timeout', '60s'), ('api', 'idle_in_transaction_session_timeout', '60s'), ('grafana', 'idle_in_transaction_session_timeout', '60s'),
    -- no statement of dashboards fills the disk; only a superuser can set this, and nobody with the login can undo it
    ('grafana', 'temp_file_limit', '256MB'), ('grafana', 'log_temp_files', '32MB')
),
holder (kind, role) as (
    select 'database', null::name
    union all select kind, core.role_name(kind) from (values ('ingest'), ('api'), ('operator')) as k (kind)
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

create or replace function core.altered_logins() returns table (role name, what text) language plpgsql stable as $$
begin
    -- settings that nobody set here
    return query
        select r.rolname, split_part(line, '=', 1)
        from pg_db_role_setting d
        join pg_roles r on r.oid = d.setrole
        cross join unnest(d.setconfig) as line
        where r.rolname in (select s.role from core.setting s where starts_with(s.role::text, core.role_name('g_')::text))
          and d.setdatabase in (0, (select oid from pg_database where datname = current_database()))
          and (d.setdatabase <> 0
               or not exists (select from core.setting s where s.role = r.rolname and s.name = split_part(line, '=', 1) and s.value = substr(line, strpos(line, '=') + 1)));
    return query
        select s.role, s.name from core.setting s
        where starts_with(s.role::text, core.role_name('g_')::text) and s.stored is null
          -- what an owner that is no superuser cannot set is no change; `doctor` says so elsewhere
          and (select rolsuper or s.name not in ('temp_file_limit', 'log_temp_files') from pg_roles where rolname = current_user);
    if has_table_privilege('pg_authid', 'select') then
        return query
            select l.role_name, 'password' from auth.login l join pg_authid a on a.rolname = l.role_name
            where a.rolpassword is distinct from l.verifier;
    end if;
end $$;
comment on function core.altered_logins is
    'What is not as it was set, of roles that people send their own statements through: settings, and any password that was kept. '
    'Passwords only where the owner is a superuser.';

create or replace function core.restore_logins() returns table (role name, what text) language plpgsql as $$
declare
    altered record;
    blind constant boolean := not has_table_privilege('pg_authid', 'select');
begin
    for altered in
        select a.role, array_agg(distinct a.what) as what, max(l.verifier) as verifier
        from (select * from core.altered_logins()
              union all select role_name, null from auth.login
              where blind and starts_with(role_name::text, core.role_name('g_')::text)) a (role, what)
        left join auth.login l on l.role_name = a.role
        group by a.role
    loop
        execute format('alter role %I reset all', altered.role);
        execute format('alter role %I in database %I reset all', altered.role, current_database());
        perform core.apply_settings(altered.role);
        if altered.verifier is not null then
            execute format('alter role %I password %L', altered.role, altered.verifier);
        end if;
        return query select altered.role, w from unnest(altered.what) as w where w is not null;
    end loop;
end $$;
comment on function core.restore_logins is
    'Undoes what core.altered_logins finds. Where passwords cannot be looked at, those of dashboards are set again each time.';
