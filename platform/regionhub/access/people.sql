-- name: people
select account_id, login, display_name, role, operator, active, password_hash is not null as has_password, created_at,
       case when link_until > now() then link_until end as link_until,
       (select count(*) from auth.session s where s.account_id = a.account_id and s.expires_at > now()) as sessions
from auth.account a
where tenant_id = %(tenant_id)s and (%(account_id)s::integer is null or account_id = %(account_id)s)
  and (%(login)s::text is null or login = lower(%(login)s))
order by display_name, login

-- name: set_role
update auth.account set role = %(role)s
where account_id = %(account_id)s and tenant_id = %(tenant_id)s
returning account_id

-- name: set_operator
update auth.account set operator = %(operator)s
where account_id = %(account_id)s and tenant_id = %(tenant_id)s
returning account_id

-- name: unlock
update auth.account set active = true
where account_id = %(account_id)s and tenant_id = %(tenant_id)s
returning account_id

-- name: lock
-- Who is locked is signed out, and no link lets them in again.
with locked as (
    update auth.account set active = false, link_hash = null, link_until = null
    where account_id = %(account_id)s and tenant_id = %(tenant_id)s
    returning account_id
), ended as (delete from auth.session where account_id in (select account_id from locked))
select account_id from locked

-- name: end_sessions
with theirs as (
    select account_id from auth.account where account_id = %(account_id)s and tenant_id = %(tenant_id)s
), ended as (delete from auth.session where account_id in (select account_id from theirs))
select account_id from theirs

-- name: end_other_sessions
delete from auth.session where account_id = %(account_id)s and token_hash <> %(token_hash)s

-- name: make_link
update auth.account set link_hash = %(link_hash)s, link_until = now() + %(lifetime)s
where account_id = %(account_id)s and tenant_id = %(tenant_id)s and active
returning link_until

-- name: link_holder
select a.login, a.display_name, t.name as tenant_name
from auth.account a join core.tenant t using (tenant_id)
where a.link_hash = %(link_hash)s and a.link_until > now() and a.active

-- name: use_link
with used as (
    update auth.account set password_hash = %(password_hash)s, link_hash = null, link_until = null
    where link_hash = %(link_hash)s and link_until > now() and active
    returning account_id
), ended as (delete from auth.session where account_id in (select account_id from used))
select account_id from used
