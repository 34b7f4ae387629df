-- Tables with rows of towns, and what keeps roles from rows of others.

-- name: tables
select a.attrelid::regclass::text as name
from pg_attribute a
join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
where c.relnamespace in ('core'::regnamespace, 'auth'::regnamespace) and a.attname = 'tenant_id' and not a.attisdropped
  and (%(table)s::text is null or a.attrelid = %(table)s::regclass)
order by 1

-- name: columns
select array_agg(x.attname::text) filter (where has_column_privilege(%(role)s, x.attrelid, x.attnum, 'select')) as readable,
       array_agg(x.attname::text) filter (where has_column_privilege(%(role)s, x.attrelid, x.attnum, 'insert')) as writable
from pg_attribute x
where x.attrelid = %(table)s::regclass and x.attnum > 0 and not x.attisdropped and x.attgenerated = ''

-- name: policies
select p.polrelid::regclass::text as table, p.polname as name, p.polqual is not null as using, p.polwithcheck is not null as checks
from pg_policy p
join pg_attribute a on a.attrelid = p.polrelid and a.attname = 'tenant_id' and not a.attisdropped
where 'true' not in (coalesce(pg_get_expr(p.polqual, p.polrelid), ''), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''))
  and has_any_column_privilege(core.role_name('town'), p.polrelid,
                               case p.polcmd when 'r' then 'select' when 'a' then 'insert' else 'select, insert, update' end)
order by 1, 2

-- name: one
select to_jsonb(t) as row from {table} t where tenant_id = %(tenant_id)s limit 1

-- name: read
select from {table} t, jsonb_populate_record(null::{table}, %(row)s) r where row({columns_of_t}) is not distinct from row({columns_of_r})

-- name: change
select from {table} t, jsonb_populate_record(null::{table}, %(row)s) r where row({columns_of_t}) is not distinct from row({columns_of_r})
for update of t

-- name: delete
delete from {table} t using jsonb_populate_record(null::{table}, %(row)s) r where row({columns_of_t}) is not distinct from row({columns_of_r})

-- name: insert
insert into {table} ({writable}) overriding system value select {writable} from jsonb_populate_record(null::{table}, %(row)s)
