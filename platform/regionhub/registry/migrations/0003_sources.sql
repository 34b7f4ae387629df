-- The network servers that towns are connected to, and what is fetched from elsewhere.

create table core.source (
    source_id       integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    name            text not null check (name <> ''),
    kind            text not null default 'lns' check (kind in ('lns', 'reference')),
    format          text not null,
    broker_url      text not null,
    topics          text[] not null check (cardinality(topics) > 0),
    protocol        text not null default '5' check (protocol in ('3.1.1', '5')),
    username        text,
    password        text,
    ca              text,
    certificate     text,
    private_key     text,
    broker_user     text unique,
    broker_password_hash text,
    enabled         boolean not null default true,
    mapping         jsonb check (jsonb_typeof(mapping) = 'object'),
    sessions        smallint not null default 1 check (sessions between 1 and 64),
    former_topics   text[] not null default '{}',
    created_at      timestamptz not null default now(),
    unique (tenant_id, name),
    unique (source_id, tenant_id),
    check ((broker_user is null) = (broker_password_hash is null)),
    check (broker_url ~ case kind when 'lns' then '^(mqtts?://[^/@]+|wss?://[^/@]+(/[^@?#]*)?)$' else '^https?://[^/@?#]+(/[^@?#]*)?$' end),
    constraint shared_subscriptions_need_mqtt_5 check (sessions = 1 or protocol = '5')
);
comment on column core.source.kind is 'lns: a network server whose messages come through a broker; reference: an address from which files are fetched.';
comment on column core.source.broker_url is 'mqtt://host:port, mqtts://host:port or wss://host:port/path, never with a user or password in it; of a reference http(s)://.';
comment on column core.source.password is 'Sealed with the operator''s key file, as private_key is (regionhub/sealing.py): no dump tells it.';
comment on column core.source.ca is 'Certificates (PEM) that the broker''s is signed with, if they are not those of everybody.';
comment on column core.source.certificate is 'Ours (PEM), where the broker wants one.';
comment on column core.source.broker_user is 'User at the hub''s own broker, and what its topics begin with; null if the town has a broker.';
comment on column core.source.broker_password_hash is 'As the password file of Mosquitto wants it.';
comment on column core.source.mapping is
    'Entries of a message mapping (docs/lns-formats.md): all of them for the format generic, else what differs from the shipped one.';
comment on column core.source.sessions is
    'Sessions at the broker that share the messages; each is held by one ingest process at a time.';
comment on column core.source.former_topics is 'Topic filters that the source had and has no more; ingest ends them at its broker.';

create table core.source_state (
    source_id       integer not null references core.source on delete cascade,
    session         smallint not null default 0,
    tenant_id       integer not null references core.tenant,
    connected_since timestamptz,
    last_message_at timestamptz,
    problem         text,
    problem_detail  text,
    messages_last_minute integer not null default 0,
    lag_seconds     real not null default 0,
    clock_ahead_seconds  real,
    updated_at      timestamptz not null default now(),
    primary key (source_id, session)
);
comment on table core.source_state is
    'How a source is doing, a row for each of its sessions at the broker; api.source puts them together.';
comment on column core.source_state.problem is 'A code; the sentence for it stands in regionhub/problems.py.';
comment on column core.source_state.lag_seconds is
    'How long the oldest message that was received and is not acknowledged yet has been waiting.';
comment on column core.source_state.clock_ahead_seconds is
    'By how much the clock of the machine of ingest was ahead of the database''s.';

-- Counts the changes that ingest has to look at again. A row and not a sequence: a sequence moves before
-- the change is committed, and who looks in between would remember the new number with the old devices.
-- One row for each town, so that towns never wait for each other; 0 is what belongs to the hub.
create table core.registry_version (
    tenant_id       integer primary key,
    version         bigint not null
);

create function core.bump_registry_version() returns trigger language plpgsql security definer
set search_path = pg_catalog as $$
begin
    insert into core.registry_version as v (tenant_id, version)
    select distinct coalesce(tenant_id, 0), 1 from changed order by 1
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

select core.guard('core.source');
select core.guard('core.source_state', ingest => 'insert, update, delete');

do $$
begin
    -- for /metrics; of a source only its name
    execute format('create policy metrics on core.source for select to %I using (true)', core.role_name('api'));
    execute format('grant select (source_id, tenant_id, name) on core.source to %I', core.role_name('api'));
    -- makes network servers that push to the hub's own broker; reads no password
    execute format('create policy operator on core.source to %I using (true) with check (true)', core.role_name('operator'));
    execute format('grant select (source_id, tenant_id, name, topics, broker_user), insert, update (topics, broker_user, broker_password_hash) '
                   'on core.source to %I', core.role_name('operator'));
end $$;
