-- name: gauges
-- Gauges, for the variable.
select coalesce(l.label, 'noch kein Pegel') as __text, coalesce(l.site_id, -1) as __value
from (select) one
left join api.site_label l on l.kind = 'gauge'
order by 1

-- name: current
-- The newest level of the most urgent gauges with its stage; no value where the reading is old.
select l.label || ' · ' || v.label_de as "Pegel", case when g.stale then null else g.level_cm end as "Wasserstand", v.colour as "Farbe"
from api.gauge g
join api.site_label l using (site_id)
join api.level v on v.signal = 'gauges' and v.state = g.state
where g.site_id::text = any (array[${gauge:sqlstring}]::text[])
order by greatest(g.stage, g.unconfirmed_stage - 0.5) desc nulls last, l.label
limit %lines%

-- name: overview
-- Each gauge with its stage, trend and crest, the highest stage first.
select g."Pegel", g."Stufe", g."Seit", g."Wasserstand", g."Anstieg", g."Nächste Stufe in", g."Gemessen", c.crest_cm as "Scheitel",
       c.crest_time as "Scheitel um", u.gauges as "Oberhalb", g."Hinweis", g."Gewässer"
from (
select g.site_id, row_number() over (order by greatest(g.stage, g.unconfirmed_stage - 0.5) desc nulls last, l.label) as place,
       l.label as "Pegel",
       g.stage as "Stufe",
       case when g.stage is not null then g.since end as "Seit",
       case when g.stale then null else g.level_cm end as "Wasserstand",
       case when g.stale then null else g.slope_cm_per_hour end as "Anstieg",
       g.hours_to_next_stage as "Nächste Stufe in",
       g.time as "Gemessen",
       coalesce(r.label_de || coalesce(to_char(g.reason_since at time zone 'Europe/Berlin', '" (seit "DD.MM. HH24:MI")'), ''),
                case when g.stage is null then v.label_de end) as "Hinweis",
       g.water_body as "Gewässer"
from api.gauge g
join api.site_label l using (site_id)
join api.level v on v.signal = 'gauges' and v.state = g.state
left join api.reason r on r.signal = 'gauges' and r.reason = g.reason
where g.site_id::text = any (array[${gauge:sqlstring}]::text[])
order by greatest(g.stage, g.unconfirmed_stage - 0.5) desc nulls last, l.label
limit %rows%
) g
left join lateral (select crest_cm, crest_time from api.gauge_crest where site_id = g.site_id offset 0) c on true
left join lateral (
    select string_agg(x.label || coalesce(' (' || round(o.travel_minutes) || ' min)', ''), ', ' order by o.travel_minutes, o.steps) as gauges
    from api.gauge_upstream o join api.site_label x on x.site_id = o.upstream_site_id
    where o.site_id = g.site_id
) u on true
order by g.place

-- name: levels
-- The highest level in each step, of the most urgent gauges: an average would cut the crest of a flood.
select s.time, t.label as metric,
       greatest(api.level_cm(t.quantity, s.low, t.mounting_height_cm),
                api.level_cm(t.quantity, s.high, t.mounting_height_cm)) as value
from (
    select t.* from api.site_stream t
    left join api.signal g on g.site_id = t.site_id and g.signal = 'gauges'
    where t.quantity in (select quantity from api.quantity where measures_level)
      and t.site_id::text = any (array[${gauge:sqlstring}]::text[])
      and %meanwhile%
    order by coalesce(g.level, 0.5) desc, g.place nulls last, t.label
    limit %lines%
) t
cross join lateral %course%(t.datastream_id, $__interval_ms) s
order by s.time, metric

-- name: stage_lines
-- The stages as level lines, of the gauges that the chart shows.
select edge.time, t.label || ': Stufe ' || line.stage as metric, line.value
from (
    select l.label, x.stage_1_cm, x.stage_2_cm, x.stage_3_cm from api.site x
    join api.site_label l using (site_id)
    left join api.signal g on g.site_id = x.site_id and g.signal = 'gauges'
    where x.kind = 'gauge' and x.site_id::text = any (array[${gauge:sqlstring}]::text[])
    order by coalesce(g.level, 0.5) desc, g.place nulls last, l.label
    limit %lines%
) t
cross join lateral (values (1, t.stage_1_cm), (2, t.stage_2_cm), (3, t.stage_3_cm)) as line (stage, value)
cross join (values ($__timeFrom()::timestamptz), ($__timeTo()::timestamptz)) as edge (time)
where line.value is not null
order by edge.time, metric

-- name: rise
-- Rate of rise from the means of at least an hour; single readings would only show their noise.
select v.time, v.label as metric,
       (v.level - lag(v.level) over w) / (extract(epoch from v.time - lag(v.time) over w)::double precision / 3600) as value
