-- name: rules
select r.rule_id, r.tenant_id, r.name, r.chain_id, c.name as chain_name, r.kind, r.signal, r.quantity, r.below, r.limit_value, r.clear_value,
       r.silent, r.minutes, r.stage::integer as stage, r.hours::integer as hours, r.hold_minutes, r.level::integer as level, r.site_kind,
       to_jsonb(r.site_ids) as site_ids, r.enabled,
       (select count(*)::integer from core.alarm a where a.rule_id = r.rule_id and a.closed_at is null and a.step > 0) as open_alarms
from core.alarm_rule r
join core.alarm_chain c using (chain_id)
where %(rule_id)s::integer is null or r.rule_id = %(rule_id)s
order by r.name, r.rule_id

-- name: values
select v.site_id, s.name, v.limit_value, v.clear_value
from core.alarm_rule_value v join core.site s using (site_id)
where v.rule_id = %(rule_id)s
order by s.name

-- name: create
insert into core.alarm_rule (tenant_id, chain_id, name, kind, signal, quantity, below, limit_value, clear_value, silent, minutes,
                             stage, hours, hold_minutes, level, site_kind, site_ids)
values (%(tenant_id)s, %(chain_id)s, %(name)s, %(kind)s, %(signal)s, %(quantity)s, %(below)s, %(limit_value)s, %(clear_value)s,
        %(silent)s, %(minutes)s, %(stage)s, %(hours)s, %(hold_minutes)s, %(level)s, %(site_kind)s, %(site_ids)s)
returning rule_id

-- name: switch
update core.alarm_rule set enabled = %(enabled)s where rule_id = %(rule_id)s returning rule_id

-- name: delete
delete from core.alarm_rule where rule_id = %(rule_id)s returning rule_id

-- name: set_value
insert into core.alarm_rule_value (rule_id, site_id, tenant_id, limit_value, clear_value)
select r.rule_id, s.site_id, r.tenant_id, %(limit_value)s, %(clear_value)s
from core.alarm_rule r join core.site s on s.tenant_id = r.tenant_id and s.site_id = %(site_id)s
where r.rule_id = %(rule_id)s and r.kind in ('threshold', 'rate', 'forecast', 'time_to_stage')
returning site_id

-- name: forget_value
delete from core.alarm_rule_value where rule_id = %(rule_id)s and site_id = %(site_id)s returning site_id
