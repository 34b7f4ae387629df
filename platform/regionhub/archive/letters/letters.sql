-- name: count_waiting
select count(*) as messages from core.dead_letter
where tenant_id = %(tenant_id)s and resolved_at is null
  and (%(source_id)s::integer is null or source_id = %(source_id)s)
  and (%(letter_reason)s::text is null or reason = %(letter_reason)s)
  and (%(dev_eui)s::text is null or dev_eui = %(dev_eui)s)

-- name: next_waiting
-- In the order of their arrival, so that the quality tests see them as they would have then.
select dead_letter_id, source_id, topic, body, body_bytes, recovered, arrival_known, first_received_at
from core.dead_letter
where tenant_id = %(tenant_id)s and resolved_at is null and dead_letter_id > %(last_id)s
  and (%(source_id)s::integer is null or source_id = %(source_id)s)
  and (%(letter_reason)s::text is null or reason = %(letter_reason)s)
  and (%(dev_eui)s::text is null or dev_eui = %(dev_eui)s)
order by dead_letter_id limit %(limit)s

-- name: resolve
update core.dead_letter d set resolved_at = now(), attempted_at = now(), resolved_by = %(resolved_by)s,
    outcome = n.outcome, replay_id = %(replay_id)s
from unnest(%(ids)b::int8[], %(outcomes)s::text[]) as n (dead_letter_id, outcome)
where d.dead_letter_id = n.dead_letter_id and d.resolved_at is null
returning d.dead_letter_id

-- name: cut_letters
-- What was cut when it came can never be read again, and says so.
update core.dead_letter set attempted_at = now(),
    detail = format('only the first %%s of %%s bytes were kept, so it cannot be processed again; at first: %%s',
                    length(body), body_bytes, left(detail, 800))
where dead_letter_id = any(%(ids)b::int8[]) and resolved_at is null and detail not like 'only the first%%'

-- name: groups
-- Waiting messages by reason and device (by source where nobody could tell the device), the latest first,
-- each with its newest message as an example.
select g.tenant_id, g.source_id, s.name as source_name, g.reason, g.dev_eui, g.messages, g.copies, g.cut,
       g.first_received_at, g.last_received_at, g.attempted_at, g.oldest + r.keep as expires_at,
       d.device_id, d.name as device_name, x.topic, x.detail, substr(x.body, 1, 4096) as body, x.body_bytes
from (select tenant_id, source_id, reason, dev_eui, count(*) as messages, sum(copies)::bigint as copies,
             count(*) filter (where length(body) < body_bytes) as cut,
             min(first_received_at) as first_received_at, max(last_received_at) as last_received_at,
             max(attempted_at) as attempted_at, min(last_received_at) as oldest, max(dead_letter_id) as newest
      from api.dead_letter where resolved_at is null
      group by tenant_id, source_id, reason, dev_eui) g
join api.dead_letter x on x.dead_letter_id = g.newest
left join api.source s on s.source_id = g.source_id
left join api.retention r on r.tenant_id = g.tenant_id and r.what = 'dead_letter'
left join api.device d on d.dev_eui = g.dev_eui and d.tenant_id = g.tenant_id and d.active
where (%(reason)s::text is null or g.reason = %(reason)s)
order by g.last_received_at desc, g.newest desc
limit %(limit)s

-- name: resolved
-- The last ones that were resolved.
select dead_letter_id, tenant_id, reason, dev_eui, first_received_at, copies, outcome, resolved_at, resolved_by
from api.dead_letter where resolved_at is not null
order by resolved_at desc, dead_letter_id desc limit %(limit)s

-- name: accounts
-- Every message that could not pass, and where it is now; unexplained is 0 unless rows were removed by hand.
select source_id, tenant_id, arrived, waiting, stored, duplicate, ignored, removed,
       arrived - waiting - stored - duplicate - ignored - removed as unexplained
from api.dead_letter_account order by source_id

-- name: dead_letters
-- The newest first; keyset on dead_letter_id. body holds at most its first 4 KiB.
select dead_letter_id, tenant_id, source_id, topic, substr(body, 1, 4096) as body, body_bytes, reason, detail, dev_eui,
       first_received_at, last_received_at, copies, attempted_at, resolved_at, resolved_by, outcome
from api.dead_letter
where (%(resolved)s::boolean is null or (resolved_at is not null) = %(resolved)s)
  and (%(before)s::bigint is null or dead_letter_id < %(before)s)
  and (%(source_id)s::integer is null or source_id = %(source_id)s)
  and (%(reason)s::text is null or reason = %(reason)s)
order by dead_letter_id desc
limit %(limit)s

-- name: decode_errors
-- Waiting messages that the codec of their device could not read, by profile; with one of their reasons.
select d.tenant_id, d.profile_id, l.reason, count(*) as messages,
       count(*) filter (where l.last_received_at >= now() - interval '7 days') as messages_week,
       count(*) filter (where l.last_received_at >= date_trunc('day', now(), 'Europe/Berlin')) as messages_today,
       count(distinct l.dev_eui) as devices, max(l.last_received_at) as last_received_at,
       (array_agg(l.detail order by l.last_received_at desc))[1] as example
from api.dead_letter l
join api.device d on d.dev_eui = l.dev_eui and d.tenant_id = l.tenant_id
where l.resolved_at is null and l.reason in ('not_decodable', 'unusable_profile')
group by d.tenant_id, d.profile_id, l.reason
order by max(l.last_received_at) desc, d.profile_id, l.reason

-- name: tenants_with_letters
select distinct tenant_id from core.dead_letter
where resolved_at is null and (%(letter_reason)s::text is null or reason = %(letter_reason)s)
  and (%(dev_eui)s::text is null or dev_eui = %(dev_eui)s)

-- name: waiting
select reason, count(*) as messages from core.dead_letter where resolved_at is null
group by reason order by count(*) desc, reason

-- name: undecoded
select d.profile_id, count(*) as messages, count(distinct d.device_id) as devices,
       (array_agg(l.detail order by l.last_received_at desc))[1] as example
from core.dead_letter l
join core.device d on d.dev_eui = l.dev_eui and d.tenant_id = l.tenant_id
where l.resolved_at is null and l.reason in ('not_decodable', 'unusable_profile') and l.last_received_at > now() - interval '7 days'
group by d.profile_id order by d.profile_id

-- name: messages_of_device
-- What waits of a device, the newest first, with what its source speaks.
select s.format, s.mapping::text as mapping, l.topic, l.body, l.first_received_at as received_at
from api.dead_letter l join api.source s using (source_id)
where l.tenant_id = %(tenant_id)s and l.dev_eui = %(dev_eui)s and l.resolved_at is null and length(l.body) = l.body_bytes
order by l.dead_letter_id desc limit %(limit)s
