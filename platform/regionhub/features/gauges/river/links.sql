-- name: links
-- Those of one gauge, or of all.
select l.site_id, l.upstream_site_id, l.tenant_id, s.name, u.name as upstream_name, l.travel_minutes, l.learnt_minutes, l.learnt_likeness,
       l.learnt_rises, l.learnt_at, l.corrected_minutes, l.corrected_by, l.corrected_at, l.entered_by, l.entered_at
from api.gauge_link l
join api.site s using (site_id)
left join api.site u on u.site_id = l.upstream_site_id
where %(site_id)s::integer is null or l.site_id = %(site_id)s
order by s.name, l.site_id, l.travel_minutes nulls last, l.upstream_site_id

-- name: upstream
-- All gauges above one that the reader sees, the nearest first.
select u.upstream_site_id as site_id, u.steps, u.travel_minutes, u.next_site_id
from api.gauge_upstream u
where u.site_id = %(site_id)s
order by u.travel_minutes nulls last, u.steps, u.upstream_site_id

-- name: is_gauge
select exists (select from api.site where site_id = %(site_id)s and kind = 'gauge')

-- name: own_gauge
-- Holds the gauge until the end of the transaction.
select tenant_id from core.site where site_id = %(site_id)s and kind = 'gauge' for update

-- name: changes
select change_id, site_id, upstream_site_id, changed_at, changed_by, what, minutes
from core.gauge_link_change
where site_id = %(site_id)s
order by change_id desc

-- name: put
insert into core.gauge_link as l (site_id, upstream_site_id, tenant_id, corrected_minutes, corrected_by, corrected_at, entered_by)
values (%(site_id)s, %(upstream_site_id)s, %(tenant_id)s, %(minutes)s,
        case when %(minutes)s::float8 is not null then %(by)s end, case when %(minutes)s::float8 is not null then now() end, %(by)s)
on conflict (site_id, upstream_site_id) do update
set corrected_minutes = excluded.corrected_minutes, corrected_by = excluded.corrected_by, corrected_at = excluded.corrected_at
where l.corrected_minutes is distinct from excluded.corrected_minutes
returning case when xmax = 0 then 'entered' else 'corrected' end

-- name: remove
delete from core.gauge_link where site_id = %(site_id)s and upstream_site_id = %(upstream_site_id)s returning tenant_id

-- name: note
insert into core.gauge_link_change (site_id, upstream_site_id, tenant_id, changed_by, what, minutes)
values (%(site_id)s, %(upstream_site_id)s, %(tenant_id)s, %(by)s, %(what)s, %(minutes)s)
