-- What was kept is worked on again: dead letters that get their due, uplinks that a corrected codec
-- reads once more, and the former values beside the new ones.

create table core.profile_version (
    profile_id      text not null,
    version         text not null,
    profile         text not null,
    codec           text not null,
    known_since     timestamptz not null default now(),
    tenant_id       integer references core.tenant,
    saved_by        text check (saved_by <> ''),
    primary key (profile_id, version)
);
comment on table core.profile_version is
    'Both files of every profile version that could decode here: the version in an uplink is a hash, and '
    'years later somebody asks what stood behind it. Never removed.';
comment on column core.profile_version.tenant_id is 'The town whose own profile it is; null: of the hub, or shipped.';

create table core.profile (
    profile_id      text primary key check (profile_id ~ '^[a-z0-9-]{1,80}/[a-z0-9-]{1,80}$'),
    tenant_id       integer references core.tenant,
    version         text not null,
    saved_at        timestamptz not null default now(),
    saved_by        text not null check (saved_by <> ''),
    foreign key (profile_id, version) references core.profile_version
);
comment on table core.profile is
    'Profiles that were imported, mapped or written here, each with the version that decodes now. What is shipped stands in files.';
comment on column core.profile.tenant_id is
    'The town whose devices it is for; null: for all. The id of a town''s own begins with the town.';

-- A town's own profiles are called after it, and no others are: an id says whose a profile is.
create function core.check_profile_owner() returns trigger language plpgsql security definer
set search_path = pg_catalog as $$
begin
    if new.tenant_id is distinct from (select tenant_id from core.tenant where slug = split_part(new.profile_id, '/', 1)) then
        raise check_violation using message = 'the id of a profile begins with its town, and only then';
    end if;
    return new;
end $$;

create trigger profile_owner before insert or update on core.profile
    for each row execute function core.check_profile_owner();
create trigger profile_version_owner before insert or update on core.profile_version
    for each row when (new.tenant_id is not null) execute function core.check_profile_owner();
create trigger profile_inserted after insert on core.profile referencing new table as changed
    for each statement execute function core.bump_registry_version();
create trigger profile_updated after update on core.profile referencing new table as changed
    for each statement execute function core.bump_registry_version();
create trigger profile_deleted after delete on core.profile referencing old table as changed
    for each statement execute function core.bump_registry_version();

create table core.replay (
    replay_id       integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    kind            text not null check (kind in ('uplinks', 'dead_letters', 'corrections')),
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
    replay_id       integer not null,  -- of core.replay; no foreign key, see keep_replays
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

-- A replay that changes a million frames writes seven million versions, and to look up their replay for each of them
-- was a sixth of its time. Only ingest writes versions, in the transaction that advances their replay. So that they keep it:
create function core.keep_replays() returns trigger language plpgsql as $$
begin
    raise exception 'replays are never removed: they say who changed readings, when and why';
end $$;
create trigger keep_replays before delete or truncate on core.replay
    for each statement execute function core.keep_replays();

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
    f_cnt           bigint,
    dev_addr        text,
    frame_time      timestamptz,
    recovered       boolean not null default false,
    first_received_at timestamptz not null,
    last_received_at  timestamptz not null,
    arrival_known   boolean not null default true,
    copies          integer not null default 1,
    attempted_at    timestamptz,
    resolved_at     timestamptz,
    resolved_by     text,
    outcome         text check (outcome in ('stored', 'duplicate', 'ignored')),
    replay_id       integer references core.replay,
    check ((resolved_at is null) = (outcome is null) and (resolved_at is null) = (resolved_by is null))
);
comment on column core.dead_letter.body is 'The message as it came, at most its first 256 KiB; body_bytes is its true length.';
comment on column core.dead_letter.frame_time is
    'Time of the radio frame, where the message could be read as one; null for everything else.';
comment on column core.dead_letter.arrival_known is
    'False: the message was imported and nobody recorded when it arrived; first_received_at is when it was imported.';
comment on column core.dead_letter.attempted_at is 'When it was last tried again.';
comment on column core.dead_letter.outcome is
    'What became of the message when it was processed again; further copies of it count as duplicates.';
-- A message that comes anew after it was resolved is another one: it waits in a row of its own.
create unique index dead_letter_waiting on core.dead_letter (source_id, digest) where resolved_at is null;
create index on core.dead_letter (source_id, digest) where resolved_at is not null;
create index on core.dead_letter (tenant_id, dead_letter_id desc);
create index on core.dead_letter (tenant_id, resolved_at desc) where resolved_at is not null;
create index on core.dead_letter (dev_eui, frame_time) where frame_time is not null;

create table core.ingest_fate (
    source_id       integer not null references core.source on delete cascade,
    tenant_id       integer not null,
    hour            timestamptz not null,
    fate            text not null check (fate in ('stored', 'duplicate', 'dead_letter', 'ignored')),
    reason          text not null default '',
    messages        bigint not null,
    primary key (source_id, hour, fate, reason)
);

create table core.letter_count (
    source_id       integer primary key references core.source on delete cascade,
    tenant_id       integer not null,
    day             date not null,
    letters         bigint not null,
    bytes           bigint not null
);
comment on table core.letter_count is
    'Messages of a source that became dead letters on its latest day (UTC), and their length: who has sent too many is only counted.';

select core.guard('core.replay', ingest => 'insert, update');
select core.guard('core.reading_version', ingest => 'insert');
select core.guard('core.dead_letter', ingest => 'insert, update');
select core.guard('core.ingest_fate', ingest => 'insert, update');
select core.guard('core.letter_count', ingest => 'insert, update');
select core.guard('core.profile_version', town => 'select, insert', ingest => 'insert');
select core.guard('core.profile', town => 'select, insert, update, delete');

do $$
declare
    ingest name := core.role_name('ingest');
    api name := core.role_name('api');
    town name := core.role_name('town');
begin
    -- a town asks for its own dead letters, and for what one device sent, after a calibration; else uplinks are decoded again
    -- by whoever runs the hub
    create policy request on core.replay for insert
        with check (:own(tenant_id) and (kind = 'dead_letters' or kind = 'uplinks' and dev_eui is not null and from_time is not null));
    execute format('grant select (replay_id) on core.replay to %I', town);
    execute format('grant insert (tenant_id, kind, requested_by, why, dev_eui, from_time, source_id, letter_reason) on core.replay to %I', town);
    -- for /metrics
    execute format('create policy metrics on core.ingest_fate for select to %I using (true)', api);
    execute format('grant select on core.ingest_fate to %I', api);
end $$;
