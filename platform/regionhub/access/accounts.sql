-- name: create_account
insert into auth.account (tenant_id, login, display_name, password_hash, role)
values (%(tenant_id)s, lower(%(login)s), %(display_name)s, %(password_hash)s, %(role)s)
returning account_id

-- name: account_by_login
select account_id, password_hash, active from auth.account where login = lower(%(login)s)

-- name: replace_password_hash
update auth.account set password_hash = %(password_hash)s where account_id = %(account_id)s

-- name: create_session
-- What is over is not kept.
with over as (delete from auth.session where account_id = %(account_id)s and expires_at <= now())
insert into auth.session (token_hash, account_id, expires_at)
values (%(token_hash)s, %(account_id)s, now() + %(lifetime)s)

-- name: session_principal
-- Who a session belongs to, if it and the account are still valid.
select a.account_id, null::integer as api_key_id, a.login, a.display_name, a.role, a.operator, t.tenant_id, t.slug as tenant_slug,
       t.name as tenant_name, t.kind as tenant_kind, s.expires_at,
       core.role_name(case t.kind when 'region' then 't_region' else 't_' || replace(t.slug, '-', '_') end) as database_role
from auth.session s
join auth.account a using (account_id)
join core.tenant t using (tenant_id)
where s.token_hash = %(token_hash)s and s.expires_at > now() and a.active

-- name: end_session
delete from auth.session where token_hash = %(token_hash)s

-- name: key_principal
-- Whom a key belongs to, if it is still valid. A key never administers.
select null::integer as account_id, k.api_key_id, null::text as login, k.name as display_name,
       case when 'write' = any (k.scopes) then 'editor' else 'viewer' end as role, false as operator,
       t.tenant_id, t.slug as tenant_slug, t.name as tenant_name, t.kind as tenant_kind, k.expires_at,
       core.role_name(case t.kind when 'region' then 't_region' else 't_' || replace(t.slug, '-', '_') end) as database_role
from auth.api_key k
join core.tenant t using (tenant_id)
where k.secret_hash = %(secret_hash)s and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())

-- name: create_api_key
insert into auth.api_key (tenant_id, name, secret_hash, scopes, expires_at)
values (%(tenant_id)s, %(name)s, %(secret_hash)s, %(scopes)s, %(expires_at)s)
returning api_key_id, name, scopes, created_at, expires_at, revoked_at

-- name: api_keys
select api_key_id, name, scopes, created_at, expires_at, revoked_at
from auth.api_key where tenant_id = %(tenant_id)s order by api_key_id

-- name: revoke_api_key
update auth.api_key set revoked_at = coalesce(revoked_at, now())
where api_key_id = %(api_key_id)s and tenant_id = %(tenant_id)s
returning api_key_id
