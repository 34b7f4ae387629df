-- name: irrigation
-- Most urgent first; within a level the driest first.
select site_id, tenant_id, name, kind, latitude, longitude, soil_texture, planted_year, irrigation_level, need,
       label_de, label_en, colour, no_data_reason, reason_since, tension_kpa, nfk_pct, vwc_pct, soil_temperature, frost, sensors, newest
from api.irrigation
where %(site_id)s::integer is null or site_id = %(site_id)s
order by need, place nulls last, name, site_id

-- name: irrigation_thresholds
select wet_nfk_pct, soon_nfk_pct, now_nfk_pct, wet_kpa, soon_kpa, now_kpa, frost_degc from api.irrigation_threshold

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

-- name: limits
select quantity, now, soon, wet from api.irrigation_limit where site_id = %(site_id)s
union all
select 'soil_water_tension', now_kpa, soon_kpa, wet_kpa from api.irrigation_threshold
