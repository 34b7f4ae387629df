-- name: role_name
select core.role_name(%(kind)s) as role

-- name: keep_verifier
insert into auth.login (role_name, verifier) values (%(role)s, %(verifier)s)
on conflict (role_name) do update set verifier = excluded.verifier

-- name: forget_verifier
delete from auth.login where role_name = %(role)s
