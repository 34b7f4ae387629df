-- name: effective
-- How long each town keeps what; null for good.
select t.slug as tenant, r.what, r.keep, r.of_tenant
from core.effective_retention r join core.tenant t using (tenant_id)
where %(tenant_id)s::integer is null or tenant_id = %(tenant_id)s
order by t.slug, r.what

-- name: kept_since
select now() - keep as kept_since from core.effective_retention
where tenant_id = %(tenant_id)s and what = %(what)s and keep is not null

-- name: set_default
update core.retention set keep = %(keep)s where what = %(what)s returning what

-- name: set_tenant
insert into core.tenant_retention (tenant_id, what, keep) values (%(tenant_id)s, %(what)s, %(keep)s)
on conflict (tenant_id, what) do update set keep = excluded.keep

-- name: unset_tenant
delete from core.tenant_retention where tenant_id = %(tenant_id)s and what = %(what)s

-- name: remove_series
with gone as (select * from core.remove_older(%(what)s)),
noted as (
    insert into core.removal (tenant_id, what, removed, messages, oldest, newest)
    select tenant_id, %(what)s, sum(removed), sum(removed), min(oldest), max(newest) from gone group by tenant_id
    returning *
)
select * from noted

-- name: remove_reading_versions
-- Former values go with the readings they belonged to.
with gone as (
    delete from core.reading_version v using core.effective_retention r
    where r.tenant_id = v.tenant_id and r.what = 'reading' and v.time < now() - r.keep
    returning v.tenant_id, v.time
),
noted as (
    insert into core.removal (tenant_id, what, removed, messages, oldest, newest)
    select tenant_id, 'reading_version', count(*), count(*), min(time), max(time) from gone group by tenant_id
    returning *
)
select * from noted

-- name: remove_dead_letters
with gone as (
    delete from core.dead_letter d using core.effective_retention r
    where r.tenant_id = d.tenant_id and r.what = 'dead_letter'
      and greatest(d.last_received_at, d.resolved_at) < now() - r.keep
    returning d.tenant_id, d.source_id, d.reason, d.outcome, d.copies, d.first_received_at, d.last_received_at
),
noted as (
    insert into core.removal (tenant_id, what, source_id, reason, outcome, removed, messages, oldest, newest)
    select tenant_id, 'dead_letter', source_id, reason, outcome, count(*), sum(copies), min(first_received_at), max(last_received_at)
    from gone group by tenant_id, source_id, reason, outcome
    returning *
)
select * from noted

-- name: remove_device_events
with gone as (
    delete from core.device_event e using core.effective_retention r
    where r.tenant_id = e.tenant_id and r.what = 'device_event' and e.received_at < now() - r.keep
    returning e.tenant_id, e.time
),
noted as (
    insert into core.removal (tenant_id, what, removed, messages, oldest, newest)
    select tenant_id, 'device_event', count(*), count(*), min(time), max(time) from gone group by tenant_id
    returning *
)
select * from noted

-- name: fold_ingest_fates
-- The hours go, their sums stay in one old row, so that the totals never fall: nothing is lost.
with gone as (
    delete from core.ingest_fate f using core.effective_retention r
    where r.tenant_id = f.tenant_id and r.what = 'ingest_fate'
      and f.hour < now() - r.keep and f.hour > '-infinity'
    returning f.source_id, f.tenant_id, f.fate, f.reason, f.messages
)
insert into core.ingest_fate as f (source_id, tenant_id, hour, fate, reason, messages)
select source_id, tenant_id, '-infinity', fate, reason, sum(messages) from gone
group by source_id, tenant_id, fate, reason
on conflict (source_id, hour, fate, reason) do update set messages = f.messages + excluded.messages

-- name: delete_expired_sessions
delete from auth.session where expires_at < now()

-- name: retention_of_town
select tenant_id, what, extract(epoch from keep)::int8 / 86400 as keep_days, of_tenant from api.retention order by tenant_id, what

-- name: removals
select removal_id, tenant_id, what, source_id, reason, outcome, removed, messages, oldest, newest, removed_at
from api.removal
where (%(before)s::bigint is null or removal_id < %(before)s)
order by removal_id desc limit %(limit)s
