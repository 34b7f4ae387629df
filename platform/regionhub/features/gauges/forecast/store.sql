-- name: due_models
-- Gauges with a level whose forecasts were not learnt since the last night, or never and not in vain of late; the oldest first.
select s.site_id, t.slug
from core.site s
join core.tenant t using (tenant_id)
join core.signal d on d.site_id = s.site_id and d.signal = 'gauges' and d.time is not null
left join lateral (select min(m.trained_at) as at from core.gauge_model m where m.site_id = s.site_id) m on true
left join core.gauge_forecast_turn u on u.site_id = s.site_id
where s.kind = 'gauge' and case when m.at is null then coalesce(u.learn_at <= %(now)s, true) else m.at < %(night)s end
order by m.at nulls first, s.site_id

-- name: due_forecasts
-- Gauges with a newer level than when they were last forecast, and not too old for one.
select s.site_id, t.slug
from core.site s
join core.tenant t using (tenant_id)
cross join core.gauge_threshold h
join core.signal d on d.site_id = s.site_id and d.signal = 'gauges' and d.time > now() - h.stale_after
left join core.gauge_forecast_turn u on u.site_id = s.site_id
where (u.level_time is null or u.level_time < d.time) and exists (select from core.gauge_model m where m.site_id = s.site_id)
order by d.time, s.site_id

-- name: learn_again
insert into core.gauge_forecast_turn (site_id, tenant_id, learn_at) values (%(site_id)s, %(tenant_id)s, %(learn_at)s)
on conflict (site_id) do update set learn_at = excluded.learn_at

-- name: note_level
-- Before levels are read: one that comes meanwhile is forecast in the next turn.
insert into core.gauge_forecast_turn (site_id, tenant_id, level_time)
select s.site_id, s.tenant_id, d.time from core.site s join core.signal d on d.site_id = s.site_id and d.signal = 'gauges'
where s.site_id = %(site_id)s
on conflict (site_id) do update set level_time = excluded.level_time

-- name: forget_models
delete from core.gauge_model where site_id = %(site_id)s

-- name: keep_model
insert into core.gauge_model (site_id, lead_hours, tenant_id, trained_at, model, reason, hours, upstream, rain, rain_forecast, learnt)
values (%(site_id)s, %(lead_hours)s, %(tenant_id)s, %(trained_at)s, %(model)s, %(reason)s, %(hours)s, %(upstream)s, %(rain)s,
        %(rain_forecast)s, %(learnt)s)

-- name: models
select lead_hours, model, trained_at, reason, hours, upstream, rain_forecast, learnt from core.gauge_model where site_id = %(site_id)s order by lead_hours

-- name: keep_forecast
insert into core.gauge_forecast (site_id, level_time, tenant_id, level_cm, model, trained_at, reason, hours, rain, upstream, outside,
                                 rain_ahead_mm, rain_forecast)
values (%(site_id)s, %(level_time)s, %(tenant_id)s, %(level_cm)s, %(model)s, %(trained_at)s, %(reason)s, %(hours)s, %(rain)s, %(upstream)s,
        %(outside)s, %(rain_ahead)s, %(rain_forecast)s)
on conflict (site_id, level_time) do nothing
returning site_id

-- name: keep_lead
insert into core.gauge_forecast_lead (site_id, level_time, lead_hours, tenant_id, mean_cm, p05_cm, p25_cm, p50_cm, p75_cm, p95_cm,
                                      stage_1_pct, stage_2_pct, stage_3_pct)
values (%(site_id)s, %(level_time)s, %(lead_hours)s, %(tenant_id)s, %(mean_cm)s, %(p05_cm)s, %(p25_cm)s, %(p50_cm)s, %(p75_cm)s,
        %(p95_cm)s, %(stage_1_pct)s, %(stage_2_pct)s, %(stage_3_pct)s)

-- name: thin
-- Of each hour the first forecast is kept, and the newest of all.
delete from core.gauge_forecast f
where f.site_id = %(site_id)s and f.level_time < %(level_time)s and f.level_time > %(level_time)s - interval '3 hours'
  and exists (select from core.gauge_forecast e
              where e.site_id = f.site_id and e.level_time < f.level_time and date_trunc('hour', e.level_time) = date_trunc('hour', f.level_time))

-- name: forget_forecasts
delete from core.gauge_forecast where site_id = %(site_id)s and level_time < %(before)s

-- name: made
-- What was forecast, and the level nearest to then within half an hour, as far as it came.
select f.level_time, f.level_cm, f.model, l.mean_cm, l.p05_cm, l.p25_cm, l.p50_cm, l.p75_cm, l.p95_cm, c.level_cm as came_cm
from core.gauge_forecast f
join core.gauge_forecast_lead l using (site_id, level_time)
cross join lateral (select f.level_time + make_interval(hours => l.lead_hours) as at) v
left join lateral (
    select n.level_cm from core.gauge_forecast n
    where n.site_id = f.site_id and n.level_time between v.at - interval '30 minutes' and v.at + interval '30 minutes'
    order by abs(extract(epoch from n.level_time - v.at)) limit 1
) c on true
where f.site_id = %(site_id)s and l.lead_hours = %(lead_hours)s and f.level_time >= %(start)s
order by f.level_time

-- name: forget_skill
delete from core.gauge_skill where site_id = %(site_id)s

-- name: keep_skill
insert into core.gauge_skill (site_id, lead_hours, tenant_id, basis, from_time, to_time, model, n, skill_over_persistence, coverage_90_pct, crps_cm)
values (%(site_id)s, %(lead_hours)s, %(tenant_id)s, %(basis)s, %(from_time)s, %(to_time)s, %(model)s, %(n)s, %(skill_over_persistence)s,
        %(coverage_90_pct)s, %(crps)s)

-- name: keep_stage_skill
insert into core.gauge_stage_skill (site_id, lead_hours, stage, tenant_id, hits, misses, false_alarms)
values (%(site_id)s, %(lead_hours)s, %(stage)s, %(tenant_id)s, %(hits)s, %(misses)s, %(false_alarms)s)

-- name: run
select site_id, level_time, made_at, level_cm, model, trained_at, model_reason, hours, rain, to_jsonb(upstream) as upstream, outside, rain_forecast, refused
from api.gauge_forecast_run where site_id = %(site_id)s

-- name: leads
select lead_hours, time, mean_cm, p05_cm, p25_cm, p50_cm, p75_cm, p95_cm, stage_1_pct, stage_2_pct, stage_3_pct
from api.gauge_forecast where site_id = %(site_id)s order by lead_hours

-- name: skills
select lead_hours, basis, from_time, to_time, model, n, skill_over_persistence, coverage_90_pct, crps_cm
from api.gauge_forecast_skill where site_id = %(site_id)s order by lead_hours

-- name: stage_skills
select lead_hours, stage, hits, misses, false_alarms from api.gauge_stage_skill where site_id = %(site_id)s order by lead_hours, stage