from (
    select s.time, t.label, t.datastream_id, api.level_cm(t.quantity, s.value, t.mounting_height_cm) as level
    from (
        select t.* from api.site_stream t
        left join api.signal g on g.site_id = t.site_id and g.signal = 'gauges'
        where t.quantity in (select quantity from api.quantity where measures_level)
          and t.site_id::text = any (array[${gauge:sqlstring}]::text[])
          and %meanwhile%
        order by coalesce(g.level, 0.5) desc, g.place nulls last, t.label
        limit %lines%
    ) t
    cross join lateral %course%(t.datastream_id, greatest($__interval_ms, 3600000)) s
) v
window w as (partition by v.datastream_id order by v.time)
order by v.time, metric

-- name: stages
-- The stage of each gauge over time as it was decided, a single false echo is none: of each step the highest, and then the last one.
select coalesce(v.time, $__timeTo()::timestamptz) as time, coalesce(v.label, 'kein Pegel mit Stufen') as metric, v.value
from (select) one
left join (
    select p.time, s.label, p.value
    from (
        select t.label, date_bin(make_interval(secs => greatest($__interval_ms, 1000) / 500), greatest(c.at, $__timeFrom()::timestamptz),
                                 $__timeFrom()::timestamptz) as time,
               max(c.level) as high, (array_agg(c.level order by c.at desc nulls last))[1] as last
        from (
            select x.site_id, l.label from api.site x
            join api.site_label l using (site_id)
            left join api.signal g on g.site_id = x.site_id and g.signal = 'gauges'
            where x.kind = 'gauge' and x.site_id::text = any (array[${gauge:sqlstring}]::text[])
              and coalesce(x.stage_1_cm, x.stage_2_cm, x.stage_3_cm) is not null
            order by coalesce(g.level, 0.5) desc, g.place nulls last, l.label
            limit %lines%
        ) t
        cross join lateral (
            select n.at, n.level from api.signal_change n
            where n.site_id = t.site_id and n.signal = 'gauges' and n.at > $__timeFrom()::timestamptz and n.at <= $__timeTo()::timestamptz
            union all
            (select n.at, n.level from api.signal_change n
             where n.site_id = t.site_id and n.signal = 'gauges' and (n.at is null or n.at <= $__timeFrom()::timestamptz)
             order by n.at desc nulls last limit 1)
        ) c
        group by 1, 2
    ) s
    cross join lateral (values (s.time, s.high), (s.time + make_interval(secs => greatest($__interval_ms, 1000) / 1000), s.last)) p (time, value)
    where p.time = s.time or coalesce(s.last, -1) <> coalesce(s.high, -1)
) v on true
order by 1, metric

-- name: map
-- Where the gauges are and which stage each has reached.
select l.label as "Pegel", g.latitude as "Breite", g.longitude as "Länge", coalesce(g.stage, -1) as "Stufe",
       case when g.stale then null else g.level_cm end as "Wasserstand", g.time as "Gemessen"
from api.gauge g
join api.site_label l using (site_id)
where g.latitude is not null
  and g.site_id::text = any (array[${gauge:sqlstring}]::text[])
order by g.stage nulls first

-- name: rejected
-- Hours in which readings failed a test. Only over a month or less: they are no part of the rollups.
select date_bin('1 hour', r.time, 'epoch') as time,
       format('%s: %s', t.label, case count(*) when 1 then 'ein Messwert verworfen' else count(*) || ' Messwerte verworfen' end) as text,
       'Qualität' as tags
from api.site_stream t
join api.reading r using (datastream_id)
where t.quantity in (select quantity from api.quantity where measures_level)
  and t.site_id::text = any (array[${gauge:sqlstring}]::text[])
  and $__timeFilter(r.time)
  and r.time >= t.from_time and (t.to_time is null or r.time < t.to_time)
  and r.quality = 4
  and $__timeTo()::timestamptz - $__timeFrom()::timestamptz <= interval '31 days'
group by 1, t.label
order by 1
limit 500

-- name: rule_stage
-- The stage of each gauge, decided from the median of its last three values.
select now() as time, l.label as thing, g.level::double precision as value
from api.signal g
join api.site_label l using (site_id)
where g.signal = 'gauges' and g.level is not null
order by thing

-- name: rule_rise
-- How fast each gauge rises, cm/h.
select now() as time, l.label as thing, g.slope_cm_per_hour as value
from api.gauge g
join api.site_label l using (site_id)
where not g.stale and g.slope_cm_per_hour is not null
order by thing

-- name: rule_silent
-- 1 for each gauge with a sensor that gives no level, else 0.
select now() as time, l.label as thing, case when g.stale then 1.0 else 0.0 end::double precision as value
from api.gauge g
join api.site_label l using (site_id)
where coalesce(g.reason, '') <> 'no_sensor'
order by thing
