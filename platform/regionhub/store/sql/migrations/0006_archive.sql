-- What was kept is worked on again: dead letters that get their due, uplinks that a corrected codec
-- reads once more, the former values beside the new ones, and how long each town keeps what.

-- Profile versions ----------------------------------------------------------------------------

create table core.profile_version (
    profile_id      text not null,
    version         text not null,
    profile         text not null,
    codec           text not null,
    known_since     timestamptz not null default now(),
    primary key (profile_id, version)
);
comment on table core.profile_version is
    'Both files of every profile version that could decode here: the version in an uplink is a hash, and '
    'years later somebody asks what stood behind it. Never removed.';

-- Replays -------------------------------------------------------------------------------------

create table core.replay (
    replay_id       integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    kind            text not null check (kind in ('uplinks', 'dead_letters')),
    requested_by    text not null check (requested_by <> '' and length(requested_by) <= 200),
    requested_at    timestamptz not null default now(),
    why             text not null check (why <> '' and length(why) <= 500),
    -- what is taken; null does not choose
    dev_eui         text check (dev_eui ~ '^[0-9a-f]{16}$'),
    profile_id      text,
    from_time       timestamptz,
    to_time         timestamptz,
    source_id       integer references core.source,
    letter_reason   text,
    -- how far it is
    state           text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'stopped')),
    started_at      timestamptz,
    updated_at      timestamptz not null default now(),
    finished_at     timestamptz,
    last_time       timestamptz,
    last_id         bigint,
    messages        bigint not null default 0,
    handled         bigint not null default 0,
    -- what became of dead letters
    stored          bigint not null default 0,
    duplicate       bigint not null default 0,
    ignored         bigint not null default 0,
    -- what became of uplinks
    changed         bigint not null default 0,
    unchanged       bigint not null default 0,
    readings_changed bigint not null default 0,
    readings_added  bigint not null default 0,
    readings_missing bigint not null default 0,
    -- of both
    failed          bigint not null default 0,
    problem         text
);
comment on table core.replay is
    'Stored messages worked on again, one row for each run of a town: who, when, why, which, and what became of '
    'them. handled = stored + duplicate + ignored + failed, or changed + unchanged + failed.';
comment on column core.replay.failed is 'Still a dead letter, or an uplink that could not be decoded and stayed as it was.';
comment on column core.replay.problem is 'The first failure of the run in one sentence.';
comment on column core.replay.last_id is 'The last message that is done: a run that was interrupted goes on behind it.';
create index on core.replay (tenant_id, replay_id desc);
create index on core.replay (state) where state in ('waiting', 'running');

create table core.reading_version (
    datastream_id   integer not null,
    tenant_id       integer not null,
    time            timestamptz not null,
    replay_id       integer not null references core.replay,
    value           double precision,
    quality         smallint not null,
    tests           smallint not null,
    profile_id      text not null,
    profile_version text,
    replaced_at     timestamptz not null default now(),
    primary key (datastream_id, time, replay_id)
);
comment on table core.reading_version is
    'What a reading was before a replay changed it. Kept as long as the reading.';

-- Dead letters get a state --------------------------------------------------------------------

alter table core.dead_letter
    add column resolved_at timestamptz,
    add column resolved_by text,
    add column outcome text check (outcome in ('stored', 'duplicate', 'ignored')),
    add column attempted_at timestamptz,
    add column replay_id integer references core.replay,
    add check ((resolved_at is null) = (outcome is null) and (resolved_at is null) = (resolved_by is null));
comment on column core.dead_letter.outcome is
    'What became of the message when it was processed again; further copies of it count as duplicates.';
comment on column core.dead_letter.attempted_at is 'When it was last tried again.';
-- A message that comes anew after it was resolved is another one: it waits in a row of its own.
alter table core.dead_letter drop constraint dead_letter_source_id_digest_key;
create unique index dead_letter_waiting on core.dead_letter (source_id, digest) where resolved_at is null;
create index on core.dead_letter (source_id, digest) where resolved_at is not null;
create index on core.dead_letter (tenant_id, resolved_at desc) where resolved_at is not null;

-- Retention by town ---------------------------------------------------------------------------

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

-- Borders, as in 0004_roles -------------------------------------------------------------------

do $$
declare
    t text;
    ingest name := core.role_name('ingest');
    town name := core.role_name('town');
    seen constant text := 'tenant_id in (select r.tenant_id from core.role_tenant r where r.role_name = current_user)';
    own constant text := 'tenant_id in (select r.tenant_id from core.role_tenant r where r.role_name = current_user and r.may_write)';
begin
    foreach t in array array['replay', 'reading_version', 'tenant_retention', 'removal'] loop
        execute format('alter table core.%I enable row level security', t);
        execute format('create policy seen on core.%I for select using (%s)', t, seen);
        execute format('create policy ingest on core.%I to %I using (true) with check (true)', t, ingest);
    end loop;
    -- a town asks for its own dead letters; uplinks are decoded again by whoever runs the hub
    execute format('create policy request on core.replay for insert with check (%s and kind = ''dead_letters'')', own);

    execute format('grant select on core.profile_version, core.replay, core.reading_version, core.dead_letter to %I', ingest);
    execute format('grant insert on core.profile_version, core.reading_version to %I', ingest);
    execute format('grant insert, update on core.replay to %I', ingest);
    execute format('grant select (replay_id) on core.replay to %I', town);
    execute format('grant insert (tenant_id, kind, requested_by, why, dev_eui, source_id, letter_reason) on core.replay to %I', town);
end $$;
