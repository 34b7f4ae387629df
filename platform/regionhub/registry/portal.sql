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
from api.datastream d
join api.device i using (device_id)
cross join lateral (
    -- each datastream for itself: what is not yet rolled up would else be grouped for all sensors
    select bucket, sum, count from api.reading_daily
    where datastream_id = d.datastream_id and bucket >= %(start)s and bucket >= i.installed_since
    offset 0) r
where d.quantity in ('soil_moisture_vwc', 'soil_water_tension') and not d.shared and i.site_id is not null
group by i.site_id, d.quantity, r.bucket
order by i.site_id, d.quantity desc, r.bucket
