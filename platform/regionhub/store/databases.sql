-- name: exists
select exists (select from pg_database where datname = %(name)s)

-- name: create
create database {name} template {template}
