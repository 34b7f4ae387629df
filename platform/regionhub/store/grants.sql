-- Who may do what with what all rooms have made; the last step of every upgrade.

create or replace function core.grant_api_views(role name) returns void language plpgsql as $$
begin
    execute format('grant usage on schema api to %I', role);
    execute format('grant select on all tables in schema api to %I', role);
end $$;

do $$
declare role name;
begin
    for role in
        select core.role_name('town')
        union select core.role_name('g_region')
        union select role_name from core.role_tenant where role_name like core.role_name('g_') || '%'
    loop
        perform core.grant_api_views(role);
    end loop;
end $$;
revoke execute on all functions in schema core from public;

do $$
declare f regprocedure;
begin
    -- Views call these for whoever reads them. By name nobody can: schema core is closed.
    for f in select oid::regprocedure from pg_proc where pronamespace = 'core'::regnamespace and proname ~ '^shared_' loop
        execute format('grant execute on function %s to public', f);
    end loop;
end $$;

do $$
begin
    execute format('grant select on all tables in schema core to %I', core.role_name('ingest'));
    -- whoever decides runs the functions of the features and what they stand on
    execute format('grant usage on schema api to %I', core.role_name('ingest'));
    execute format('grant execute on all functions in schema core to %I', core.role_name('ingest'));
    -- a pool asks for the full name of the role that it takes
    execute format('grant execute on function core.role_name(text) to %I, %I', core.role_name('ingest'), core.role_name('api'));
end $$;

do $$
begin
    -- Whoever only reads makes nothing, no tables and no functions of its own. The WebAssembly build
    -- works in a template database, whose rights it cannot change.
    if not (select datistemplate from pg_database where datname = current_database()) then
        execute format('revoke temporary on database %I from public', current_database());
    end if;
end $$;

do $$
declare f regprocedure;
begin
    -- A reader with a login of its own could hold the locks by which the workers share the sources, and large objects
    -- fill the disk. These functions belong to the server: only a superuser can take them away.
    if (select rolsuper from pg_roles where rolname = current_user) then
        for f in
            select oid::regprocedure from pg_proc
            where pronamespace = 'pg_catalog'::regnamespace
              and (proname ~ '^pg_(try_)?advisory_' or proname in ('lo_creat', 'lo_create', 'lo_from_bytea'))
        loop
            execute format('revoke execute on function %s from public', f);
            execute format('grant execute on function %s to %I', f, core.role_name('ingest'));
        end loop;
    end if;
end $$;
