-- The tables of regionhub. Words as in docs/data-model.md.
-- Schema core holds tables; nobody but the ingest and api roles and the owner reads it directly.
-- Schema auth holds accounts. Schema api (re-created at every upgrade) holds the views everybody reads.

create schema if not exists core;
create schema auth;

create table core.deployment (
    only_row        boolean primary key default true check (only_row),
    role_prefix     text not null check (role_prefix ~ '^[a-z][a-z0-9_]{0,19}$'),
    engine          text not null check (engine in ('timescaledb', 'postgresql')),
    created_at      timestamptz not null default now()
);
comment on table core.deployment is 'One row: what this database calls its roles and which engine it was made for.';

-- Tenants -------------------------------------------------------------------------------------

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

create table core.role_tenant (
    role_name       name not null,
    tenant_id       integer not null references core.tenant on delete cascade,
    may_write       boolean not null default false,
    primary key (role_name, tenant_id)
);
comment on table core.role_tenant is
    'Which tenants a database role sees, and which of them it may change. Every view and policy compares '
    'with current_user, never with a session setting, because a Grafana viewer can change settings.';

-- Sites and devices ---------------------------------------------------------------------------

create table core.soil_texture (
    soil_texture    text primary key,
    name_de         text not null,
    field_capacity_pct double precision not null,
    wilting_point_pct  double precision not null,
    check (field_capacity_pct > wilting_point_pct)
);
comment on table core.soil_texture is
    'Water content (vol-%) at pF 1.8 and pF 4.2 of the German texture classes (KA5), '
    'Mualem-van Genuchten parameters of Wessolek, Kaupenjohann and Renger 2009, table 10.';

create table core.site (
    site_id         integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    name            text not null check (name <> '' and length(name) <= 120),
    kind            text not null check (kind in ('tree', 'bed', 'gauge', 'forest', 'road')),
    latitude        double precision check (latitude between -90 and 90),
    longitude       double precision check (longitude between -180 and 180),
    soil_texture    text references core.soil_texture,
    planted_year    integer check (planted_year between 1000 and 2200),
    water_body      text,
    gauge_zero_m    double precision,
    stage_1_cm      double precision,
    stage_2_cm      double precision,
    stage_3_cm      double precision,
    note            text,
    created_at      timestamptz not null default now(),
    unique (tenant_id, name),
    check ((latitude is null) = (longitude is null)),
    -- with a gap between them neither the order nor "below stage 1" would mean anything
    check (stage_2_cm is null or stage_1_cm is not null and stage_2_cm >= stage_1_cm),
    check (stage_3_cm is null or stage_2_cm is not null and stage_3_cm >= stage_2_cm)
);
comment on column core.site.gauge_zero_m is 'Gauge zero (Pegelnullpunkt) in m above NHN (DHHN2016).';
comment on column core.site.stage_1_cm is 'Level above gauge zero at which stage 1 is reached, cm.';

create table core.device (
    device_id       integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    dev_eui         text not null unique check (dev_eui ~ '^[0-9a-f]{16}$'),
    name            text not null check (name <> '' and length(name) <= 120),
    profile_id      text not null,
    parameters      jsonb not null default '{}' check (jsonb_typeof(parameters) = 'object'),
    interval_seconds integer not null check (interval_seconds between 10 and 604800),
    active          boolean not null default true,
    created_at      timestamptz not null default now(),
    unique (device_id, tenant_id)
);

create table core.installation (
    installation_id integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    device_id       integer not null,
    site_id         integer not null references core.site,
    from_time       timestamptz not null default now(),
    to_time         timestamptz,
    mounting_height_cm double precision,
    depth_cm        double precision check (depth_cm >= 0),
    foreign key (device_id, tenant_id) references core.device (device_id, tenant_id),
    check (to_time > from_time),
    -- one place at a time; an int4range, because plain PostgreSQL has no GiST for integers
    exclude using gist (int4range(device_id, device_id, '[]') with &&,
                        tstzrange(from_time, to_time) with &&)
);
create index on core.installation (site_id);
comment on column core.installation.mounting_height_cm is
    'Height of the sensor above gauge zero in cm: the face of a distance sensor, the membrane of a pressure probe.';

