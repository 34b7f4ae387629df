-- name: state_counts
-- How many of the chosen spots are in each state; every state has a row.
select v.label_de as "Zustand", count(r.site_id) as "Stellen"
from api.level v
left join api.road r on r.state = v.state and r.site_id::text = any (array[${site:sqlstring}]::text[])
where v.signal = 'road'
group by v.rank, v.label_de
order by v.rank

-- name: now
-- What needs somebody first, the coldest first; what is unknown before what is free.
select l.label as "Ort", r.state as "Zustand", r.surface_degc as "Fahrbahn", r.expected_degc as "Erwartet", r.dew_point_degc as "Taupunkt",
       case when r.wet then 'nass' when not r.wet then 'trocken' else 'unbekannt' end as "Nässe", r.time as "Gemessen",
       w.label_de || coalesce(to_char(r.reason_since at time zone 'Europe/Berlin', '" (seit "DD.MM. HH24:MI")'), '') as "Hinweis"
from api.road r
join api.site_label l using (site_id)
left join api.reason w on w.signal = 'road' and w.reason = r.reason
where r.site_id::text = any (array[${site:sqlstring}]::text[])
order by coalesce(r.level, 0.5) desc, r.rank, r.place nulls last, l.label
limit %rows%

-- name: hours
-- How many hours each spot was icy, or might have been, in the time shown; those longest icy first.
select l.label as "Ort",
       sum(h.hours) filter (where h.state = 'ice') as "Glatt",
       sum(h.hours) filter (where h.state = 'ice_possible') as "Möglich",
       sum(h.hours) filter (where h.state = 'no_data') as "Ohne Daten"
from (
    select c.site_id, c.state,
           extract(epoch from least(c.ends, $__timeTo()::timestamptz, now()) - greatest(c.at, $__timeFrom()::timestamptz)) / 3600 as hours
    from (select site_id, state, coalesce(at, '-infinity') as at,
                 coalesce(lead(at) over (partition by site_id order by at nulls first), 'infinity') as ends
          from api.signal_change
          where signal = 'road' and site_id::text = any (array[${site:sqlstring}]::text[])) c
    where c.at < least($__timeTo()::timestamptz, now()) and c.ends > $__timeFrom()::timestamptz
) h
join api.site_label l using (site_id)
group by l.label
order by 2 desc nulls last, 3 desc nulls last, 1
limit %rows%
