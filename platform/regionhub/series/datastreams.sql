-- name: datastreams
-- Keyset on datastream_id; a limit of null returns all. site_id is where the device is now.
select s.datastream_id, s.tenant_id, s.device_id, s.quantity, s.position, s.name_de, s.name_en, s.unit, s.ucum,
       s.symbol, s.theme, s.decimals, s.measures_level, s.shared, s.finest,
       d.name as device_name, d.interval_seconds, d.site_id, d.installed_since, d.depth_cm, d.mounting_height_cm
from api.datastream s
join api.device d using (device_id)
where s.datastream_id > %(after)s
  and (%(site_id)s::integer is null or d.site_id = %(site_id)s)
  and (%(device_id)s::integer is null or s.device_id = %(device_id)s)
order by s.datastream_id
limit %(limit)s

-- name: datastream
select s.datastream_id, s.tenant_id, s.device_id, s.quantity, s.position, s.name_de, s.name_en, s.unit, s.ucum,
       s.symbol, s.theme, s.decimals, s.measures_level, s.shared, s.finest,
       d.name as device_name, d.interval_seconds, d.site_id, d.installed_since, d.depth_cm, d.mounting_height_cm
from api.datastream s
join api.device d using (device_id)
where s.datastream_id = %(datastream_id)s

-- name: latest
-- With the position of the site, for a map.
select l.datastream_id, l.tenant_id, l.time, l.value, l.quality, l.unchanged_since, l.received_at, l.device_id,
       l.quantity, l.position, l.theme, l.symbol, l.decimals, l.device_name, l.interval_seconds, l.site_id, l.depth_cm,
       l.mounting_height_cm, l.stale, s.name as site_name, s.kind as site_kind, s.latitude, s.longitude
from api.latest l
left join api.site s using (site_id)
where (%(site_id)s::integer is null or l.site_id = %(site_id)s)
  and (%(quantity)s::text is null or l.quantity = %(quantity)s)
order by l.datastream_id

-- name: latest_of
-- What the live stream sends: the newest readings of these datastreams, as far as the role sees them.
select datastream_id, site_id, time, value, quality, received_at
from api.latest
where datastream_id = any (%(datastream_ids)s)
  and (%(site_ids)s::integer[] is null or site_id = any (%(site_ids)s))
order by datastream_id

-- name: quantities
select quantity, name_de, name_en, unit, ucum, symbol, theme, decimals from api.quantity order by theme, quantity
