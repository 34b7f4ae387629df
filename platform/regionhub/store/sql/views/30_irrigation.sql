-- Which trees and beds need water. Decided on the median of the last 24 hours (two send intervals for a
-- device that sends more rarely) of each datastream and the mean over the datastreams of a site, never on
-- one reading; failed readings stay out, and so does what a sensor measured before it came to this site.

create view api.irrigation with (security_barrier) as
with soil as (
    select i.site_id, i.from_time, d.datastream_id, d.quantity, v.interval_seconds
    from core.installation i
    join core.device v using (device_id)
    join core.datastream d using (device_id)
    where i.from_time <= now() and (i.to_time is null or i.to_time > now())
      and d.quantity in ('soil_moisture_vwc', 'soil_water_tension', 'soil_temperature')
      and d.tenant_id = any (array(select tenant_id from core.role_tenant where role_name = current_user))
),
recent as (
    select s.site_id, s.quantity, s.interval_seconds, m.median, m.newest, m.last_value
    from soil s
    cross join lateral (
        select percentile_cont(0.5) within group (order by r.value) as median, max(r.time) as newest,
               (array_agg(r.value order by r.time desc))[1] as last_value
        from core.reading r
        where r.datastream_id = s.datastream_id and r.quality not in (4, 9)
          and r.time > now() - greatest(2 * make_interval(secs => s.interval_seconds), interval '24 hours')
          and r.time >= s.from_time and r.time <= now() + interval '5 minutes'
    ) m
    where m.newest > now() - greatest(2 * make_interval(secs => s.interval_seconds), (select stale_after from core.irrigation_threshold))
),
site_soil as (
    select site_id,
           avg(median) filter (where quantity = 'soil_moisture_vwc') as vwc_pct,
           avg(median) filter (where quantity = 'soil_water_tension') as tension_kpa,
           min(last_value) filter (where quantity = 'soil_temperature') as soil_temperature,
           max(newest) filter (where quantity <> 'soil_temperature') as newest,
           count(*) filter (where quantity <> 'soil_temperature') as sensors
    from recent group by site_id
),
judged as (
    select s.site_id, s.tenant_id, s.name, s.kind, s.latitude, s.longitude, s.soil_texture, s.planted_year,
           r.vwc_pct, r.tension_kpa, r.soil_temperature, r.newest, coalesce(r.sensors, 0) as sensors,
           100 * (r.vwc_pct - x.wilting_point_pct) / (x.field_capacity_pct - x.wilting_point_pct) as nfk_pct,
           coalesce(r.soil_temperature <= t.frost_degc, false) as frost,
           exists (select from core.installation i join core.datastream d using (device_id)
                   where i.site_id = s.site_id and i.from_time <= now() and (i.to_time is null or i.to_time > now())
                     and d.quantity in ('soil_moisture_vwc', 'soil_water_tension')) as equipped,
           t.*
    from core.site s
    cross join core.irrigation_threshold t
    left join site_soil r using (site_id)
    left join core.soil_texture x on x.soil_texture = s.soil_texture
    where s.kind in ('tree', 'bed')
      and s.tenant_id = any (array(select tenant_id from core.role_tenant where role_name = current_user))
),
levelled as (
    select j.*,
        case
            when tension_kpa is not null then
                case when tension_kpa > now_kpa then 'now' when tension_kpa > soon_kpa then 'soon'
                     when tension_kpa < wet_kpa then 'wet' else 'good' end
            when nfk_pct is not null then
                case when nfk_pct < now_nfk_pct then 'now' when nfk_pct < soon_nfk_pct then 'soon'
                     when nfk_pct >= wet_nfk_pct then 'wet' else 'good' end
            else 'no_data'
        end as irrigation_level,
        case
            when tension_kpa is not null or nfk_pct is not null then null
            when vwc_pct is not null then 'soil_texture_missing'
            when equipped then 'no_recent_reading'
            else 'no_sensor'
        end as no_data_reason
    from judged j
)
select l.site_id, l.tenant_id, l.name, l.kind, l.latitude, l.longitude, l.soil_texture, l.planted_year,
       l.irrigation_level, v.need, v.label_de, v.label_en, v.colour, l.no_data_reason,
       l.tension_kpa, l.nfk_pct, l.vwc_pct, l.soil_temperature, l.frost, l.sensors, l.newest
from levelled l
join core.irrigation_level v using (irrigation_level);
comment on view api.irrigation is
    'One row per tree and bed: level (now, soon, good, wet, no_data), need (0 first), % of plant-available water (nFK, unclipped), '
    'tension in kPa. frost: the soil is frozen and the value unreliable.';
