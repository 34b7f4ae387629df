-- Schema core holds tables; nobody but the ingest and api roles and the owner reads it directly.
-- Schema auth holds accounts. Schema api (made anew at every upgrade) holds the views everybody reads.

create schema if not exists core;
create schema auth;

create table core.deployment (
    only_row        boolean primary key default true check (only_row),
    role_prefix     text not null check (role_prefix ~ '^[a-z][a-z0-9_]{0,19}$'),
    engine          text not null check (engine in ('timescaledb', 'postgresql')),
    renewed         text,
    notice_channel  text not null default 'readings_' || replace(gen_random_uuid()::text, '-', ''),
    created_at      timestamptz not null default now()
);
comment on table core.deployment is 'One row: what this database calls its roles and which engine it was made for.';
comment on column core.deployment.notice_channel is
    'Where new readings are told (NOTIFY). A secret: whoever can log in could listen on a channel whose name is known, and sees ids of all towns.';
comment on column core.deployment.renewed is
    'Hash of what every upgrade writes anew: views, vocabulary and levels. A program with others refuses to work.';
