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
values (%(role_prefix)s, %(engine)s)

-- name: renewed
-- What was written anew by the last upgrade.
select renewed from core.deployment

-- name: record_renewed
update core.deployment set renewed = %(renewed)s

-- name: recreate_api_schema
drop schema if exists api cascade;
create schema api

-- name: decide_anew
-- What this program decides may be something else than what the one before it did.
select core.touch_sites(array_agg(site_id), array_agg(timestamptz 'epoch')) from core.site having count(*) > 0

-- name: write_quantity
insert into core.quantity (quantity, name_de, name_en, unit, ucum, symbol, theme, decimals, measures_level)
values (%(quantity)s, %(name_de)s, %(name_en)s, %(unit)s, %(ucum)s, %(symbol)s, %(theme)s, %(decimals)s, %(measures_level)s)
on conflict (quantity) do update set
    name_de = excluded.name_de, name_en = excluded.name_en, unit = excluded.unit, ucum = excluded.ucum,
    symbol = excluded.symbol, theme = excluded.theme, decimals = excluded.decimals, measures_level = excluded.measures_level

-- name: forget_levels
delete from core.level

-- name: write_level
insert into core.level (signal, signal_order, state, level, urgency, rank, label_de, label_en, sign, tone, colour)
values (%(signal)s, %(order)s, %(state)s, %(level)s, %(urgency)s, %(rank)s, %(label_de)s, %(label_en)s, %(sign)s, %(tone)s, %(colour)s)

-- name: forget_reasons
delete from core.reason

-- name: write_reason
insert into core.reason (signal, reason, label_de, label_en, level, urgency)
values (%(signal)s, %(reason)s, %(label_de)s, %(label_en)s, %(level)s, %(urgency)s)

-- name: signal_columns
-- What the view of every signal has. `place` orders the rows of one state, the smallest first; `since` is null
-- where the state has never been known to be another one; `reason_since` where nobody knows since when the reason is so.
select tenant_id::integer, site_id::integer, signal::text, state::text, level::smallint, place::double precision,
       since::timestamptz, time::timestamptz, value::double precision, unit::text, decimals::smallint, reason::text, reason_since::timestamptz,
       decided_at::timestamptz
from api.
