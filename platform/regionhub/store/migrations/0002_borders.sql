-- Roles and tenant borders. A tenant border is a database role: role_tenant says which tenants it sees.
--
--   <prefix>_ingest      writes what arrives
--   <prefix>_api         checks logins; takes a town's role for every request (SET LOCAL ROLE)
--   <prefix>_operator    makes towns and connects their network servers; logs in itself, nobody can take it
--   <prefix>_town        what every town role may do (a group, nobody logs in with it)
--   <prefix>_t_<slug>    one town, through API and portal
--   <prefix>_g_<slug>    one town, through Grafana: reads the api views, member of nothing
--   <prefix>_t_region    every tenant that shares with the region; <prefix>_g_region likewise

create function core.role_name(kind text) returns name language sql stable as
$$ select (role_prefix || '_' || kind)::name from core.deployment $$;

create function core.create_role(kind text, options text) returns name language plpgsql as $$
declare role name := core.role_name(kind);
begin
    if not exists (select from pg_roles where rolname = role) then
        execute format('create role %I %s', role, options);
        if not (select rolsuper from pg_roles where rolname = current_user) then
            -- so that the owner may end its sessions
            execute format('grant %I to current_user', role);
        end if;
    end if;
    return role;
end $$;

do $$
begin
    perform core.create_role('ingest', 'nologin noinherit');
    perform core.create_role('api', 'nologin noinherit');
    perform core.create_role('operator', 'nologin noinherit connection limit 4');
    perform core.create_role('town', 'nologin');
    perform core.create_role('t_region', 'nologin');
    perform core.create_role('g_region', 'nologin noinherit connection limit 8');
    execute format('grant %I to %I', core.role_name('town'), core.role_name('t_region'));
    execute format('grant %I to %I', core.role_name('t_region'), core.role_name('api'));
end $$;

create table core.role_tenant (
    role_name       name not null,
    tenant_id       integer not null,
    may_write       boolean not null default false,
    primary key (role_name, tenant_id)
);
comment on table core.role_tenant is
    'Which tenants a database role sees, and which of them it may change. Every view and policy compares '
    'with current_user, never with a session setting, because a Grafana viewer can change settings.';
alter table core.role_tenant enable row level security;
create policy own_role on core.role_tenant for select using (role_name = current_user);

create table auth.login (
    role_name       name primary key,
    verifier        text not null
);
comment on table auth.login is
    'What proves the password of a database role, as PostgreSQL keeps it (SCRAM): whoever logs in can change the own password, and '
    'the others who use the same login are then out. Nobody but the owner reads it.';

create function core.guard(what regclass, town text default null, ingest text default null) returns void language plpgsql as $$
declare
    seen constant text := ':seen(tenant_id)';
    own constant text := ':own(tenant_id)';
begin
    execute format('alter table %s enable row level security', what);
    execute format('create policy seen on %s for select using (%s)', what, seen);
    execute format('create policy ingest on %s to %I using (true) with check (true)', what, core.role_name('ingest'));
    if town is not null then
        execute format('create policy own_tenant on %s using (%s) with check (%s)', what, own, own);
        execute format('grant %s on %s to %I', town, what, core.role_name('town'));
    end if;
    if ingest is not null then
        execute format('grant %s on %s to %I', ingest, what, core.role_name('ingest'));
    end if;
end $$;
comment on function core.guard is
    'Row-level security of an ordinary table with a tenant_id: a role sees the rows of its tenants. town and ingest name what '
    'these roles may do beyond that (''select, insert''); a town writes rows of its own tenant only. Time series have no such '
    'policies: TimescaleDB refuses them beside compression; they are reached only through the barrier views of schema api.';

do $$
begin
    execute format('grant usage on schema core to %I, %I, %I, %I', core.role_name('ingest'), core.role_name('api'), core.role_name('operator'),
                   core.role_name('town'));
    execute format('grant select on core.role_tenant to %I, %I', core.role_name('api'), core.role_name('town'));
    execute format('grant select on core.deployment, core.migration to %I', core.role_name('api'));
    execute format('grant select on core.deployment to %I', core.role_name('operator'));
end $$;
