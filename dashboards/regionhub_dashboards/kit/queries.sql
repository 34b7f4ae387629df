-- What boards of several solutions ask.

-- name: sites
-- The sites of a kind, for the variable.
select coalesce(l.label, '%nothing%') as __text, coalesce(l.site_id, -1) as __value
from (select) one
left join api.site_label l on l.kind = '%kind%'
order by 1

-- name: series
-- A quantity over time.
select s.time, t.label as metric, s.value
from (
    select t.* from api.site_stream t
    where t.quantity = '%quantity%'
      and t.site_id::text = any (array[${site:sqlstring}]::text[])
      and %meanwhile%
    order by t.label
    limit %lines%
) t
cross join lateral %course%(t.datastream_id, $__interval_ms) s
order by s.time, metric
