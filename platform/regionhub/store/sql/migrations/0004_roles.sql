-- Roles and tenant borders. A tenant border is a database role: role_tenant says which tenants it sees.
--
--   <prefix>_ingest      writes what arrives
--   <prefix>_api         checks logins; takes a town's role for every request (SET LOCAL ROLE)
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
    end if;
    return role;
end $$;

do $$
begin
    perform core.create_role('ingest', 'nologin noinherit');
    perform core.create_role('api', 'nologin noinherit');
    perform core.create_role('town', 'nologin');
    perform core.create_role('t_region', 'nologin');
    perform core.create_role('g_region', 'nologin noinherit connection limit 8');
    execute format('grant %I to %I', core.role_name('town'), core.role_name('t_region'));
    execute format('grant %I to %I', core.role_name('t_region'), core.role_name('api'));
end $$;

-- Follows every change of a tenant: its two roles, and what the region sees.
create function core.sync_tenant_roles() returns trigger language plpgsql as $$
declare
    town name := core.create_role('t_' || replace(new.slug, '-', '_'), 'nologin');
    grafana name := core.create_role('g_' || replace(new.slug, '-', '_'), 'nologin noinherit connection limit 8');
begin
    execute format('grant %I to %I', core.role_name('town'), town);
    execute format('grant %I to %I', town, core.role_name('api'));
    insert into core.role_tenant (role_name, tenant_id, may_write)
    values (town, new.tenant_id, true), (grafana, new.tenant_id, false)
    on conflict do nothing;
    if to_regprocedure('core.grant_api_views(name)') is not null then
        perform core.grant_api_views(grafana);
    end if;
    if new.shares_with_region or new.kind = 'region' then
        -- the region sees what towns share; it changes only what is its own
        insert into core.role_tenant (role_name, tenant_id, may_write)
        values (core.role_name('t_region'), new.tenant_id, new.kind = 'region'),
               (core.role_name('g_region'), new.tenant_id, false)
        on conflict (role_name, tenant_id) do update set may_write = excluded.may_write;
    else
        delete from core.role_tenant
        where tenant_id = new.tenant_id
          and role_name in (core.role_name('t_region'), core.role_name('g_region'));
    end if;
    return null;
end $$;

create trigger tenant_roles after insert or update of shares_with_region, kind on core.tenant
    for each row execute function core.sync_tenant_roles();

create function core.refuse_slug_change() returns trigger language plpgsql as $$
begin
    raise exception 'the slug of a tenant names its database roles and never changes';
end $$;
create trigger tenant_slug_is_fixed before update of slug on core.tenant
    for each row when (old.slug <> new.slug) execute function core.refuse_slug_change();

-- Row-level security on every ordinary table with a tenant. Series tables have none: TimescaleDB
-- refuses it beside compression; they are reached only through the barrier views of schema api.
do $$
declare
    t text;
    seen constant text := 'tenant_id in (select r.tenant_id from core.role_tenant r where r.role_name = current_user)';
    own constant text := 'tenant_id in (select r.tenant_id from core.role_tenant r where r.role_name = current_user and r.may_write)';
begin
    foreach t in array array['tenant', 'site', 'device', 'installation', 'datastream', 'source',
        'source_state', 'latest', 'device_state', 'device_event', 'dead_letter', 'ingest_fate', 'sharing_grant']
    loop
        execute format('alter table core.%I enable row level security', t);
        execute format('create policy seen on core.%I for select using (%s)', t, seen);
        execute format('create policy own_tenant on core.%I using (%s) with check (%s)', t, own, own);
        execute format('create policy ingest on core.%I to %I using (true) with check (true)', t, core.role_name('ingest'));
    end loop;
    execute format('create policy login on core.tenant for select to %I using (true)', core.role_name('api'));
    execute format('create policy metrics on core.source for select to %I using (true)', core.role_name('api'));
    execute format('create policy metrics on core.ingest_fate for select to %I using (true)', core.role_name('api'));
end $$;
alter table core.role_tenant enable row level security;
create policy own_role on core.role_tenant for select using (role_name = current_user);

-- An installation ties a device and a site of one tenant together; the row's own foreign keys see
-- only the device's side.
alter table core.site add unique (site_id, tenant_id);
alter table core.installation drop constraint installation_site_id_fkey;
alter table core.installation add foreign key (site_id, tenant_id) references core.site (site_id, tenant_id);

do $$
declare
    ingest name := core.role_name('ingest');
    api name := core.role_name('api');
    town name := core.role_name('town');
begin
    execute format('grant usage on schema core to %I, %I, %I', ingest, api, town);
    execute format('grant select on all tables in schema core to %I', ingest);
    execute format('grant insert, update on core.datastream, core.source_state, core.reading, core.uplink, core.latest,
        core.device_state, core.device_event, core.dead_letter, core.ingest_fate to %I', ingest);
    execute format('grant usage on sequence core.uplink_id to %I', ingest);

    execute format('grant usage on schema auth to %I', api);
    execute format('grant select on core.role_tenant, core.tenant, core.deployment to %I', api);
    execute format('grant select, insert, update, delete on auth.session to %I', api);
    execute format('grant select on auth.account, auth.api_key to %I', api);
    execute format('grant update (password_hash) on auth.account to %I', api);
    execute format('grant insert, update (revoked_at) on auth.api_key to %I', api);
    -- for /readyz and /metrics; of a source only its name
    execute format('grant select on core.migration, core.ingest_fate to %I', api);
    execute format('grant select (source_id, tenant_id, name) on core.source to %I', api);

    execute format('grant select on core.role_tenant, core.tenant, core.site, core.device, core.installation to %I', town);
    execute format('grant insert, update, delete on core.site, core.installation to %I', town);
    execute format('grant insert, update on core.device to %I', town);
end $$;
