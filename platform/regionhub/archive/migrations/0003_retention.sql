-- How long rows are kept, what was removed, and long work that is under way.

create table core.retention (
    what            text primary key check (what in ('reading', 'uplink', 'dead_letter', 'ingest_fate', 'device_event')),
    keep            interval check (keep > interval '1 day'),
    check (what <> 'reading' or keep >= interval '500 days')
);
comment on table core.retention is
    'How long rows are kept; null keeps them for good. Readings stay longer than rollups are refreshed, so that a rollup outlives them.';
insert into core.retention values
    ('reading', null), ('uplink', interval '400 days'), ('dead_letter', interval '180 days'),
    ('ingest_fate', interval '400 days'), ('device_event', interval '400 days');

create table core.tenant_retention (
    tenant_id       integer not null references core.tenant on delete cascade,
    what            text not null references core.retention (what),
    keep            interval check (keep > interval '1 day'),
    primary key (tenant_id, what),
    check (what <> 'reading' or keep >= interval '500 days')
);
comment on table core.tenant_retention is 'How long a town keeps rows where it differs from core.retention; null keeps them for good.';

create view core.effective_retention as
select t.tenant_id, r.what, case when o.tenant_id is null then r.keep else o.keep end as keep,
       o.tenant_id is not null as of_tenant
from core.tenant t
cross join core.retention r
left join core.tenant_retention o on o.tenant_id = t.tenant_id and o.what = r.what;

create table core.removal (
    removal_id      bigint generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    what            text not null,
    source_id       integer references core.source,
    reason          text,
    outcome         text,
    removed         bigint not null,
    messages        bigint not null,
    oldest          timestamptz not null,
    newest          timestamptz not null,
    removed_at      timestamptz not null default now()
);
comment on table core.removal is
    'What retention removed. For dead letters by source, reason and outcome (null: never processed); '
    'messages counts their copies, too.';
create index on core.removal (tenant_id, removal_id desc);

create table core.progress (
    task            text primary key,
    label_de        text not null,
    label_en        text not null,
    done            bigint not null default 0,
    total           bigint not null,
    started_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    finished_at     timestamptz
);
comment on table core.progress is 'Work that takes longer than a person waits: the portal shows what is not finished yet.';

create table core.heartbeat (
    process             text primary key,
    clock_ahead_seconds real not null,
    updated_at          timestamptz not null
);
comment on table core.heartbeat is 'Processes that have nothing else to show that they live, such as work.';

select core.guard('core.tenant_retention');
select core.guard('core.removal');
