-- What was measured. How readings are cut into chunks and rolled up: 0002_rollups.

create table core.quantity (
    quantity        text primary key,
    name_de         text not null,
    name_en         text not null,
    unit            text not null,
    ucum            text not null,
    symbol          text not null,
    theme           text not null,
    decimals        smallint not null,
    measures_level  boolean not null default false
);
comment on table core.quantity is 'Written by every upgrade from the vocabulary file, for views and dashboards.';
comment on column core.quantity.measures_level is 'A gauge computes its water level from it.';

create table core.datastream (
    datastream_id   integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    device_id       integer not null,
    quantity        text not null references core.quantity,
    position        text not null default '',
    created_at      timestamptz not null default now(),
    unique (device_id, quantity, position),
    foreign key (device_id, tenant_id) references core.device (device_id, tenant_id)
);

create table core.reading (
    datastream_id   integer not null,
    tenant_id       integer not null,
    time            timestamptz not null,
    value           double precision,
    quality         smallint not null check (quality in (1, 2, 3, 4, 9)),
    tests           smallint not null default 0,
    uplink_id       bigint,
    primary key (datastream_id, time)
);
comment on column core.reading.quality is 'QARTOD: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing.';
comment on column core.reading.tests is 'Bit mask of the tests that gave the flag: 1 device, 2 range, 4 rate, 8 flat line; 16: the value is a bound, the true one lies beyond.';

create table core.latest (
    datastream_id   integer primary key references core.datastream on delete cascade,
    tenant_id       integer not null,
    time            timestamptz not null,
    value           double precision,
    quality         smallint not null,
    received_at     timestamptz not null,
    believed_at     timestamptz,
    believed_value  double precision,
    unchanged_since timestamptz,
    unchanged_value double precision
) with (fillfactor = 50);  -- every uplink rewrites its rows: room to do so in place
comment on table core.latest is
    'Newest reading of every datastream, and what the quality tests remember of it: the newest believable reading, '
    'and since when the value has not left unchanged_value.';

create table core.sharing_grant (
    sharing_grant_id integer generated always as identity primary key,
    datastream_id   integer not null references core.datastream on delete cascade,
    tenant_id       integer not null references core.tenant,
    to_tenant_id    integer not null references core.tenant,
    resolution      text not null check (resolution in ('raw', 'hourly', 'daily')),
    purpose         text not null check (purpose <> ''),
    valid_from      timestamptz not null default now(),
    valid_until     timestamptz,
    revoked_at      timestamptz,
    check (tenant_id <> to_tenant_id)
);
create index on core.sharing_grant (to_tenant_id);
comment on table core.sharing_grant is 'tenant_id lets to_tenant_id read one datastream, for a purpose, until it ends or is revoked.';

select core.guard('core.datastream', ingest => 'insert, update');
select core.guard('core.latest', ingest => 'insert, update');
select core.guard('core.sharing_grant');

do $$
begin
    execute format('grant insert, update on core.reading to %I', core.role_name('ingest'));
end $$;
