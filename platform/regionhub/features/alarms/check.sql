-- name: tenant
select tenant_id from core.tenant where slug = %(slug)s

-- name: source
select source_id, broker_url from core.source where tenant_id = %(tenant_id)s

-- name: set_up
-- A rule that is met by what the check sends, and a receipt that is told of it.
with contact as (
    insert into core.alarm_contact (tenant_id, name, address, shown)
    values (%(tenant_id)s, 'Quittung', %(receipt)s, %(receipt)s) returning contact_id, tenant_id
),
chain as (
    insert into core.alarm_chain (tenant_id, name, minutes) values (%(tenant_id)s, 'Prüfung', 1440) returning chain_id, tenant_id
),
step as (
    insert into core.alarm_chain_step (chain_id, step, contact_id, tenant_id)
    select chain_id, 1, contact_id, tenant_id from chain join contact using (tenant_id)
)
insert into core.alarm_rule (tenant_id, chain_id, name, kind, quantity, limit_value, level, enabled)
select tenant_id, chain_id, 'Prüfung', 'threshold', 'air_temperature', %(limit)s, 1, true from chain

-- name: is_due
-- Each hour; after a failure, or one that nobody finished, sooner. Ingest needs a while to hear of a new source.
select not exists (
    select from core.alarm_check
    where begun_at > now() - case when passed_at is null then interval '10 minutes' else interval '1 hour' end
) and (select created_at < now() - interval '1 minute' from core.source where tenant_id = %(tenant_id)s) as is_due

-- name: forget_last
-- What is left of the last check, so that this one is an alarm of its own.
update core.alarm set closed_at = now() where tenant_id = %(tenant_id)s and closed_at is null

-- name: forget_old
delete from core.alarm_check where begun_at < now() - interval '1 year'

-- name: begin
insert into core.alarm_check default values returning alarm_check_id

-- name: stage
-- How far it has come.
select case when exists (select from core.alarm a
                         join core.alarm_notice n using (alarm_id)
                         join core.alarm_message m using (message_id)
                         where a.tenant_id = %(tenant_id)s and a.raised_at >= c.begun_at and m.delivered_at is not null) then 'passed'
            when exists (select from core.alarm a where a.tenant_id = %(tenant_id)s and a.raised_at >= c.begun_at) then 'not_delivered'
            when exists (select from core.latest l where l.tenant_id = %(tenant_id)s and l.received_at >= c.begun_at) then 'not_raised'
            else 'not_stored' end as stage
from core.alarm_check c
where c.alarm_check_id = %(check_id)s

-- name: finish
update core.alarm_check set passed_at = case when %(problem)s::text is null then clock_timestamp() end, problem = %(problem)s
where alarm_check_id = %(check_id)s

-- name: last
select max(passed_at) as passed_at, max(begun_at) as begun_at,
       (select problem from core.alarm_check order by alarm_check_id desc limit 1) as problem
from core.alarm_check

-- name: is_needed
select exists (select from core.alarm_rule where enabled) as is_needed
