-- name: ingest_fates
-- Messages by source, fate and reason in whole hours.
select source_id, tenant_id, fate, reason, sum(messages)::bigint as messages
from api.ingest_fate
where hour < %(end)s and hour >= date_bin('1 hour', %(start)s::timestamptz, timestamptz 'epoch')
  and (%(source_id)s::integer is null or source_id = %(source_id)s)
group by source_id, tenant_id, fate, reason
order by source_id, fate, reason

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
