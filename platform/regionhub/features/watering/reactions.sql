-- name: waiting
-- Waterings of places with a soil sensor of their own that nothing was said to yet.
select w.watering_id, w.tenant_id, w.site_id, w.time, w.litres
from core.watering w
where w.reaction is null and w.undone_at is null and w.time > %(now)s - interval '3 days' and w.time <= %(now)s
  and exists (select from core.installation i join core.datastream d using (device_id)
              where i.site_id = w.site_id and i.from_time < w.time and (i.to_time is null or i.to_time > w.time)
                and d.quantity in ('soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential'))
order by w.time
limit 1000

-- name: answers
-- What each soil sensor of the place said in the quarter of a day before, and at most within the day after.
select d.datastream_id, d.quantity,
       percentile_cont(0.5) within group (order by r.value) filter (where r.time <= w.time) as before,
       max(r.value) filter (where r.time > w.time) as highest, min(r.value) filter (where r.time > w.time) as lowest,
       max(r.time) as newest
from (values (%(site_id)s::integer, %(time)s::timestamptz)) w (site_id, time)
join core.installation i on i.site_id = w.site_id and i.from_time < w.time and (i.to_time is null or i.to_time > w.time)
join core.datastream d using (device_id)
join core.reading r on r.datastream_id = d.datastream_id
    and r.time > w.time - interval '6 hours' and r.time <= w.time + interval '24 hours'
    and r.time >= i.from_time and (i.to_time is null or r.time < i.to_time)
where d.quantity in ('soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential') and :decisive(r.quality, r.tests)
group by d.datastream_id, d.quantity

-- name: keep
update core.watering set reaction = %(reaction)s, quantity = %(quantity)s, rise = %(rise)s, reacted_at = %(now)s
where tenant_id = %(tenant_id)s and watering_id = %(watering_id)s
