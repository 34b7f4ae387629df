-- name: devices
-- Active devices, for the variable.
select coalesce(l.label, 'noch kein Gerät') as __text, coalesce(l.device_id, -1) as __value
from (select) one
left join api.device_label l on l.active
order by 1

-- name: fates
-- What became of the messages, per hour or longer step.
select api.step(f.hour, greatest($__interval_ms, 3600000)) as time,
       v.label_de as metric,
       sum(f.messages)::double precision as value
from api.ingest_fate f
join api.level v on v.signal = 'fate' and v.state = f.fate
where $__timeFilter(f.hour)
group by 1, 2
order by 1, 2

-- name: completeness
-- The ledger of devices, of those first that need somebody; frames are counted anew each time, so at most 90 days are read.
select l.label as "Gerät", c.completeness_pct as "Vollständig", c.missing as "Fehlend", c.expected as "Erwartet",
       c.received as "Empfangen", c.recovered as "Nachgeholt", c.waiting as "Nicht lesbar",
       c.gap_from as "Letzte Lücke", c.gap_frames as "Pakete darin", coalesce(c.not_judged, '') as "Nicht bewertbar"
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

-- name: dead_letters
-- Messages that could not pass, by reason.
select d.reason as "Grund", count(*) as "Nachrichten", max(d.last_received_at) as "Zuletzt",
       (array_agg(d.detail order by d.last_received_at desc))[1] as "Beispiel",
       s.name as "Quelle", count(distinct d.dev_eui) as "Geräte"
from api.dead_letter d
left join api.source s using (source_id)
where $__timeFilter(d.last_received_at)
group by d.reason, s.name
order by count(*) desc, d.reason

-- name: decode_errors
-- Messages that do not fit the profile of their device, by profile.
select v.profile_id as "Profil", d.reason as "Grund", count(*) as "Nachrichten", max(d.last_received_at) as "Zuletzt",
       (array_agg(d.detail order by d.last_received_at desc))[1] as "Beispiel", count(distinct d.dev_eui) as "Geräte"
from api.dead_letter d
join api.device v on v.dev_eui = d.dev_eui
where $__timeFilter(d.last_received_at) and d.reason in ('not_decodable', 'unusable_profile')
group by v.profile_id, d.reason
order by count(*) desc, v.profile_id

-- name: failed
-- Readings that failed a test, by quantity; only over a month or less, since they are no part of the rollups.
select q.name_de as "Größe", count(*) as "Messwerte", count(distinct t.label) as "Messstellen", max(r.time) as "Zuletzt",
       (array_agg(t.label order by r.time desc))[1] as "Beispiel"
from api.site_stream t
join api.quantity q on q.quantity = t.quantity
join api.reading r using (datastream_id)
where $__timeFilter(r.time) and r.quality = 4
  and r.time >= t.from_time and (t.to_time is null or r.time < t.to_time)
  and $__timeTo()::timestamptz - $__timeFrom()::timestamptz <= interval '31 days'
group by q.name_de
order by count(*) desc, q.name_de
limit %rows%
