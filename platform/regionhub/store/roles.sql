-- name: role_name
select core.role_name(%(kind)s) as role
