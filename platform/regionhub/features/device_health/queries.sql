-- name: health
select device_id, tenant_id, dev_eui, name, profile_id, interval_seconds, active, site_id, last_seen_at, f_cnt, sf,
       gateways, rssi, snr, joined_at, state, missing_quantities, missing_since, battery_voltage, battery_level, received, expected, loss_pct
from api.device_health
where (%(site_id)s::integer is null or site_id = %(site_id)s)
  and (%(device_id)s::integer is null or device_id = %(device_id)s)
order by array_position(array['silent', 'no_values', 'late', 'never', 'online'], state), name, device_id

-- name: health_page
-- A page of the same list; battery, radio and frame loss are looked up for its devices only, one by one (offset 0).
with page as (
    select d.device_id, s.name as site_name, (count(*) over ())::integer as found,
           row_number() over (order by array_position(array['silent', 'no_values', 'late', 'never', 'online'], d.state), d.name, d.device_id) as number
    from api.device_condition d
    left join api.site s using (site_id)
    where (%(tenant_id)s::integer is null or d.tenant_id = %(tenant_id)s)
      and (%(state)s::text is null or d.state = %(state)s)
      and (%(word)s::text is null
           or position(lower(%(word)s) in lower(concat_ws(' ', d.name, d.dev_eui, d.profile_id, s.name))) > 0)
    order by number
    limit %(limit)s offset %(offset)s
)
select h.device_id, h.tenant_id, h.dev_eui, h.name, h.profile_id, h.interval_seconds, h.active, h.site_id, h.last_seen_at, h.f_cnt,
       h.sf, h.gateways, h.rssi, h.snr, h.joined_at, h.state, h.missing_quantities, h.missing_since, h.battery_voltage,
       h.battery_level, h.received, h.expected, h.loss_pct, p.site_name, p.found
from page p
cross join lateral (select * from api.device_health where device_id = p.device_id offset 0) h
order by p.number

-- name: tallies
select tenant_id, state, active, count(*)::integer as devices
from api.device_condition
group by tenant_id, state, active
