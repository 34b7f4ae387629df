-- What towns have adopted, and what stands of it in their Grafana organisations.

create table core.grafana_organisation (
    tenant_id       integer primary key references core.tenant on delete cascade,
    org_id          bigint not null unique,
    made_at         timestamptz not null default now()
);
comment on table core.grafana_organisation is
    'The organisation of a town in Grafana. Its name may change there and here; the number stays.';
select core.guard('core.grafana_organisation', ingest => 'insert, update, delete');

create table core.adoption (
    tenant_id       integer not null references core.tenant on delete cascade,
    solution        text not null check (solution ~ '^[a-z][a-z0-9-]{0,31}$'),
    parameters      jsonb not null default '{}',
    state           text not null default 'wanted' check (state in ('wanted', 'applied', 'leaving')),
    version         text,
    problem         text,
    wanted_by       text not null,
    wanted_at       timestamptz not null default now(),
    applied_at      timestamptz,
    primary key (tenant_id, solution)
);
comment on table core.adoption is
    'Which solutions a town uses. wanted: it is to be set up; applied: version stands there; leaving: it is to be taken away. problem: '
    'why the last try did not succeed.';
select core.guard('core.adoption', town => 'select, insert, update, delete', ingest => 'insert, update, delete');

do $$
begin
    -- which towns use what, everybody may know: the next town can ask them
    execute format('create policy login on core.adoption for select to %I using (true)', core.role_name('api'));
    execute format('grant select (tenant_id, solution, state) on core.adoption to %I', core.role_name('api'));
end $$;

create table core.applied_dashboard (
    tenant_id       integer not null references core.tenant on delete cascade,
    uid             text not null,
    solution        text not null,
    version         text not null,
    base            jsonb not null,
    conflicts       text[] not null default '{}',
    applied_at      timestamptz not null default now(),
    primary key (tenant_id, uid)
);
comment on table core.applied_dashboard is
    'Each dashboard as it was rendered when it was applied: what a town changed since then is known by comparing with it.';
select core.guard('core.applied_dashboard', town => 'select', ingest => 'insert, update, delete');

create table core.former_dashboard (
    tenant_id       integer not null references core.tenant on delete cascade,
    uid             text not null,
    replaced_by     text not null,
    version         text not null,
    base            jsonb not null,
    board           jsonb not null,
    primary key (tenant_id, uid)
);
comment on table core.former_dashboard is
    'Each dashboard as it stood in Grafana before the version replaced_by was applied, written down before that began.';
select core.guard('core.former_dashboard', ingest => 'insert, update, delete');

create table core.imported_solution (
    solution        text primary key check (solution ~ '^[a-z][a-z0-9-]{0,31}$'),
    file            text not null,
    signer          text not null,
    key             text not null,
    imported_at     timestamptz not null default now()
);
comment on table core.imported_solution is
    'Solutions of other hubs as their signed files, which are checked again whenever they are used; one takes the place of ours of the '
    'same name. key: fingerprint of who signed it.';
do $$
begin
    execute format('grant select on core.imported_solution to %I', core.role_name('api'));
end $$;
