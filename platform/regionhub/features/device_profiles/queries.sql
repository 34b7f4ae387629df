-- name: stored_frames
-- What is kept of a device, the newest first.
select u.f_port, u.payload_hex, u.time, u.decoded
from api.uplink u join api.device d using (device_id)
where d.tenant_id = %(tenant_id)s and d.dev_eui = %(dev_eui)s
order by u.time desc limit %(limit)s

-- name: devices_by_profile
-- How many devices of this role's own town have each profile.
select profile_id, count(*)::integer as devices from api.device where tenant_id = %(tenant_id)s and active group by profile_id

-- name: slug
select slug from api.tenant where tenant_id = %(tenant_id)s