create table core.quantity (
    quantity        text primary key,
    name_de         text not null,
    name_en         text not null,
    unit            text not null,
    ucum            text not null,
    symbol          text not null,
    theme           text not null,
    decimals        smallint not null
);
comment on table core.quantity is 'Written by every upgrade from the vocabulary file, for views and dashboards.';

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

-- Sources and what ingest keeps ---------------------------------------------------------------

create table core.source (
    source_id       integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    name            text not null check (name <> ''),
    format          text not null,
    broker_url      text not null check (broker_url ~ '^mqtts?://[^/@]+$'),
    topics          text[] not null check (cardinality(topics) > 0),
    protocol        text not null default '5' check (protocol in ('3.1.1', '5')),
    username        text,
    password        text,
    enabled         boolean not null default true,
    created_at      timestamptz not null default now(),
    unique (tenant_id, name)
);
comment on column core.source.broker_url is 'mqtt://host:port or mqtts://host:port, never with a user or password in it.';

create table core.source_state (
    source_id       integer primary key references core.source on delete cascade,
    tenant_id       integer not null references core.tenant,
    connected_since timestamptz,
    last_message_at timestamptz,
    problem         text,
    updated_at      timestamptz not null default now()
);

-- Counts the changes that ingest has to look at again. A row and not a sequence: a sequence moves before
-- the change is committed, and who looks in between would remember the new number with the old devices.
-- One row for each town, so that towns never wait for each other.
create table core.registry_version (
    tenant_id       integer primary key,
    version         bigint not null
);

create function core.bump_registry_version() returns trigger language plpgsql security definer
set search_path = pg_catalog as $$
begin
    insert into core.registry_version as v (tenant_id, version)
    select distinct tenant_id, 1 from changed order by tenant_id
    on conflict (tenant_id) do update set version = v.version + 1;
    return null;
end $$;

create trigger device_inserted after insert on core.device referencing new table as changed
    for each statement execute function core.bump_registry_version();
create trigger device_updated after update on core.device referencing new table as changed
    for each statement execute function core.bump_registry_version();
create trigger device_deleted after delete on core.device referencing old table as changed
    for each statement execute function core.bump_registry_version();
create trigger source_inserted after insert on core.source referencing new table as changed
    for each statement execute function core.bump_registry_version();
create trigger source_updated after update on core.source referencing new table as changed
    for each statement execute function core.bump_registry_version();
create trigger source_deleted after delete on core.source referencing old table as changed
    for each statement execute function core.bump_registry_version();

create sequence core.uplink_id;

create table core.uplink (
    uplink_id       bigint not null,
    tenant_id       integer not null,
    source_id       integer not null,
    device_id       integer not null,
    time            timestamptz not null,
    time_source     text not null,
    received_at     timestamptz not null,
    event_id        text,
    dev_addr        text,
    f_cnt           bigint,
    f_port          smallint,
    payload         bytea not null,
    content_key     bigint not null,
    confirmed       boolean,
    sf              smallint,
    bw_hz           integer,
    frequency_hz    bigint,
    dr              smallint,
    gateways        smallint not null,
    rssi            real,
    snr             real,
    receptions      jsonb not null,
    profile_id      text not null,
    profile_version text
);
comment on column core.uplink.content_key is
    'Hash of f_cnt, f_port and payload: the same radio frame in another message has the same key.';

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
comment on column core.reading.tests is 'Bit mask of the tests that gave the flag: 1 device, 2 range, 4 rate, 8 flat line.';

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

create table core.device_state (
    device_id       integer primary key references core.device on delete cascade,
    tenant_id       integer not null,
    last_seen_at    timestamptz,
    last_uplink_time timestamptz,
    f_cnt           bigint,
    f_port          smallint,
    dev_addr        text,
    sf              smallint,
    gateways        smallint,
    rssi            real,
    snr             real,
    joined_at       timestamptz,
    battery_level   double precision,
    external_power  boolean,
    margin_db       smallint,
    status_at       timestamptz,
    reported_latitude  double precision,
    reported_longitude double precision
) with (fillfactor = 50);

create table core.device_event (
    device_id       integer not null references core.device on delete cascade,
    tenant_id       integer not null,
    kind            text not null check (kind in ('join', 'status', 'location')),
    time            timestamptz not null,
    event_id        text,
    detail          jsonb not null,
    received_at     timestamptz not null default now(),
    primary key (device_id, kind, time)
);
-- one radio frame can cause several events, so the kind belongs to the id
create unique index on core.device_event (device_id, kind, event_id) where event_id is not null;

