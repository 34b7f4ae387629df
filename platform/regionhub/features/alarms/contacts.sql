-- name: contacts
select c.contact_id, c.tenant_id, c.name, c.shown, c.quiet_from, c.quiet_to,
       m.delivered_at, p.problem, coalesce(p.waiting, 0)::integer as waiting
from core.alarm_contact c
left join lateral (select max(delivered_at) as delivered_at from core.alarm_message m where m.contact_id = c.contact_id) m on true
left join lateral (
    select count(*) as waiting, max(w.problem) as problem from core.alarm_message w
    where w.contact_id = c.contact_id and w.delivered_at is null and w.given_up_at is null
) p on true
order by c.name, c.contact_id

-- name: create_contact
insert into core.alarm_contact (tenant_id, name, address, shown, quiet_from, quiet_to)
values (%(tenant_id)s, %(name)s, %(address)s, %(shown)s, %(quiet_from)s, %(quiet_to)s)
returning contact_id

-- name: delete_contact
delete from core.alarm_contact where contact_id = %(contact_id)s returning contact_id

-- name: chains
select h.chain_id, h.tenant_id, h.name, h.minutes::integer as minutes,
       coalesce((select array_agg(s.step::integer order by s.step, c.name) from core.alarm_chain_step s join core.alarm_contact c using (contact_id)
                 where s.chain_id = h.chain_id), '{}') as steps,
       coalesce((select array_agg(s.contact_id order by s.step, c.name) from core.alarm_chain_step s join core.alarm_contact c using (contact_id)
                 where s.chain_id = h.chain_id), '{}') as contact_ids,
       coalesce((select array_agg(c.name order by s.step, c.name) from core.alarm_chain_step s join core.alarm_contact c using (contact_id)
                 where s.chain_id = h.chain_id), '{}') as contact_names
from core.alarm_chain h
where %(chain_id)s::integer is null or h.chain_id = %(chain_id)s
order by h.name, h.chain_id

-- name: create_chain
insert into core.alarm_chain (tenant_id, name, minutes) values (%(tenant_id)s, %(name)s, %(minutes)s) returning chain_id

-- name: delete_chain
delete from core.alarm_chain where chain_id = %(chain_id)s returning chain_id

-- name: put_step
insert into core.alarm_chain_step (chain_id, step, contact_id, tenant_id)
select h.chain_id, %(step)s, c.contact_id, h.tenant_id
from core.alarm_chain h join core.alarm_contact c on c.tenant_id = h.tenant_id and c.contact_id = %(contact_id)s
where h.chain_id = %(chain_id)s
returning contact_id

-- name: remove_step
delete from core.alarm_chain_step where chain_id = %(chain_id)s and contact_id = %(contact_id)s returning contact_id

-- name: try_chain
-- An alarm that somebody sets off to try the chain; it says so in each message.
with alarm as (
    insert into core.alarm (tenant_id, chain_id, cause, rule_name, place, said, level, raised_at)
    select tenant_id, chain_id, 'trial:' || gen_random_uuid(), 'Probealarm', name, 'Probealarm', 1, now()
    from core.alarm_chain where chain_id = %(chain_id)s
    returning alarm_id, tenant_id
),
logged as (
    insert into core.alarm_step (alarm_id, tenant_id, what, who) select alarm_id, tenant_id, 'raised', %(who)s from alarm
)
select alarm_id from alarm

-- name: exercise
select until, begun_by from core.alarm_exercise where tenant_id = %(tenant_id)s and until > now()

-- name: begin_exercise
insert into core.alarm_exercise (tenant_id, until, begun_by) values (%(tenant_id)s, now() + make_interval(hours => %(hours)s), %(who)s)
on conflict (tenant_id) do update set until = excluded.until, begun_by = excluded.begun_by

-- name: end_exercise
delete from core.alarm_exercise where tenant_id = %(tenant_id)s
