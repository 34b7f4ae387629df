-- name: servers
-- The APIs of a town at which devices are registered.
select a.source_id, a.tenant_id, s.name, s.format, a.address, a.token, a.application_id, a.device_profile_id, a.ca
from core.source_api a join api.source s using (source_id)
where a.tenant_id = %(tenant_id)s and a.enabled
order by s.name

-- name: save
-- What became of a try.
insert into core.device_registration (device_id, tenant_id, source_id, problem, detail, tried_by)
values (%(device_id)s, %(tenant_id)s, %(source_id)s, %(problem)s, %(detail)s, %(by)s)
on conflict (device_id) do update set
    source_id = excluded.source_id, problem = excluded.problem, detail = excluded.detail, tried_at = now(),
    tried_by = excluded.tried_by

-- name: registration
-- Of a device of the town itself.
select r.device_id, d.name, s.name as server, a.address, r.problem, r.detail, r.tried_at, r.tried_by
from core.device_registration r join api.source s using (source_id) join core.source_api a using (source_id)
join api.device d using (device_id)
where r.device_id = %(device_id)s and r.tenant_id = %(tenant_id)s

-- name: set_api
-- As the owner.
insert into core.source_api (source_id, tenant_id, address, token, application_id, device_profile_id, ca, enabled)
values (%(source_id)s, %(tenant_id)s, %(address)s, %(token)s, %(application_id)s, %(device_profile_id)s, %(ca)s, true)
on conflict (source_id) do update set
    address = excluded.address, token = excluded.token, application_id = excluded.application_id,
    device_profile_id = excluded.device_profile_id, ca = excluded.ca, enabled = true

-- name: set_api_enabled
update core.source_api set enabled = %(enabled)s where source_id = %(source_id)s returning source_id

-- name: not_registered
-- Devices of a town whose last try failed, the newest first.
select r.device_id, d.name, s.name as server, a.address, r.problem, r.detail, r.tried_at, r.tried_by
from core.device_registration r join api.source s using (source_id) join core.source_api a using (source_id)
join api.device d using (device_id)
where r.tenant_id = %(tenant_id)s and r.problem is not null
order by r.tried_at desc, r.device_id limit %(limit)s
