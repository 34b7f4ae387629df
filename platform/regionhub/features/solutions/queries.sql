-- name: adoptions
select solution, parameters, state, version, problem, wanted_by, wanted_at, applied_at
from core.adoption where tenant_id = %(tenant_id)s order by solution

-- name: own_adoptions
select tenant_id, solution, parameters, state, version, problem, wanted_by, wanted_at, applied_at, conflicts
from api.adoption order by solution

-- name: uses
select a.solution, array_agg(t.name order by t.name) as towns
from core.adoption a join core.tenant t using (tenant_id)
where a.state = 'applied' group by a.solution

-- name: want
insert into core.adoption (tenant_id, solution, parameters, wanted_by)
values (%(tenant_id)s, %(solution)s, %(parameters)s, %(wanted_by)s)
on conflict (tenant_id, solution) do update
set parameters = excluded.parameters, state = 'wanted', wanted_by = excluded.wanted_by, wanted_at = now(), problem = null
where core.adoption.parameters is distinct from excluded.parameters or core.adoption.state <> 'applied'

-- name: leave
update core.adoption set state = 'leaving', wanted_by = %(wanted_by)s, wanted_at = now(), problem = null
where tenant_id = %(tenant_id)s and solution = %(solution)s

-- name: applied
update core.adoption set state = 'applied', version = %(version)s, problem = null, applied_at = now()
where tenant_id = %(tenant_id)s and solution = %(solution)s
  and (state <> 'applied' or version is distinct from %(version)s or problem is not null)

-- name: failed
update core.adoption set problem = %(problem)s
where tenant_id = %(tenant_id)s and state in ('wanted', 'leaving')

-- name: forget
delete from core.adoption where tenant_id = %(tenant_id)s and solution = %(solution)s

-- name: waiting
select distinct t.slug from core.adoption a join core.tenant t using (tenant_id)
where a.state in ('wanted', 'leaving') order by t.slug

-- name: adopters
select distinct t.slug from core.adoption a join core.tenant t using (tenant_id) order by t.slug

-- name: organisation
select org_id from core.grafana_organisation where tenant_id = %(tenant_id)s

-- name: keep_organisation
insert into core.grafana_organisation (tenant_id, org_id) values (%(tenant_id)s, %(org_id)s)
on conflict (tenant_id) do update set org_id = excluded.org_id, made_at = now()

-- name: forget_organisation
delete from core.grafana_organisation where tenant_id = %(tenant_id)s

-- name: dashboards
select uid, solution, version, base, conflicts from core.applied_dashboard where tenant_id = %(tenant_id)s order by uid

-- name: keep_dashboard
insert into core.applied_dashboard (tenant_id, uid, solution, version, base, conflicts)
values (%(tenant_id)s, %(uid)s, %(solution)s, %(version)s, %(base)s, %(conflicts)s)
on conflict (tenant_id, uid) do update
set solution = excluded.solution, version = excluded.version, base = excluded.base, conflicts = excluded.conflicts, applied_at = now()

-- name: forget_dashboard
with former as (delete from core.former_dashboard where tenant_id = %(tenant_id)s and uid = %(uid)s)
delete from core.applied_dashboard where tenant_id = %(tenant_id)s and uid = %(uid)s

-- name: former
select uid, replaced_by, version, base, board from core.former_dashboard where tenant_id = %(tenant_id)s order by uid

-- name: keep_former
-- Of several tries to apply one version the first saw what was there before.
insert into core.former_dashboard (tenant_id, uid, replaced_by, version, base, board)
values (%(tenant_id)s, %(uid)s, %(replaced_by)s, %(version)s, %(base)s, %(board)s)
on conflict (tenant_id, uid) do update
set replaced_by = excluded.replaced_by, version = excluded.version, base = excluded.base, board = excluded.board
where core.former_dashboard.replaced_by <> excluded.replaced_by

-- name: forget_former
delete from core.former_dashboard where tenant_id = %(tenant_id)s and uid = %(uid)s

-- name: server
select current_setting('server_version_num')::integer as version,
       exists (select from pg_extension where extname = 'timescaledb') as timescale, current_database()::text as database

-- name: grafana_role
select core.role_name(%(kind)s)::text as role

-- name: sites_of_kinds
select count(*)::integer from api.site where kind = any(%(kinds)s)

-- name: sites_lacking
-- An attribute that is a column of api.site; jsonb so that its name is a value.
select count(*)::integer from api.site s
where s.kind = any(%(kinds)s) and jsonb_typeof(to_jsonb(s) -> %(attribute)s) is not distinct from 'null'

-- name: measured
select coalesce(array_agg(distinct d.quantity), '{}')::text[]
from api.latest d where d.quantity = any(%(quantities)s) and not d.stale

-- name: devices_reporting
select count(*)::integer from api.device_health where active and state not in ('silent', 'never', 'no_data')

-- name: lock
-- One process at a time changes what a town has in Grafana; first half of the lock as in store/leases.py.
select pg_try_advisory_lock(1380466692, %(tenant_id)s)

-- name: unlock
select pg_advisory_unlock(1380466692, %(tenant_id)s)

-- name: rolled_back
update core.adoption set version = %(version)s where tenant_id = %(tenant_id)s and solution = %(solution)s

-- name: keep_import
insert into core.imported_solution (solution, file, signer, key) values (%(solution)s, %(file)s, %(signer)s, %(key)s)
on conflict (solution) do update set file = excluded.file, signer = excluded.signer, key = excluded.key, imported_at = now()

-- name: imports
select solution, file, signer, key from core.imported_solution order by solution

-- name: imported_manifests
select (file::jsonb -> 'manifest')::text as manifest from core.imported_solution order by solution
