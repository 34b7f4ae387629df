-- A broker keeps what a session subscribed to until it is told otherwise, also while no ingest process runs.
alter table core.source add column former_topics text[] not null default '{}';
comment on column core.source.former_topics is 'Topic filters that the source had and has no more; ingest ends them at its broker.';
