-- name: exists
-- Whether a relation is there.
select to_regclass(%(relation)s) is not null as there

-- name: create_migration_table
-- Which migrations were applied, with the hash of their text.
create schema if not exists core;
create table if not exists core.migration (
    name        text primary key,
    digest      text not null,
    applied_at  timestamptz not null default now()
)

-- name: lock
-- Two upgrades at once wait for each other.
select pg_advisory_xact_lock(7311420)

-- name: applied
select name, digest from core.migration order by name

-- name: record
insert into core.migration (name, digest) values (%(name)s, %(digest)s)

-- name: engine
select engine from core.deployment

-- name: timescaledb_available
select exists (select from pg_available_extensions where name = 'timescaledb') as there

-- name: create_timescaledb
create extension if not exists timescaledb

-- name: name_deployment
insert into core.deployment (role_prefix, engine)
values (coalesce(%(role_prefix)s, current_database()), %(engine)s)

-- name: recreate_api_schema
drop schema if exists api cascade;
create schema api

-- name: write_quantity
insert into core.quantity (quantity, name_de, name_en, unit, ucum, symbol, theme, decimals)
values (%(quantity)s, %(name_de)s, %(name_en)s, %(unit)s, %(ucum)s, %(symbol)s, %(theme)s, %(decimals)s)
on conflict (quantity) do update set
    name_de = excluded.name_de, name_en = excluded.name_en, unit = excluded.unit, ucum = excluded.ucum,
    symbol = excluded.symbol, theme = excluded.theme, decimals = excluded.decimals
