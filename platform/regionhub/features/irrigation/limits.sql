-- name: versions
-- The ones that hold first: of the hub, of the town, of its groups; then the former ones, the newest first.
select limit_id, tenant_id, scope, site_group_id, site_group, young, wet_nfk_pct, soon_nfk_pct, now_nfk_pct, target_nfk_pct,
       wet_kpa, soon_kpa, now_kpa, set_at, set_by, why, replaced_at
from api.irrigation_limit_version
where tenant_id = %(tenant_id)s
order by replaced_at is not null, scope <> 'hub', site_group nulls first, young, limit_id desc

-- name: version
select limit_id, tenant_id, scope, site_group_id, site_group, young, wet_nfk_pct, soon_nfk_pct, now_nfk_pct, target_nfk_pct,
       wet_kpa, soon_kpa, now_kpa, set_at, set_by, why, replaced_at
from api.irrigation_limit_version where limit_id = %(limit_id)s and tenant_id = %(tenant_id)s

-- name: limits_of_town
-- Those that hold where no group has own ones, for young trees last.
select distinct on (young) limit_id, tenant_id, scope, site_group_id, site_group, young, wet_nfk_pct, soon_nfk_pct, now_nfk_pct, target_nfk_pct,
       wet_kpa, soon_kpa, now_kpa, set_at, set_by, why, replaced_at
from api.irrigation_limit_version
where replaced_at is null and now_nfk_pct is not null and scope <> 'group' and tenant_id = %(tenant_id)s
order by young, scope desc

-- name: preview
-- Which sites would come to another level: those that have no nearer limits, judged by the function that decides, on the values that decided last.
select i.site_id, i.name, i.irrigation_level as before,
       api.irrigation_state(i.tension_kpa, case when i.basis = 'estimate' then i.water_pct else i.nfk_pct end, i.cold, i.frozen, %(wet_kpa)s, %(soon_kpa)s, %(now_kpa)s, %(wet_nfk_pct)s, %(soon_nfk_pct)s,
                            %(now_nfk_pct)s) as after
from api.irrigation i
join api.irrigation_limit_version l using (tenant_id, limit_id)
where i.tenant_id = %(tenant_id)s and i.basis is not null and i.young = %(young)s
  and (%(site_group_id)s::integer is null or i.site_group_id = %(site_group_id)s)
  and (%(site_group_id)s::integer is not null or l.scope <> 'group')
order by i.need, i.place nulls last, i.name, i.site_id

-- name: outer
-- What holds where a group, or a town, has no own limits.
select limit_id, tenant_id, scope, site_group_id, site_group, young, wet_nfk_pct, soon_nfk_pct, now_nfk_pct, target_nfk_pct,
       wet_kpa, soon_kpa, now_kpa, set_at, set_by, why, replaced_at
from api.irrigation_limit_version
where replaced_at is null and now_nfk_pct is not null and young = %(young)s and tenant_id = %(tenant_id)s
  and (scope = 'hub' or %(of_group)s and scope = 'town')
order by scope desc
limit 1

-- name: add
insert into core.irrigation_limit (tenant_id, site_group_id, young, wet_nfk_pct, soon_nfk_pct, now_nfk_pct, target_nfk_pct, wet_kpa, soon_kpa, now_kpa,
                                   set_by, why)
values (%(tenant_id)s, %(site_group_id)s, %(young)s, %(wet_nfk_pct)s, %(soon_nfk_pct)s, %(now_nfk_pct)s, %(target_nfk_pct)s, %(wet_kpa)s, %(soon_kpa)s,
        %(now_kpa)s, %(set_by)s, %(why)s)
returning limit_id

-- name: of_hub
-- As the owner: those of the hub that hold, of young trees last.
select wet_nfk_pct, soon_nfk_pct, now_nfk_pct, target_nfk_pct, wet_kpa, soon_kpa, now_kpa
from core.irrigation_limit where tenant_id is null and replaced_at is null order by young
