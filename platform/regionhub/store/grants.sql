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
    execute format('grant execute on function core.role_name(text) to %I, %I, %I', core.role_name('ingest'), core.role_name('api'), core.role_name('operator'));
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
declare f record;
begin
    -- A reader with a login of its own could hold the locks by which the workers share the sources, large objects fill the disk, and
    -- jobs of TimescaleDB take its workers. These functions belong to the server: only a superuser can take them away. Of
    -- TimescaleDB that is whatever does something; what dashboards compute with stays.
    if (select rolsuper from pg_roles where rolname = current_user) then
        for f in
            select p.oid::regprocedure as name
            from pg_proc p
            left join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
            left join pg_extension e on e.oid = d.refobjid
            where p.pronamespace = 'pg_catalog'::regnamespace
                  and (p.proname ~ '^pg_(try_)?advisory_' or p.proname in ('lo_creat', 'lo_create', 'lo_from_bytea'))
               or e.extname = 'timescaledb' and p.provolatile = 'v' and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
                  and p.proname not in ('time_bucket_gapfill', 'locf', 'interpolate', 'generate_uuidv7', 'to_uuidv7')
        loop
            execute format('revoke execute on routine %s from public', f.name);
            execute format('grant execute on routine %s to %I, %I', f.name, core.role_name('ingest'),
                           (select nspowner::regrole from pg_namespace where nspname = 'core'));
        end loop;
    end if;
end $$;

do $$
declare c record;
begin
    -- Whoever may see one row of a table can have the planner estimate how many there are, and it would answer from all of them: so
    -- it knows nothing of what only its town is to know. What is looked up, joined and sorted by are numbers, times and words that
    -- many rows share.
    for c in
        select a.attrelid::regclass as relation, a.attname as name
        from pg_attribute a
        join pg_class t on t.oid = a.attrelid and t.relkind = 'r' and t.relnamespace = 'core'::regnamespace
        where a.attnum > 0 and not a.attisdropped and coalesce(a.attstattarget, -1) <> 0
          and exists (select from pg_attribute town where town.attrelid = t.oid and town.attname = 'tenant_id')
          and (a.atttypid in ('text'::regtype, 'text[]'::regtype, 'jsonb'::regtype, 'bytea'::regtype, 'float4'::regtype, 'float8'::regtype)
                   and a.attname not in (
                       'kind', 'quantity', 'position', 'fate', 'reason', 'outcome', 'what', 'state', 'letter_reason', 'resolution',
                       'format', 'protocol', 'time_source')
               or a.attname in ('f_cnt', 'f_port', 'sf', 'bw_hz', 'frequency_hz', 'dr', 'gateways', 'margin_db', 'planted_year', 'content_key'))
    loop
        execute format('alter table %s alter column %I set statistics 0', c.relation, c.name);
    end loop;
end $$;

do $$
begin
    -- Connections that the server keeps back (reserved_connections, since PostgreSQL 16) are for what must not stand still.
    if exists (select from pg_roles where rolname = 'pg_use_reserved_connections')
       and pg_has_role('pg_use_reserved_connections', 'usage with admin option') then
        execute format('grant pg_use_reserved_connections to %I, %I', core.role_name('ingest'), core.role_name('api'));
    end if;
end $$;
