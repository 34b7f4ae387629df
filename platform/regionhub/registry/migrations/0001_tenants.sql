-- Towns, and the database roles that follow them.

create table core.tenant (
    tenant_id       integer generated always as identity primary key,
    slug            text not null unique check (slug ~ '^[a-z][a-z0-9-]{1,31}$'),
    name            text not null check (name <> ''),
    kind            text not null default 'municipality'
                    check (kind in ('municipality', 'district', 'region')),
    ags             text unique check (ags ~ '^[0-9]{5,8}$'),
    latitude        double precision check (latitude between -90 and 90),
    longitude       double precision check (longitude between -180 and 180),
    shares_with_region boolean not null default false,
    created_at      timestamptz not null default now(),
    -- the role of the region is named so
    check (slug <> 'region' or kind = 'region')
);

alter table core.role_tenant add foreign key (tenant_id) references core.tenant on delete cascade;

-- Follows every change of a tenant: its two roles, and what the region sees. As the owner: who makes a town makes no other roles.
create function core.sync_tenant_roles() returns trigger language plpgsql security definer
set search_path = pg_catalog as $$
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
        perform core.apply_settings(grafana);
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

select core.guard('core.tenant', town => 'select');

do $$
begin
    execute format('create policy login on core.tenant for select to %I using (true)', core.role_name('api'));
    execute format('grant select on core.tenant to %I', core.role_name('api'));
    execute format('create policy operator on core.tenant to %I using (true) with check (true)', core.role_name('operator'));
    execute format('grant select, insert on core.tenant to %I', core.role_name('operator'));
end $$;
