-- name: irrigation_thresholds
select wet_nfk_pct, soon_nfk_pct, now_nfk_pct, wet_kpa, soon_kpa, now_kpa, frost_degc from api.irrigation_threshold

-- name: recent_levels
-- Small charts of all gauges at once, without what failed.
select site_id, time, level_cm
from api.water_level
where time >= %(start)s and level_cm is not null and quality not in (4, 9)
order by site_id, time

-- name: recent_soil
-- Small charts of all trees and beds at once: daily means over the sensors of a site. Tension wins
-- over water content, as in the decision. Days before a device came to its site are another site's.
select i.site_id, d.quantity, r.bucket, sum(r.sum) / sum(r.count) as value
from api.reading_daily r
join api.datastream d using (datastream_id)
join api.device i using (device_id)
where r.bucket >= %(start)s and r.bucket >= i.installed_since and not d.shared and i.site_id is not null
  and d.quantity in ('soil_moisture_vwc', 'soil_water_tension')
group by i.site_id, d.quantity, r.bucket
order by i.site_id, d.quantity desc, r.bucket

-- name: dead_letter_reasons
select reason, count(*) as messages, sum(copies)::bigint as copies, max(last_received_at) as last_received_at
from api.dead_letter
group by reason
order by max(last_received_at) desc
