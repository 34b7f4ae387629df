-- name: pending
-- Who is to be told what, of alarms as they are now; and what each of them was sent within the last minute.
select n.notice_id, n.what, n.tenant_id, n.contact_id, c.name as contact_name, coalesce(q.quiet, false) as quiet,
       coalesce(e.until > now(), false) or a.cause like 'trial:%%' as exercise, m.recent, m.recent_level,
       a.alarm_id, a.level, a.said, a.place, a.rule_name, a.value, a.unit, a.decimals, a.measured_at, a.raised_at, a.closed_at
from core.alarm_notice n
join core.alarm_contact c using (contact_id)
join core.alarm a using (alarm_id)
left join core.alarm_exercise e on e.tenant_id = n.tenant_id
cross join lateral (
    select case when c.quiet_from < c.quiet_to then t.local >= c.quiet_from and t.local < c.quiet_to
                else t.local >= c.quiet_from or t.local < c.quiet_to end as quiet
    from (select (now() at time zone 'Europe/Berlin')::time as local) t
) q
cross join lateral (
    select count(*)::integer as recent, coalesce(max(s.level), 0)::integer as recent_level
    from core.alarm_message s where s.contact_id = n.contact_id and s.created_at > now() - interval '1 minute'
) m
where n.message_id is null
order by n.contact_id, n.notice_id

-- name: put
with message as (
    insert into core.alarm_message (tenant_id, contact_id, contact_name, subject, body, level)
    values (%(tenant_id)s, %(contact_id)s, %(contact_name)s, %(subject)s, %(body)s, %(level)s)
    returning message_id
)
update core.alarm_notice n set message_id = m.message_id
from message m
where n.notice_id = any(%(notices)s)

-- name: orphans
-- Whoever handed these to a channel is gone; nobody knows whether they arrived.
update core.alarm_message set sending_at = null, repeated = true where sending_at is not null

-- name: claim
-- The oldest message of each contact that waits for none; what is urgent first. Of a town only so many are on their way at once: its slow
-- services keep no other town waiting.
with next as (
    select distinct on (contact_id) message_id, tenant_id, level
    from core.alarm_message m
    where due_at <= clock_timestamp() and delivered_at is null and given_up_at is null
      and not exists (select from core.alarm_message o where o.contact_id = m.contact_id and o.sending_at is not null)
    order by contact_id, level desc, message_id
),
fair as (
    select n.message_id, n.level, row_number() over (partition by n.tenant_id order by n.level desc, n.message_id) + b.sending as place
    from next n
    cross join lateral (
        select count(*) as sending from core.alarm_message o
        where o.tenant_id = n.tenant_id and o.sending_at is not null and o.delivered_at is null and o.given_up_at is null
    ) b
)
update core.alarm_message m
set sending_at = clock_timestamp(), attempts = m.attempts + 1
from (select message_id from fair where place <= %(of_town)s order by level desc, message_id limit %(most)s) n
left join core.alarm_message o using (message_id)
left join core.alarm_contact c on c.contact_id = o.contact_id
where m.message_id = n.message_id
returning m.message_id, c.address, m.subject, m.body, m.level::integer as level, m.repeated,
          exists (select from core.alarm_notice x join core.alarm a using (alarm_id)
                  where x.message_id = m.message_id and a.closed_at is null and a.acknowledged_at is null) as wants_answer

-- name: link
insert into core.alarm_link (link_hash, tenant_id, message_id, until)
select %(link_hash)s, tenant_id, message_id, now() + interval '1 day' from core.alarm_message where message_id = %(message_id)s

-- name: delivered
update core.alarm_message set delivered_at = clock_timestamp(), sending_at = null, problem = null where message_id = %(message_id)s

-- name: later
-- Again after a while; after a day without success nobody needs it any more.
update core.alarm_message
set sending_at = null, repeated = repeated or %(unknown)s, problem = %(problem)s,
    due_at = clock_timestamp() + make_interval(secs => (array[10, 30, 60, 120, 300])[least(attempts, 5)]),
    given_up_at = case when contact_id is null or created_at < now() - interval '1 day' then clock_timestamp() end
where message_id = %(message_id)s
returning given_up_at is not null as given_up

-- name: log
insert into core.alarm_step (alarm_id, tenant_id, what, who, note)
select distinct n.alarm_id, n.tenant_id, %(what)s, m.contact_name, case when m.repeated then %(repeated)s else '' end
from core.alarm_notice n join core.alarm_message m using (message_id)
where n.message_id = %(message_id)s
