-- name: curves
-- Of one gauge, the newest first.
select curve_id, site_id, from_time, to_time, form, zero_flow_cm, to_jsonb(levels_cm) as levels_cm,
       to_jsonb(discharges_m3s) as discharges_m3s, source, entered_by, entered_at
from api.rating_curve where site_id = %(site_id)s
order by from_time desc

-- name: is_gauge
select exists (select from api.site where site_id = %(site_id)s and kind = 'gauge')

-- name: own_gauge
-- Holds the gauge until the end of the transaction.
select tenant_id from core.site where site_id = %(site_id)s and kind = 'gauge' for update

-- name: in_the_way
-- Curves that hold later than this one begins: they end then, if they began before.
select curve_id, from_time from core.rating_curve
where site_id = %(site_id)s and (to_time is null or to_time > %(from_time)s)

-- name: end
update core.rating_curve set to_time = %(from_time)s
where site_id = %(site_id)s and from_time < %(from_time)s and (to_time is null or to_time > %(from_time)s)

-- name: enter
insert into core.rating_curve (site_id, tenant_id, from_time, form, zero_flow_cm, levels_cm, discharges_m3s, source, why, entered_by)
values (%(site_id)s, %(tenant_id)s, %(from_time)s, %(form)s, %(zero_flow_cm)s, %(levels_cm)s, %(discharges_m3s)s, %(source)s, %(why)s, %(by)s)
returning curve_id

-- name: remove
delete from core.rating_curve where site_id = %(site_id)s and curve_id = %(curve_id)s returning curve_id
