-- The APIs of network servers, at which devices are registered as well, and what became of it.

create table core.source_api (
    source_id       integer primary key,
    tenant_id       integer not null,
    address         text not null check (address ~ '^https?://[^/@?#[:space:]]+$'),
    token           text not null,
    application_id  text not null check (application_id <> ''),
    device_profile_id text,
    ca              text,
    enabled         boolean not null default true,
    foreign key (source_id, tenant_id) references core.source (source_id, tenant_id) on delete cascade
);
comment on table core.source_api is 'Where devices of a source are registered, as regionhub source registration sets it.';
comment on column core.source_api.token is 'API key, sealed with the operator''s key file (regionhub/sealing.py): no dump tells it.';
comment on column core.source_api.application_id is 'As the network server calls it, into which devices go.';
comment on column core.source_api.device_profile_id is 'Of ChirpStack; The Things Stack has none.';
comment on column core.source_api.ca is 'Certificates (PEM) of who signed the server''s; null: those of everybody.';

create table core.device_registration (
    device_id       integer primary key references core.device on delete cascade,
    tenant_id       integer not null references core.tenant,
    source_id       integer not null,
    problem         text,
    detail          text not null default '',
    tried_at        timestamptz not null default now(),
    tried_by        text not null,
    foreign key (source_id, tenant_id) references core.source (source_id, tenant_id) on delete cascade
);
comment on table core.device_registration is
    'Whether a device was registered at its network server, as of the last try. Its keys are kept nowhere.';
comment on column core.device_registration.problem is
    'A code of features/onboarding/servers/answers.py, which has the sentence for it; null: it is registered there.';
comment on column core.device_registration.detail is 'What the server said.';

select core.guard('core.source_api', town => 'select');
select core.guard('core.device_registration', town => 'select, insert, update');
