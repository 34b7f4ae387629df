-- name: devices
-- Keyset on device_id; a limit of null returns all.
select device_id, tenant_id, dev_eui, name, profile_id, parameters, interval_seconds, active, created_at,
       site_id, installed_since, mounting_height_cm, depth_cm
from api.device
where device_id > %(after)s and (%(site_id)s::integer is null or site_id = %(site_id)s)
order by device_id
limit %(limit)s

-- name: device
select device_id, tenant_id, dev_eui, name, profile_id, parameters, interval_seconds, active, created_at,
       site_id, installed_since, mounting_height_cm, depth_cm
from api.device where device_id = %(device_id)s

-- name: installations
-- Where a device was, the newest first.
select installation_id, tenant_id, device_id, site_id, from_time, to_time, mounting_height_cm, depth_cm
from api.installation
where device_id = %(device_id)s
order by from_time desc

-- name: create_device
-- Row-level security refuses a tenant that the role may not write to.
insert into core.device (tenant_id, dev_eui, name, profile_id, parameters, interval_seconds)
values (%(tenant_id)s, %(dev_eui)s, %(name)s, %(profile_id)s, %(parameters)s, %(interval_seconds)s)
returning device_id

-- name: update_device
-- The whole row; the caller has read it and changed what it wants to change.
update core.device set
    name = %(name)s, profile_id = %(profile_id)s, parameters = %(parameters)s,
    interval_seconds = %(interval_seconds)s, active = %(active)s
where device_id = %(device_id)s
returning device_id

-- name: lock_device
-- Holds the row until the end of the transaction, so that two changes cannot undo each other.
select tenant_id from core.device where device_id = %(device_id)s for update

-- name: own_site
-- A site that the device's own tenant has; a shared one is not enough.
select site_id from core.site where site_id = %(site_id)s and tenant_id = %(tenant_id)s

-- name: end_installation
-- The installation that is open at this moment ends then; a null is now, and so is what clocks that differ call later.
update core.installation set to_time = least(%(time)s, now())
where device_id = %(device_id)s and from_time < least(%(time)s, now())
  and (to_time is null or to_time > least(%(time)s, now()))
returning installation_id

-- name: install
insert into core.installation (tenant_id, device_id, site_id, from_time, mounting_height_cm, depth_cm)
values (%(tenant_id)s, %(device_id)s, %(site_id)s, least(%(time)s, now()), %(mounting_height_cm)s, %(depth_cm)s)
returning installation_id
