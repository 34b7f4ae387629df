-- name: sites
-- Trees and beds, for the variable.
select coalesce(l.label, 'noch kein Standort') as __text, coalesce(l.site_id, -1) as __value
from (select) one
left join api.site_label l on l.kind in ('tree', 'bed')
order by 1

-- name: level_counts
-- How many sites are at each level; every level has a row.
select v.label_de as "Stufe", count(i.site_id) as "Standorte"
from api.irrigation_level v
left join api.irrigation i
       on i.irrigation_level = v.irrigation_level
      and i.site_id::text = any (array[${site:sqlstring}]::text[])
group by v.need, v.label_de
order by v.need

-- name: need
-- The sites in order of need, the driest first.
select l.label as "Standort",
       i.need as "Stufe",
       i.litres as "Liter",
       case i.due_state when 'due' then 'jetzt' when 'later' then 'mehr als 14 Tage'
            when 'range' then to_char(i.due_from, 'DD.MM.') || coalesce(' bis ' || to_char(nullif(i.due_to, i.due_from), 'DD.MM.'),
                                                                        case when i.due_to is null then ' oder später' else '' end)
            else 'nicht vorhersagbar' end as "Braucht Wasser",
       case i.basis when 'measured' then 'gemessen' when 'group' then 'aus der Gruppe' when 'estimate' then 'geschätzt' end as "Grundlage",
       i.nfk_pct as "nFK",
       i.vwc_pct as "Feuchte",
       i.tension_kpa as "Spannung",
       i.newest as "Gemessen",
       i.soil_temperature as "Boden",
       r.label_de || coalesce(to_char(i.reason_since at time zone 'Europe/Berlin', '" (seit "DD.MM. HH24:MI")'), '') as "Hinweis"
from api.irrigation i
join api.site_label l using (site_id)
left join api.reason r on r.signal = 'irrigation' and r.reason = case when i.frost then 'frost' else i.no_data_reason end
where i.site_id::text = any (array[${site:sqlstring}]::text[])
order by i.need, i.place nulls last, l.label
limit %rows%

-- name: bands
-- Where levels begin for each soil and age among the chosen sites.
select coalesce(x.name_de, 'Bodenart unbekannt') as "Boden", case when i.young then 'erste Jahre nach der Pflanzung' else 'älter' end as "Alter",
       count(*) as "Standorte",
       round(api.vwc_pct(l.now_nfk_pct, x.field_capacity_pct, x.wilting_point_pct)::numeric, 1)::double precision as "jetzt unter",
       round(api.vwc_pct(l.soon_nfk_pct, x.field_capacity_pct, x.wilting_point_pct)::numeric, 1)::double precision as "bald unter",
       round(api.vwc_pct(l.wet_nfk_pct, x.field_capacity_pct, x.wilting_point_pct)::numeric, 1)::double precision as "nass ab",
       l.now_kpa as "jetzt über", l.soon_kpa as "bald über"
from api.irrigation i
join api.irrigation_limit_version l using (tenant_id, limit_id)
left join api.soil_texture x using (soil_texture)
where i.site_id::text = any (array[${site:sqlstring}]::text[])
group by x.name_de, i.young, l.limit_id, l.now_nfk_pct, l.soon_nfk_pct, l.wet_nfk_pct, l.now_kpa, l.soon_kpa, x.field_capacity_pct, x.wilting_point_pct
order by count(*) desc, 1, 2
limit %rows%

-- name: series
-- A soil quantity over time, of the most urgent sites.
select s.time, t.label as metric, s.value
from (
    select t.* from api.site_stream t
    left join api.signal g on g.site_id = t.site_id and g.signal = 'irrigation'
    where t.quantity = '%quantity%'
      and t.site_id::text = any (array[${site:sqlstring}]::text[])
      and %meanwhile%
    order by coalesce(g.level, 0.5) desc, g.place nulls last, t.label
    limit %lines%
) t
cross join lateral %course%(t.datastream_id, $__interval_ms) s
order by s.time, metric

-- name: map
-- Where the sites are and what they need.
select l.label as "Standort", i.latitude as "Breite", i.longitude as "Länge", i.need as "Stufe",
       i.nfk_pct as "nFK", i.newest as "Gemessen"
from api.irrigation i
join api.site_label l using (site_id)
where i.latitude is not null
  and i.site_id::text = any (array[${site:sqlstring}]::text[])
order by i.need desc

-- name: rejected
-- Hours in which readings failed a test. Only over a month or less: they are no part of the rollups.
select date_bin('1 hour', r.time, 'epoch') as time,
       format('%s: %s', t.label, case count(*) when 1 then 'ein Messwert verworfen' else count(*) || ' Messwerte verworfen' end) as text,
       'Qualität' as tags
from api.site_stream t
join api.reading r using (datastream_id)
where t.quantity in ('soil_moisture_vwc', 'soil_water_tension', 'soil_temperature')
  and t.site_id::text = any (array[${site:sqlstring}]::text[])
  and $__timeFilter(r.time)
  and r.time >= t.from_time and (t.to_time is null or r.time < t.to_time)
  and r.quality = 4
  and $__timeTo()::timestamptz - $__timeFrom()::timestamptz <= interval '31 days'
group by 1, t.label
order by 1
limit 500

-- name: rule_thirsty
-- How many sites need water now.
select now() as time, 'Bäume und Beete' as thing, count(*)::double precision as value
from api.signal
where signal = 'irrigation' and level >= 2
