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
left join api.device_health h
       on h.state = v.state and h.active and h.device_id::text = any (array[${device:sqlstring}]::text[])
where v.signal = 'device_health'
group by v.rank, v.label_de
order by v.rank

-- name: devices_now
-- Devices as they were judged, those first that need somebody.
select l.label as "Gerät",
       h.state as "Zustand",
       h.sentence_de as "Was ist",
       h.last_seen_at as "Gehört",
       h.battery_left as "Batterie",
       to_char(h.battery_empty_on, 'DD.MM.YYYY') as "Leer etwa",
       h.loss_pct as "Verlust",
       h.battery_voltage as "Spannung",
       h.profile_id as "Profil",
       h.dev_eui as "DevEUI"
from api.device_health h
join api.device_label l using (device_id)
join api.level v on v.signal = 'device_health' and v.state = h.state
where h.active and h.device_id::text = any (array[${device:sqlstring}]::text[])
order by v.urgency desc, v.rank, l.label
limit %rows%

-- name: battery
-- Battery voltage over time, of the devices that need somebody first.
select s.time, d.label as metric, s.value
from (
    select d.datastream_id, l.label from api.datastream d
    join api.device_label l using (device_id)
    left join api.device_health c using (device_id)
    where d.quantity = 'battery_voltage' and d.device_id::text = any (array[${device:sqlstring}]::text[])
    order by (select -v.urgency from api.level v where v.signal = 'device_health' and v.state = c.state), l.label
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
    left join api.device_health c using (device_id)
    where d.quantity = 'battery_level' and d.device_id::text = any (array[${device:sqlstring}]::text[])
    order by (select -v.urgency from api.level v where v.signal = 'device_health' and v.state = c.state), l.label
    limit %lines%
) d
cross join lateral api.series(
    d.datastream_id, $__timeFrom()::timestamptz, $__timeTo()::timestamptz, $__interval_ms) s
order by s.time, metric

-- name: worst_radio
-- The ten devices with the weakest reception.
select l.label as "Gerät", h.margin_db as "Reserve", h.rssi as "RSSI", h.snr as "SNR", h.sf as "SF", h.gateways as "Gateways", h.loss_pct as "Verlust",
       h.last_seen_at as "Gehört"
from api.device_health h
join api.device_label l using (device_id)
where h.active and h.last_seen_at >= $__timeFrom()::timestamptz and h.device_id::text = any (array[${device:sqlstring}]::text[])
  and (h.margin_db is not null or h.snr is not null or h.rssi is not null)
order by h.margin_db nulls last, h.snr nulls last, h.rssi, l.label
limit 10

-- name: rule_silent
-- 1 for each device that is silent, else 0.
select now() as time, l.label as thing, case when c.state = 'silent' then 1.0 else 0.0 end::double precision as value
from api.device_health c
join api.device_label l using (device_id)
where c.active and c.state <> 'never'
order by thing

-- name: rule_source
-- 1 for each source that has a problem, else 0.
select now() as time, s.name as thing, case when s.problem is null then 0.0 else 1.0 end::double precision as value
from api.source s
where s.enabled
order by thing
