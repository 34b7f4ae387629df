-- name: in_force
-- Of every device, the newest first: the first that began before a value is the one that holds.
select device_id, quantity, position, valid_from, factor, added
from core.calibration where withdrawn_at is null
order by device_id, valid_from desc, calibration_id desc

-- name: calibrations
select calibration_id, device_id, quantity, position, valid_from, factor, added, calibrated_at, calibrated_by, why,
       withdrawn_at, withdrawn_by
from api.calibration where device_id = %(device_id)s order by calibration_id desc

-- name: own_stream
select d.dev_eui from api.device d
where d.device_id = %(device_id)s and d.tenant_id = %(tenant_id)s
  and exists (select from api.datastream s
              where s.device_id = d.device_id and s.quantity = %(quantity)s and s.position = %(position)s)

-- name: calibrate
insert into core.calibration (tenant_id, device_id, quantity, position, valid_from, factor, added, calibrated_by, why)
values (%(tenant_id)s, %(device_id)s, %(quantity)s, %(position)s, %(valid_from)s, %(factor)s, %(added)s, %(by)s, %(why)s)
returning calibration_id

-- name: withdraw
update core.calibration set withdrawn_at = now(), withdrawn_by = %(by)s
where calibration_id = %(calibration_id)s and tenant_id = %(tenant_id)s and device_id = %(device_id)s and withdrawn_at is null
returning valid_from

-- name: dev_eui
select dev_eui from api.device where device_id = %(device_id)s and tenant_id = %(tenant_id)s
