-- name: devices
-- Active devices, for the variable.
select label as __text, device_id as __value
from api.device_label
where active
order by label

-- name: state_counts
-- How many devices are in each state; every state has a row.
select v.label as "Zustand", count(h.device_id) as "Geräte"
from (values (1, 'online', 'online'), (2, 'late', 'verspätet'), (3, 'silent', 'stumm'), (4, 'no_values', 'ohne Werte'), (5, 'never', 'nie gemeldet'))
     as v (rank, state, label)
left join api.device_condition h
       on h.state = v.state and h.active and h.device_id::text = any (array[${device:sqlstring}]::text[])
group by v.rank, v.label
order by v.rank

-- name: devices_now
-- Devices as they are now, the silent ones first; what is known of each is looked up one by one (offset 0).
select l.label as "Gerät",
       h.state as "Zustand",
       h.last_seen_at as "Zuletzt gesehen",
       h.battery_voltage as "Batteriespannung",
       h.battery_level as "Batterie",
       h.loss_pct as "Verlust",
       h.rssi as "RSSI",
       h.snr as "SNR",
       h.sf as "SF",
       h.gateways as "Gateways",
       h.profile_id as "Profil",
       h.dev_eui as "DevEUI"
from (
    select c.device_id, l.label, row_number() over (order by array_position(array['never', 'silent', 'no_values', 'late', 'online'], c.state),
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
    order by array_position(array['silent', 'no_values', 'late', 'online'], c.state), l.label
    limit %lines%
) d
cross join lateral api.series(
    d.datastream_id, $__timeFrom()::timestamptz, $__timeTo()::timestamptz, $__interval_ms) s
order by s.time, metric

-- name: rssi
-- Signal strength of the best gateway; radio frames have no rollup, so at most 90 days are read.
select date_bin(make_interval(secs => $__interval_ms / 1000.0), u.time, 'epoch') as time, l.label as metric, avg(u.rssi) as value
from (
    select c.device_id, l.label from api.device_condition c
    join api.device_label l using (device_id)
    where c.last_seen_at >= $__timeFrom()::timestamptz and c.device_id::text = any (array[${device:sqlstring}]::text[])
    order by array_position(array['silent', 'no_values', 'late', 'online'], c.state), l.label
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
    select c.device_id, l.label from api.device_condition c
    join api.device_label l using (device_id)
    where c.last_seen_at >= $__timeFrom()::timestamptz and c.device_id::text = any (array[${device:sqlstring}]::text[])
    order by array_position(array['silent', 'no_values', 'late', 'online'], c.state), l.label
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
       case f.fate when 'stored' then 'gespeichert' when 'duplicate' then 'doppelt'
                   when 'dead_letter' then 'nicht verarbeitbar' else 'nicht benötigt' end as metric,
       sum(f.messages)::double precision as value
from api.ingest_fate f
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
    select c.device_id, l.label from api.device_condition c
    join api.device_label l using (device_id)
    where c.active and c.device_id::text = any (array[${device:sqlstring}]::text[])
    order by array_position(array['silent', 'no_values', 'late', 'online', 'never'], c.state), l.label
    limit %rows%
) l
cross join lateral api.completeness(
    l.device_id, greatest($__timeFrom()::timestamptz, $__timeTo()::timestamptz - interval '90 days'), $__timeTo()::timestamptz) c
order by c.missing desc nulls last, l.label
