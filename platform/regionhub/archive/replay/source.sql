-- name: devices
-- Also those that are switched off: what they sent is kept.
select device_id, tenant_id, dev_eui, profile_id, parameters from core.device
where tenant_id = %(tenant_id)s and (%(profile_id)s::text is null or profile_id = %(profile_id)s)
  and (%(dev_eui)s::text is null or dev_eui = %(dev_eui)s)
order by device_id

-- name: count_uplinks
select count(*) as messages from core.uplink
where tenant_id = %(tenant_id)s and device_id = any(%(devices)s::int[])
  and (%(from_time)s::timestamptz is null or time >= %(from_time)s) and time < %(to_time)s
  and profile_version is not null and payload <> ''

-- name: uplinks
-- In order of time, as the quality tests need them; only frames that a codec read.
select uplink_id, device_id, time, received_at, f_port, payload, profile_id, profile_version, history_from, history_to,
       decoded
from core.uplink
where tenant_id = %(tenant_id)s and device_id = any(%(devices)s::int[])
  and (%(from_time)s::timestamptz is null or time >= %(from_time)s) and time < %(to_time)s
  and profile_version is not null and payload <> ''
order by time, uplink_id
