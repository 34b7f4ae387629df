-- name: health
select device_id, tenant_id, dev_eui, name, profile_id, interval_seconds, active, site_id, last_seen_at, f_cnt, sf,
       gateways, rssi, snr, joined_at, state, missing_quantities, missing_since, battery_voltage, battery_level, received, expected, loss_pct
from api.device_health
where (%(site_id)s::integer is null or site_id = %(site_id)s)
  and (%(device_id)s::integer is null or device_id = %(device_id)s)
order by array_position(array['silent', 'no_values', 'late', 'never', 'online'], state), name, device_id
