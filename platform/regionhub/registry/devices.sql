-- name: devices
-- Keyset on device_id; a limit of null returns all.
select device_id, tenant_id, dev_eui, name, serial, profile_id, parameters, interval_seconds, active, created_at,
       site_id, installed_since, mounting_height_cm, depth_cm
from api.device
where device_id > %(after)s and (%(site_id)s::integer is null or site_id = %(site_id)s)
order by device_id
limit %(limit)s

-- name: device
select device_id, tenant_id, dev_eui, name, serial, profile_id, parameters, interval_seconds, active, created_at,
       site_id, installed_since, mounting_height_cm, depth_cm
from api.device where device_id = %(device_id)s

-- name: create_device
-- Row-level security refuses a tenant that the role may not write to.
insert into core.device (tenant_id, dev_eui, name, serial, profile_id, parameters, interval_seconds)
values (%(tenant_id)s, %(dev_eui)s, %(name)s, %(serial)s, %(profile_id)s, %(parameters)s, %(interval_seconds)s)
returning device_id

-- name: update_device
-- The whole row; the caller has read it and changed what it wants to change.
update core.device set
    name = %(name)s, serial = %(serial)s, profile_id = %(profile_id)s, parameters = %(parameters)s,
    interval_seconds = %(interval_seconds)s, active = %(active)s
where device_id = %(device_id)s
returning device_id

-- name: lock_device
-- Holds the row until the end of the transaction, so that two changes cannot undo each other.
select tenant_id from core.device where device_id = %(device_id)s for update

-- name: own_device
select device_id from core.device where tenant_id = %(tenant_id)s and dev_eui = %(dev_eui)s

-- name: was_heard
-- Whether anything was ever received from it.
select exists (select from api.datastream where device_id = %(device_id)s)
    or exists (select from api.uplink where device_id = %(device_id)s)

-- name: delete_installations
delete from core.installation where device_id = %(device_id)s

-- name: delete_device
delete from core.device where device_id = %(device_id)s
