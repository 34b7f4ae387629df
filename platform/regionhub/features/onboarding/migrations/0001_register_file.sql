-- The tree register that somebody looks at before it is taken over.

create table core.register_file (
    tenant_id       integer primary key references core.tenant on delete cascade,
    name            text not null,
    content         bytea not null check (length(content) <= 16000000),
    digest          text not null,
    uploaded_by     text not null,
    uploaded_at     timestamptz not null default now()
);
comment on table core.register_file is
    'One tree register of each town, from the moment it was looked at until it is taken over or a day has passed.';

select core.guard('core.register_file', town => 'select, insert, update, delete');
