create table core.failing_job (
    job      text primary key,
    problem  text not null,
    failures integer not null default 1,
    since    timestamptz not null default now()
);
comment on table core.failing_job is 'Periodic work that failed when it was tried last; what succeeds is not here.';
