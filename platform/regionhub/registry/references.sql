-- name: references
-- From when to when which zero and stages held, the newest first.
select reference_id, site_id, from_time, to_time, gauge_zero_m, gauge_datum, stage_1_cm, stage_2_cm, stage_3_cm
from api.gauge_reference where site_id = %(site_id)s
order by from_time desc

-- name: reference_corrections
select correction_id, site_id, corrected_at, corrected_by, why, from_time, to_time, gauge_zero_m, gauge_datum, stage_1_cm, stage_2_cm, stage_3_cm
from api.gauge_reference_correction where site_id = %(site_id)s
order by correction_id desc

-- name: own_gauge
-- Holds the gauge until the end of the transaction.
select tenant_id from core.site where site_id = %(site_id)s and kind = 'gauge' for update

-- name: split
-- What holds across a moment is one row until then and another one from then on.
with whole as (
    select * from core.gauge_reference
    where site_id = %(site_id)s and from_time < %(time)s and (to_time is null or to_time > %(time)s)
),
cut as (
    update core.gauge_reference r set to_time = %(time)s from whole w where r.reference_id = w.reference_id returning w.*
)
insert into core.gauge_reference (site_id, tenant_id, from_time, to_time, gauge_zero_m, gauge_datum, stage_1_cm, stage_2_cm, stage_3_cm)
select site_id, tenant_id, %(time)s, to_time, gauge_zero_m, gauge_datum, stage_1_cm, stage_2_cm, stage_3_cm from cut

-- name: note
insert into core.gauge_reference_correction (tenant_id, site_id, corrected_by, why, from_time, to_time, gauge_zero_m, gauge_datum, stage_1_cm,
                                             stage_2_cm, stage_3_cm)
select tenant_id, site_id, %(by)s, %(why)s, from_time, to_time, gauge_zero_m, gauge_datum, stage_1_cm, stage_2_cm, stage_3_cm
from core.gauge_reference
where site_id = %(site_id)s and from_time >= %(start)s and (%(end)s::timestamptz is null or to_time <= %(end)s)
order by from_time

-- name: correct
-- What is not named stays in each of the rows.
update core.gauge_reference set
    gauge_zero_m = case when 'gauge_zero_m' = any(%(named)s) then %(gauge_zero_m)s else gauge_zero_m end,
    gauge_datum = case when 'gauge_datum' = any(%(named)s) then %(gauge_datum)s else gauge_datum end,
    stage_1_cm = case when 'stage_1_cm' = any(%(named)s) then %(stage_1_cm)s else stage_1_cm end,
    stage_2_cm = case when 'stage_2_cm' = any(%(named)s) then %(stage_2_cm)s else stage_2_cm end,
    stage_3_cm = case when 'stage_3_cm' = any(%(named)s) then %(stage_3_cm)s else stage_3_cm end
where site_id = %(site_id)s and from_time >= %(start)s and (%(end)s::timestamptz is null or to_time <= %(end)s)

-- name: follow
-- The site has what holds now.
update core.site s set gauge_zero_m = r.gauge_zero_m, gauge_datum = r.gauge_datum, stage_1_cm = r.stage_1_cm,
    stage_2_cm = r.stage_2_cm, stage_3_cm = r.stage_3_cm
from core.gauge_reference r
where s.site_id = %(site_id)s and r.site_id = s.site_id and r.to_time is null
  and (s.gauge_zero_m, s.gauge_datum, s.stage_1_cm, s.stage_2_cm, s.stage_3_cm)
      is distinct from (r.gauge_zero_m, r.gauge_datum, r.stage_1_cm, r.stage_2_cm, r.stage_3_cm)
