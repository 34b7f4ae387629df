-- name: ingest_fates
-- Messages by source, fate and reason in whole hours.
select source_id, tenant_id, fate, reason, sum(messages)::bigint as messages
from api.ingest_fate
where hour < %(end)s and hour >= date_bin('1 hour', %(start)s::timestamptz, timestamptz 'epoch')
  and (%(source_id)s::integer is null or source_id = %(source_id)s)
group by source_id, tenant_id, fate, reason
order by source_id, fate, reason

-- name: silent_sources
-- For longer than twice the longest pause of the week before the last message; pauses are counted in hours.
select s.source_id, coalesce(s.last_message_at, s.connected_since) as silent_since
from (select *, now() - greatest(connected_since, last_message_at) as quiet from api.source
      where enabled and problem is null and connected_since is not null) s
cross join lateral (
    select max(p.pause) as pause
    from (select f.hour - lag(f.hour) over (order by f.hour) as pause
          from api.ingest_fate f
          where f.source_id = s.source_id and f.hour > s.last_message_at - interval '7 days' and f.hour <= s.last_message_at) p
) u
where s.quiet > interval '2 hours' and s.quiet > coalesce(2 * u.pause, interval '0')

-- name: anything_arrived
select exists (select from api.ingest_fate) or exists (select from api.source where last_message_at is not null) as arrived

-- name: message_totals
-- For /metrics, under the api role: every message ever counted, as long as the counts are kept.
select t.slug as tenant, s.name as source, f.fate, f.reason, sum(f.messages)::bigint as messages
from core.ingest_fate f
join core.source s using (source_id)
join core.tenant t on t.tenant_id = f.tenant_id
group by t.slug, s.name, f.fate, f.reason
order by t.slug, s.name, f.fate, f.reason

-- name: counted_messages
select coalesce(sum(messages), 0)::bigint as messages from core.ingest_fate
