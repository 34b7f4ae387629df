-- How ingest and the other processes are doing. A source may have several sessions at its broker: each has
-- a row of its own, api.source puts them together.

-- until now a problem was a sentence; ingest writes its code within a second of its start
update core.source_state set problem = null;

alter table core.source_state
    add column session              smallint not null default 0,
    add column problem_detail       text,
    add column messages_last_minute integer not null default 0,
    add column lag_seconds          real not null default 0,
    add column clock_ahead_seconds  real,
    drop constraint source_state_pkey,
    add primary key (source_id, session);
comment on column core.source_state.problem is 'A code; the sentence for it stands in regionhub/problems.py.';
comment on column core.source_state.lag_seconds is
    'How long the oldest message that was received and is not acknowledged yet has been waiting.';
comment on column core.source_state.clock_ahead_seconds is
    'By how much the clock of the machine of ingest was ahead of the database''s.';

create table core.heartbeat (
    process             text primary key,
    clock_ahead_seconds real not null,
    updated_at          timestamptz not null
);
comment on table core.heartbeat is 'Processes that have nothing else to show that they live, such as work.';
