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

-- name: dead_letter
-- One message with everything that was kept of it (at most 64 KiB).
select dead_letter_id, tenant_id, source_id, topic, body, body_bytes, reason, detail, dev_eui,
       first_received_at, last_received_at, copies, attempted_at, resolved_at, resolved_by, outcome
from api.dead_letter
where dead_letter_id = %(dead_letter_id)s

-- name: ingest_fates
-- Messages by source, fate and reason in whole hours.
select source_id, tenant_id, fate, reason, sum(messages)::bigint as messages
from api.ingest_fate
where hour < %(end)s and hour >= date_bin('1 hour', %(start)s::timestamptz, timestamptz 'epoch')
  and (%(source_id)s::integer is null or source_id = %(source_id)s)
group by source_id, tenant_id, fate, reason
order by source_id, fate, reason

-- name: ingest_fates_hourly
select source_id, tenant_id, hour, fate, reason, messages
from api.ingest_fate
where hour < %(end)s and hour >= date_bin('1 hour', %(start)s::timestamptz, timestamptz 'epoch')
  and (%(source_id)s::integer is null or source_id = %(source_id)s)
order by hour, source_id, fate, reason

-- name: sources
-- silent_since: nothing is wrong with the connection, but no message came for more than two hours and for more than twice
-- the longest pause of the week before.
select s.source_id, s.tenant_id, s.name, s.format, s.broker_url, s.topics, s.protocol, s.username, s.enabled, s.sessions,
       s.sessions_connected, s.connected_since, s.last_message_at, s.messages_last_minute, s.lag_seconds, s.reported_at,
       s.problem, s.problem_detail,
       case when q.quiet > coalesce(2 * u.pause, interval '0') then coalesce(s.last_message_at, s.connected_since) end as silent_since
from api.source s
left join lateral (
    select now() - greatest(s.connected_since, s.last_message_at) as quiet
    where s.enabled and s.problem is null and s.connected_since < now() - interval '2 hours'
      and (s.last_message_at < now() - interval '2 hours') is not false
) q on true
left join lateral (
    select max(p.pause) as pause
    from (select f.hour - lag(f.hour) over (order by f.hour) as pause
          from api.ingest_fate f
          where q.quiet is not null and f.source_id = s.source_id
            and f.hour > s.last_message_at - interval '7 days' and f.hour <= s.last_message_at) p
) u on true
order by s.name, s.source_id

-- name: anything_arrived
select exists (select from api.ingest_fate) or exists (select from api.source where last_message_at is not null) as arrived

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

-- name: message_totals
-- For /metrics, under the api role: every message ever counted, as long as the counts are kept.
select t.slug as tenant, s.name as source, f.fate, f.reason, sum(f.messages)::bigint as messages
from core.ingest_fate f
join core.source s using (source_id)
join core.tenant t on t.tenant_id = f.tenant_id
group by t.slug, s.name, f.fate, f.reason
order by t.slug, s.name, f.fate, f.reason
