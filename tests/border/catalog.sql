-- name: views
-- Views of schema api, as PostgreSQL stores them, with the tables they read that have rows of towns.
select c.relname as view, coalesce('security_barrier=true' = any (c.reloptions), false) as barrier, r.ev_action::text as tree,
       coalesce(array_agg(distinct t.relname::text) filter (where t.relnamespace <> c.relnamespace and exists (
           select from pg_attribute a where a.attrelid = t.oid and a.attname = 'tenant_id')), '{}') as tables
from pg_class c
join pg_rewrite r on r.ev_class = c.oid
join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
join pg_class t on t.oid = d.refobjid
where c.relnamespace = 'api'::regnamespace and c.relkind = 'v'
group by c.relname, c.reloptions, r.ev_action::text
order by c.relname

-- name: columns
-- Columns of the views that show rows of towns: those that stand, however far down, on a table with a tenant_id.
with recursive stands_on (view, relation) as (
    select oid, oid from pg_class where relnamespace = 'api'::regnamespace and relkind = 'v'
    union
    select s.view, d.refobjid
    from stands_on s join pg_rewrite r on r.ev_class = s.relation
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
),
of_towns as (
    select distinct s.view
    from stands_on s join pg_class c on c.oid = s.relation and c.relnamespace = 'core'::regnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
)
select c.relname as view, a.attname as name,
       exists (select from pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant_id') as tells_town
from of_towns join pg_class c on c.oid = view join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
order by c.relname, a.attnum

-- name: private_columns
-- Columns of views with numbers and texts, without words of the hub itself, which many rows share.
select c.relname as view, a.attname as name, true as tells_town
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
where c.relnamespace = 'api'::regnamespace and c.relkind = 'v'
  and exists (select from pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant_id')
  and a.attname not in ('kind', 'quantity', 'position', 'name_de', 'name_en', 'unit', 'ucum', 'symbol', 'theme', 'fate', 'reason', 'what',
                        'signal', 'state')
  and (a.atttypid in ('text'::regtype, 'float4'::regtype, 'float8'::regtype) or a.attname in ('sf', 'f_cnt', 'frequency_hz', 'planted_year'))
order by c.relname, a.attnum
