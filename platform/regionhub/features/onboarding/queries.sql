-- name: site_named
-- Of the town itself: another's of this name is none of its business.
select s.site_id from api.site s where s.tenant_id = %(tenant_id)s and s.name = %(name)s

-- name: first_waiting
-- When the first message was received that waits for a device to be registered.
select min(first_received_at) from api.dead_letter
where tenant_id = %(tenant_id)s and dev_eui = %(dev_eui)s and reason = 'unknown_device' and resolved_at is null

-- name: heard
-- The newest frame of a device.
select time, f_port, payload_hex, gateways, rssi, snr
from api.uplink where device_id = %(device_id)s order by time desc limit 1

-- name: values
-- What it measures, with the newest value of each.
select q.name_de, q.name_en, l.position, l.value, q.symbol, q.decimals, l.time
from api.latest l join api.quantity q using (quantity)
where l.device_id = %(device_id)s
order by q.theme = 'device', q.name_de, l.position

-- name: waiting
-- Its messages that could not be processed, by reason.
select reason, count(*)::integer as messages, (array_agg(detail order by dead_letter_id desc))[1] as detail
from api.dead_letter
where tenant_id = %(tenant_id)s and dev_eui = %(dev_eui)s and resolved_at is null
group by reason order by count(*) desc

-- name: unknown
-- Devices that send and are not registered, the latest first.
select l.dev_eui, min(l.first_received_at) as first_heard, max(l.last_received_at) as last_heard,
       sum(l.copies)::integer as messages,
       array(select d.profile_id from api.device d
             where d.tenant_id = l.tenant_id and left(d.dev_eui, 6) = left(l.dev_eui, 6)
             group by d.profile_id order by count(*) desc, d.profile_id) as of_maker
from api.dead_letter l
where l.tenant_id = %(tenant_id)s and l.reason = 'unknown_device' and l.resolved_at is null and l.dev_eui is not null
  and not exists (select from api.device d where d.tenant_id = l.tenant_id and d.dev_eui = l.dev_eui)
group by l.tenant_id, l.dev_eui
order by max(l.last_received_at) desc, l.dev_eui
limit %(limit)s

-- name: photo
select image from core.site_photo where site_id = %(site_id)s

-- name: photo_time
select uploaded_at from core.site_photo where site_id = %(site_id)s

-- name: save_photo
insert into core.site_photo (site_id, tenant_id, image, taken_by) values (%(site_id)s, %(tenant_id)s, %(image)s, %(by)s)
on conflict (site_id) do update set image = excluded.image, taken_by = excluded.taken_by, uploaded_at = now()

-- name: delete_photo
delete from core.site_photo where site_id = %(site_id)s

-- name: ask_for_late
-- As the owner. Messages that came while their device was being registered, before ingest knew it: each is tried once.
insert into core.replay (tenant_id, kind, requested_by, why, letter_reason)
select distinct l.tenant_id, 'dead_letters', 'regionhub', 'kam, als das Gerät gerade angelegt wurde', 'unknown_device'
from core.dead_letter l join core.device d using (tenant_id, dev_eui)
where l.reason = 'unknown_device' and l.resolved_at is null and d.active and coalesce(l.attempted_at < d.created_at, true)
  and not exists (select from core.replay r
                  where r.tenant_id = l.tenant_id and r.kind = 'dead_letters' and r.state in ('waiting', 'running'))
