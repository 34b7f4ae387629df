-- name: installations
-- Where a device was, the newest first.
select installation_id, tenant_id, device_id, site_id, from_time, to_time, mounting_height_cm, depth_cm
from api.installation
where device_id = %(device_id)s
order by from_time desc

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

-- name: installation
-- One of the role's own, held until the end of the transaction.
select installation_id, tenant_id, device_id, site_id, from_time, to_time, mounting_height_cm, depth_cm
from core.installation where installation_id = %(installation_id)s
for update

-- name: note_correction
insert into core.installation_correction (tenant_id, device_id, installation_id, corrected_by, why, site_id, from_time, to_time,
                                          mounting_height_cm, depth_cm, removed)
select tenant_id, device_id, installation_id, %(by)s, %(why)s, site_id, from_time, to_time, mounting_height_cm, depth_cm, %(removed)s
from core.installation where installation_id = %(installation_id)s

-- name: correct
update core.installation set
    site_id = %(site_id)s, from_time = %(from_time)s, to_time = %(to_time)s,
    mounting_height_cm = %(mounting_height_cm)s, depth_cm = %(depth_cm)s
where installation_id = %(installation_id)s

-- name: remove
delete from core.installation where installation_id = %(installation_id)s

-- name: corrections
-- What the installations of a device were before, the last correction first.
select correction_id, device_id, installation_id, corrected_at, corrected_by, why, site_id, from_time, to_time,
       mounting_height_cm, depth_cm, removed
from api.installation_correction where device_id = %(device_id)s
order by correction_id desc
