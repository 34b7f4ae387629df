-- name: alarms
-- The open ones first, the most urgent of them first; then what is over, the last first.
select a.alarm_id, a.tenant_id, a.rule_id, a.site_id, a.rule_name, a.place, a.said, a.level::integer as level, a.value, a.unit,
       a.decimals::integer as decimals, a.measured_at, a.raised_at, a.confirmed_at, a.step::integer as step, a.escalate_at,
       a.acknowledged_at, a.acknowledged_by, a.cleared_at, a.closed_at,
       case when a.closed_at is not null then 'closed' when a.cleared_at is not null then 'clearing'
            when a.acknowledged_at is not null then 'acknowledged' when a.step = 0 then 'watched'
            when a.confirmed_at is null then 'unconfirmed' else 'open' end as state,
       a.cause like 'trial:%%' or a.closed_at is null and exists (select from core.alarm_exercise e
                                                                 where e.tenant_id = a.tenant_id and e.until > now()) as exercise
from core.alarm a
where (%(alarm_id)s::bigint is null or a.alarm_id = %(alarm_id)s)
  and (%(open)s::boolean is null or (a.closed_at is null) = %(open)s)
  and (%(site_id)s::integer is null or a.site_id = %(site_id)s)
  and (%(before)s::bigint is null or a.alarm_id < %(before)s)
order by case when %(open)s then a.level end desc, a.alarm_id desc
limit %(limit)s

-- name: steps
select at, what, who, note from core.alarm_step where alarm_id = %(alarm_id)s order by alarm_step_id

-- name: messages
select m.message_id, m.contact_name, m.subject, m.created_at, m.attempts::integer as attempts, m.repeated, m.delivered_at, m.given_up_at,
       m.problem,
       case when m.delivered_at is not null then 'delivered' when m.given_up_at is not null then 'given_up'
            when m.sending_at is not null then 'sending' when m.attempts > 0 then 'retrying' else 'waiting' end as state
from core.alarm_message m
where m.message_id in (select n.message_id from core.alarm_notice n where n.alarm_id = %(alarm_id)s)
order by m.message_id

-- name: acknowledge
with done as (
    update core.alarm set acknowledged_at = now(), acknowledged_by = %(who)s, escalate_at = null
    where alarm_id = %(alarm_id)s and closed_at is null and acknowledged_at is null
    returning alarm_id, tenant_id
),
logged as (
    insert into core.alarm_step (alarm_id, tenant_id, what, who) select alarm_id, tenant_id, 'acknowledged', %(who)s from done
)
select count(*)::integer as done from done

-- name: of_link
select * from core.alarms_of_link(%(hash)s)

-- name: acknowledge_by_link
select core.acknowledge_by_link(%(hash)s) as used
