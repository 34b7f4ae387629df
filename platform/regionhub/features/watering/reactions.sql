-- name: answers
-- Of the oldest 1000 waterings of places with a soil sensor of their own that nothing was said to yet: what each of these sensors said in the
-- quarter of a day before, and at most within the day after. A single reading may be a false one: the highest and the lowest value are
-- those that two of three readings in a row reach. Without a reading there is a row without a sensor.
with waiting as materialized (
    select w.watering_id, w.tenant_id, w.site_id, w.time, w.litres
    from core.watering w
    where w.reaction is null and w.undone_at is null and w.time > %(now)s - interval '3 days' and w.time <= %(now)s
      and exists (select from core.installation i join core.datastream d using (device_id)
                  where i.site_id = w.site_id and i.from_time < w.time and (i.to_time is null or i.to_time > w.time)
                    and d.quantity in ('soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential'))
    order by w.time
    limit 1000
),
said as (
    select w.tenant_id, w.watering_id, w.time as watered, d.datastream_id, d.quantity, r.time, r.value, r.time > w.time as after,
           lag(r.value) over three as second, lag(r.value, 2) over three as third
    from waiting w
    join core.installation i on i.site_id = w.site_id and i.from_time < w.time and (i.to_time is null or i.to_time > w.time)
    join core.datastream d on d.device_id = i.device_id and d.quantity in ('soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential')
    join core.reading r on r.datastream_id = d.datastream_id
        and r.time > w.time - interval '6 hours' and r.time <= w.time + interval '24 hours'
        and r.time > %(now)s - interval '78 hours'  -- leaves older chunks aside
        and r.time >= i.from_time and (i.to_time is null or r.time < i.to_time)
    where :decisive(r.quality, r.tests)
    window three as (partition by w.tenant_id, w.watering_id, d.datastream_id, r.time > w.time order by r.time)
),
answered as (
    select tenant_id, watering_id, datastream_id, quantity, max(time) as newest,
           percentile_cont(0.5) within group (order by value) filter (where not after) as before,
           -- of two readings the one that both reach, of three the middle one; least and greatest pass over what is null
           max(case when third is null then least(value, second)
                    else greatest(least(value, second), least(second, third), least(value, third)) end) filter (where after and second is not null) as highest,
           min(case when third is null then greatest(value, second)
                    else least(greatest(value, second), greatest(second, third), greatest(value, third)) end) filter (where after and second is not null) as lowest
    from said
    group by tenant_id, watering_id, datastream_id, quantity
)
select w.tenant_id, w.watering_id, w.time, w.litres, a.datastream_id, a.quantity, a.before, a.highest, a.lowest, a.newest
from waiting w left join answered a using (tenant_id, watering_id)
order by w.tenant_id, w.watering_id, a.datastream_id

-- name: keep
update core.watering w set reaction = k.reaction, quantity = k.quantity, rise = k.rise, reacted_at = %(now)s
from unnest(%(tenant_ids)s::integer[], %(watering_ids)s::uuid[], %(reactions)s::text[], %(quantities)s::text[], %(rises)s::float8[])
    k (tenant_id, watering_id, reaction, quantity, rise)
where w.tenant_id = k.tenant_id and w.watering_id = k.watering_id
