-- name: devices
-- Active devices, for the variable.
select coalesce(l.label, 'noch kein Gerät') as __text, coalesce(l.device_id, -1) as __value
from (select) one
left join api.device_label l on l.active
order by 1

-- name: state_counts
-- How many devices are in each state; every state has a row.
select v.label_de as "Zustand", count(h.device_id) as "Geräte"
from api.level v
left join api.device_condition h
       on h.state = v.state and h.active and h.device_id::text = any (array[${device:sqlstring}]::text[])
where v.signal = 'device'
group by v.rank, v.label_de
order by v.rank

-- name: devices_now
-- Devices as they are now, the silent ones first; what is known of each is looked up one by one (offset 0).
select l.label as "Gerät",
       h.state as "Zustand",
       h.last_seen_at as "Gehört",
       h.battery_voltage as "Spannung",
       h.battery_level as "Batterie",
       h.loss_pct as "Verlust",
       h.profile_id as "Profil",
       h.dev_eui as "DevEUI"
from (
    select c.device_id, l.label, row_number() over (order by (select v.rank from api.level v where v.signal = 'device' and v.state = c.state),
                                                    c.last_seen_at nulls first, l.label) as number
    from api.device_condition c
    join api.device_label l using (device_id)
    where c.active and c.device_id::text = any (array[${device:sqlstring}]::text[])
    order by number
    limit %rows%
) l
cross join lateral (select * from api.device_health where device_id = l.device_id offset 0) h
order by l.number

-- name: battery
-- Battery voltage over time, of the devices that need somebody first.
select s.time, d.label as metric, s.value
from (
    select d.datastream_id, l.label from api.datastream d
    join api.device_label l using (device_id)
    left join api.device_condition c using (device_id)
    where d.quantity = 'battery_voltage' and d.device_id::text = any (array[${device:sqlstring}]::text[])
    order by (select v.rank from api.level v where v.signal = 'device' and v.state = c.state), l.label
    limit %lines%
) d
cross join lateral api.series(
    d.datastream_id, $__timeFrom()::timestamptz, $__timeTo()::timestamptz, $__interval_ms) s
order by s.time, metric

-- name: battery_level
-- What batteries say of themselves in percent, of the devices that need somebody first.
select s.time, d.label as metric, s.value
from (
    select d.datastream_id, l.label from api.datastream d
    join api.device_label l using (device_id)
    left join api.device_condition c using (device_id)
    where d.quantity = 'battery_level' and d.device_id::text = any (array[${device:sqlstring}]::text[])
    order by (select v.rank from api.level v where v.signal = 'device' and v.state = c.state), l.label
    limit %lines%
) d
cross join lateral api.series(
    d.datastream_id, $__timeFrom()::timestamptz, $__timeTo()::timestamptz, $__interval_ms) s
order by s.time, metric

-- name: worst_radio
-- The ten devices with the weakest reception of their last frame.
select l.label as "Gerät", h.rssi as "RSSI", h.snr as "SNR", h.sf as "SF", h.gateways as "Gateways", h.loss_pct as "Verlust",
       h.last_seen_at as "Gehört"
from (
    select c.device_id, l.label from api.device_condition c
    join api.device_label l using (device_id)
    where c.active and c.last_seen_at >= $__timeFrom()::timestamptz and c.device_id::text = any (array[${device:sqlstring}]::text[])
    order by (select v.rank from api.level v where v.signal = 'device' and v.state = c.state), l.label
    limit %rows%
) l
cross join lateral (select * from api.device_health where device_id = l.device_id offset 0) h
where h.snr is not null or h.rssi is not null
order by h.snr nulls last, h.rssi, l.label
limit 10

-- name: rule_silent
-- 1 for each device that is silent, else 0.
select now() as time, l.label as metric, case when c.state = 'silent' then 1.0 else 0.0 end::double precision as value
from api.device_condition c
join api.device_label l using (device_id)
where c.active and c.state <> 'never'
order by metric

-- name: rule_source
-- 1 for each source that has a problem, else 0.
select now() as time, s.name as metric, case when s.problem is null then 0.0 else 1.0 end::double precision as value
from api.source s
where s.enabled
order by metric
