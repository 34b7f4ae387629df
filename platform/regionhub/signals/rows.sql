-- name: signals
-- What is said of the sites themselves stands before what is said of their devices. Of each the most urgent first; unknown stands behind
-- what needs somebody, and before what is in order.
select s.tenant_id, s.site_id, s.signal, s.state, s.level, s.place, s.since, s.time, s.value, s.unit, s.decimals, s.reason, s.reason_since, s.decided_at
from api.signal s
join api.level l using (signal, state)
left join api.reason r on r.signal = s.signal and r.reason = s.reason
left join api.site using (site_id)
where %(site_id)s::integer is null or s.site_id = %(site_id)s
order by l.signal_order is null, greatest(l.urgency, r.urgency) desc, l.signal_order, l.rank, s.place nulls last, site.name, s.site_id

-- name: signals_of
select tenant_id, site_id, signal, state, level, place, since, time, value, unit, decimals, reason, reason_since, decided_at
from api.signal
where site_id = any(%(site_ids)s)
order by site_id, signal