create table core.dead_letter (
    dead_letter_id  bigint generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    source_id       integer not null references core.source,
    topic           text not null,
    body            bytea not null,
    body_bytes      integer not null,
    digest          bytea not null,
    reason          text not null,
    detail          text not null,
    dev_eui         text,
    first_received_at timestamptz not null,
    last_received_at  timestamptz not null,
    copies          integer not null default 1,
    unique (source_id, digest)
);
comment on column core.dead_letter.body is 'The message as it came, at most its first 64 KiB; body_bytes is its true length.';
create index on core.dead_letter (tenant_id, dead_letter_id desc);

create table core.ingest_fate (
    source_id       integer not null references core.source on delete cascade,
    tenant_id       integer not null,
    hour            timestamptz not null,
    fate            text not null check (fate in ('stored', 'duplicate', 'dead_letter', 'ignored')),
    reason          text not null default '',
    messages        bigint not null,
    primary key (source_id, hour, fate, reason)
);

-- Decisions: thresholds live here and nowhere else --------------------------------------------

create table core.irrigation_level (
    irrigation_level text primary key,
    need            smallint not null unique,
    label_de        text not null,
    label_en        text not null,
    colour          text not null
);
comment on table core.irrigation_level is 'Levels in order of need; 0 is the most urgent, no data stands last.';
insert into core.irrigation_level values
    ('now',     0, 'jetzt gießen', 'water now',      '#B3261E'),
    ('soon',    1, 'bald gießen',  'water soon',     '#B26A00'),
    ('good',    2, 'gut',          'good',           '#2E7D32'),
    ('wet',     3, 'nass',         'wet',            '#1565C0'),
    ('no_data', 4, 'keine Daten',  'no data',        '#6B7280');

create table core.irrigation_threshold (
    only_row        boolean primary key default true check (only_row),
    wet_nfk_pct     double precision not null,
    soon_nfk_pct    double precision not null,
    now_nfk_pct     double precision not null,
    wet_kpa         double precision not null,
    soon_kpa        double precision not null,
    now_kpa         double precision not null,
    frost_degc      double precision not null,
    stale_after     interval not null,
    check (wet_nfk_pct > soon_nfk_pct and soon_nfk_pct > now_nfk_pct),
    check (wet_kpa < soon_kpa and soon_kpa < now_kpa)
);
comment on table core.irrigation_threshold is
    'Tension: good up to 33 kPa, watering due above 81 kPa (QTrees/Baumblick Berlin), wet below field capacity '
    '(pF 1.8 = 6.2 kPa). Plant-available water: wet from 100 %, good from 50 %, now below 30 % (agronomic rule). '
    'A site without a value for twice the send interval, at least stale_after, has no data.';
insert into core.irrigation_threshold values (true, 100, 50, 30, 6.2, 33, 81, 1, interval '6 hours');

create table core.gauge_threshold (
    only_row        boolean primary key default true check (only_row),
    trend_window    interval not null,
    stale_after     interval not null
);
insert into core.gauge_threshold values (true, interval '1 hour', interval '45 minutes');

-- Sharing -------------------------------------------------------------------------------------

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

-- Retention -----------------------------------------------------------------------------------

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

-- Long work -----------------------------------------------------------------------------------

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

-- Accounts ------------------------------------------------------------------------------------

create table auth.account (
    account_id      integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    login           text not null unique check (login = lower(login) and login <> ''),
    display_name    text not null,
    password_hash   text not null,
    role            text not null check (role in ('viewer', 'editor', 'admin')),
    active          boolean not null default true,
    created_at      timestamptz not null default now()
);

create table auth.session (
    token_hash      bytea primary key,
    account_id      integer not null references auth.account on delete cascade,
    created_at      timestamptz not null default now(),
    expires_at      timestamptz not null
);
create index on auth.session (account_id);

create table auth.api_key (
    api_key_id      integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    name            text not null check (name <> ''),
    secret_hash     bytea not null unique,
    scopes          text[] not null check (scopes <@ array['read', 'write'] and cardinality(scopes) > 0),
    created_at      timestamptz not null default now(),
    expires_at      timestamptz,
    revoked_at      timestamptz
);
