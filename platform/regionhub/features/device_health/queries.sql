-- name: health
-- Those first that need somebody.
select h.device_id, h.tenant_id, h.dev_eui, h.name, h.profile_id, h.interval_seconds, h.active, h.site_id, h.last_seen_at, h.f_cnt, h.sf,
       h.gateways, h.rssi, h.snr, h.joined_at, h.state, h.level, h.since, h.sentence_de as sentence, h.sentence_en, h.missing_quantities,
       h.missing_since, h.real_interval_seconds, h.battery_voltage, h.battery_level, h.battery_left, h.battery_empty_on, h.received,
       h.expected, h.loss_pct, h.margin_db, h.decided_at
from api.device_health h
join api.level l on l.signal = 'device_health' and l.state = h.state
where (%(site_id)s::integer is null or h.site_id = %(site_id)s)
  and (%(device_id)s::integer is null or h.device_id = %(device_id)s)
order by l.urgency desc, l.rank, h.name, h.device_id

-- name: health_page
-- A page of the same list, in one of several orders.
select h.device_id, h.tenant_id, h.dev_eui, h.name, h.profile_id, h.interval_seconds, h.active, h.site_id, h.last_seen_at, h.f_cnt, h.sf,
       h.gateways, h.rssi, h.snr, h.joined_at, h.state, h.level, h.since, h.sentence_de as sentence, h.sentence_en, h.missing_quantities,
       h.missing_since, h.real_interval_seconds, h.battery_voltage, h.battery_level, h.battery_left, h.battery_empty_on, h.received,
       h.expected, h.loss_pct, h.margin_db, h.decided_at, s.name as site_name, (count(*) over ())::integer as found
from api.device_health h
join api.level l on l.signal = 'device_health' and l.state = h.state
left join api.site s using (site_id)
where (%(tenant_id)s::integer is null or h.tenant_id = %(tenant_id)s)
  and (%(state)s::text is null or h.state = %(state)s)
  and (%(word)s::text is null
       or position(lower(%(word)s) in lower(concat_ws(' ', h.name, h.dev_eui, h.profile_id, s.name))) > 0)
order by case %(order)s when 'state' then -l.urgency when 'heard' then extract(epoch from h.last_seen_at) when 'battery' then h.battery_left
                        when 'signal' then h.margin_db when 'loss' then -h.loss_pct end nulls last,
         case %(order)s when 'state' then l.rank end, h.name, h.device_id
limit %(limit)s offset %(offset)s

-- name: tallies
select tenant_id, state, active, count(*)::integer as devices
from api.device_health
group by tenant_id, state, active

-- name: decided
select d.dev_eui, c.state from core.device d join core.device_condition c using (device_id)
