-- People, their sessions, and keys of programs.

create table auth.account (
    account_id      integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    login           text not null unique check (login = lower(login) and login <> ''),
    display_name    text not null,
    password_hash   text,
    role            text not null check (role in ('viewer', 'editor', 'admin')),
    operator        boolean not null default false,
    active          boolean not null default true,
    created_at      timestamptz not null default now(),
    link_hash       bytea unique,
    link_until      timestamptz,
    check ((link_hash is null) = (link_until is null))
);
comment on column auth.account.password_hash is 'Null until its first password was set by a one-time link.';
comment on column auth.account.operator is 'Sets up new towns in the portal, whatever town the person is of. Only the owner says so.';
comment on column auth.account.link_hash is 'Of the one-time link that sets a password until link_until; there is at most one.';

-- Who administers the town of an operator could else take their place.
create function auth.refuse_link() returns trigger language plpgsql as $$
begin
    if current_user = core.role_name('api') then
        raise insufficient_privilege using message = 'only the owner makes a link for who operates the hub';
    end if;
    return new;
end $$;
create trigger operators_link before update of link_hash on auth.account
    for each row when (old.operator and new.link_hash is not null) execute function auth.refuse_link();

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

do $$
declare api name := core.role_name('api');
begin
    execute format('grant usage on schema auth to %I', api);
    execute format('grant select, insert, update, delete on auth.session to %I', api);
    execute format('grant select on auth.account, auth.api_key to %I', api);
    execute format('grant insert (tenant_id, login, display_name, password_hash, role) on auth.account to %I', api);
    execute format('grant update (role, active, password_hash, link_hash, link_until) on auth.account to %I', api);
    execute format('grant insert, update (revoked_at) on auth.api_key to %I', api);
end $$;
