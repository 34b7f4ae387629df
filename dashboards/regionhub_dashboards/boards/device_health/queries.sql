-- name: devices
-- Active devices, for the variable.
select label as __text, device_id as __value
from api.device_label
where active
order by label

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
       h.since as "Seit",
       h.last_seen_at as "Zuletzt gesehen",
       h.battery_voltage as "Batteriespannung",
       h.battery_left as "Batterie",
       h.battery_empty_on::timestamptz as "Leer etwa",
       h.loss_pct as "Verlust",
       h.rssi as "RSSI",
       h.snr as "SNR",
       h.sf as "SF",
       h.gateways as "Gateways",
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

-- name: rssi
-- Signal strength of the best gateway; radio frames have no rollup, so at most 90 days are read.
select date_bin(make_interval(secs => $__interval_ms / 1000.0), u.time, 'epoch') as time, l.label as metric, avg(u.rssi) as value
from (
    select c.device_id, l.label from api.device_health c
    join api.device_label l using (device_id)
    where c.last_seen_at >= $__timeFrom()::timestamptz and c.device_id::text = any (array[${device:sqlstring}]::text[])
    order by (select -v.urgency from api.level v where v.signal = 'device_health' and v.state = c.state), l.label
    limit %lines%
) l
cross join lateral (
    select u.time, u.rssi from api.uplink u
    where u.device_id = l.device_id
      and u.time >= greatest($__timeFrom()::timestamptz, $__timeTo()::timestamptz - interval '90 days')
      and u.time <= $__timeTo()::timestamptz
    offset 0) u
group by 1, 2
order by 1, 2

-- name: snr
-- Signal to noise of the best gateway; radio frames have no rollup, so at most 90 days are read.
select date_bin(make_interval(secs => $__interval_ms / 1000.0), u.time, 'epoch') as time, l.label as metric, avg(u.snr) as value
from (
    select c.device_id, l.label from api.device_health c
    join api.device_label l using (device_id)
    where c.last_seen_at >= $__timeFrom()::timestamptz and c.device_id::text = any (array[${device:sqlstring}]::text[])
    order by (select -v.urgency from api.level v where v.signal = 'device_health' and v.state = c.state), l.label
    limit %lines%
) l
cross join lateral (
    select u.time, u.snr from api.uplink u
    where u.device_id = l.device_id
      and u.time >= greatest($__timeFrom()::timestamptz, $__timeTo()::timestamptz - interval '90 days')
      and u.time <= $__timeTo()::timestamptz
    offset 0) u
group by 1, 2
order by 1, 2

-- name: fates
-- What became of the messages, per hour or longer step.
select date_bin(make_interval(secs => greatest($__interval_ms, 3600000) / 1000.0), f.hour, 'epoch') as time,
       v.label_de as metric,
       sum(f.messages)::double precision as value
from api.ingest_fate f
join api.level v on v.signal = 'fate' and v.state = f.fate
where $__timeFilter(f.hour)
group by 1, 2
order by 1, 2

-- name: dead_letters
-- Messages that could not pass, by reason.
select d.reason as "Grund", s.name as "Quelle", count(*) as "Nachrichten", sum(d.copies) as "Zustellungen",
       count(distinct d.dev_eui) as "Geräte", max(d.last_received_at) as "Zuletzt",
       (array_agg(d.detail order by d.last_received_at desc))[1] as "Beispiel"
from api.dead_letter d
left join api.source s using (source_id)
where $__timeFilter(d.last_received_at)
group by d.reason, s.name
order by count(*) desc, d.reason

-- name: decode_errors
-- Messages that do not fit the profile of their device, by profile.
select v.profile_id as "Profil", d.reason as "Grund",
       count(*) as "Nachrichten", count(distinct d.dev_eui) as "Geräte",
       max(d.last_received_at) as "Zuletzt",
       (array_agg(d.detail order by d.last_received_at desc))[1] as "Beispiel"
from api.dead_letter d
join api.device v on v.dev_eui = d.dev_eui
where $__timeFilter(d.last_received_at) and d.reason in ('not_decodable', 'unusable_profile')
group by v.profile_id, d.reason
order by count(*) desc, v.profile_id

-- name: completeness
-- The ledger of devices, of those first that need somebody; frames are counted anew each time, so at most 90 days are read.
select l.label as "Gerät", c.expected as "Erwartet", c.received as "Empfangen", c.recovered as "Nachgeholt",
       c.missing as "Fehlend", c.completeness_pct as "Vollständig", c.waiting as "Nicht lesbar",
       c.gap_from as "Letzte Lücke von", c.gap_to as "Letzte Lücke bis", c.gap_frames as "Pakete darin",
       coalesce(c.not_judged, '') as "Nicht bewertbar"
from (
    select c.device_id, l.label from api.device_health c
    join api.device_label l using (device_id)
    where c.active and c.device_id::text = any (array[${device:sqlstring}]::text[])
    order by (select -v.urgency from api.level v where v.signal = 'device_health' and v.state = c.state), l.label
    limit %rows%
) l
cross join lateral api.completeness(
    l.device_id, greatest($__timeFrom()::timestamptz, $__timeTo()::timestamptz - interval '90 days'), $__timeTo()::timestamptz) c
order by c.missing desc nulls last, l.label
