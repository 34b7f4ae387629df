-- name: totals
-- How many sites of all towns are at which level, and how many devices are silent.
select v.name as "Was", v.number as "Anzahl"
from (
    select 1 as place, 'Kommunen' as name, count(*) as number from api.tenant where kind <> 'region'
    union all select 2, 'Standorte', count(distinct site_id) from api.signal
    union all select 3, 'Notfall', count(*) from api.signal where level = 3
    union all select 4, 'Handeln', count(*) from api.signal where level = 2
    union all select 5, 'Beobachten', count(*) from api.signal where level = 1 and signal <> 'device_health'
    union all select 6, 'Unbekannt', count(*) from api.signal where level is null and signal <> 'device_health'
    union all select 7, 'Geräte still', count(*) from api.device_health where active and state in ('silent', 'never')
) v
order by v.place

-- name: towns
-- One row for each town: what is urgent, and which devices are silent.
select t.name as "Kommune", coalesce(s.highest, -1) as "Höchste Stufe", coalesce(s.emergency, 0) as "Notfall", coalesce(s.act, 0) as "Handeln",
       coalesce(s.watch, 0) as "Beobachten", coalesce(s.unknown, 0) as "Unbekannt", coalesce(s.sites, 0) as "Standorte",
       coalesce(d.devices, 0) as "Geräte", coalesce(d.silent, 0) as "Still", d.newest as "Zuletzt"
from api.tenant t
left join (
    select tenant_id, max(level) as highest, count(*) filter (where level = 3) as emergency, count(*) filter (where level = 2) as act,
           count(*) filter (where level = 1) as watch, count(*) filter (where level is null) as unknown, count(distinct site_id) as sites
    from api.signal where signal <> 'device_health' group by tenant_id) s using (tenant_id)
left join (
    select tenant_id, count(*) as devices, count(*) filter (where state in ('silent', 'never')) as silent, max(last_seen_at) as newest
    from api.device_health where active group by tenant_id) d using (tenant_id)
where t.kind <> 'region'
order by s.highest desc nulls last, s.act desc nulls last, t.name
limit %rows%

-- name: changes
-- How often a site of the region became urgent, by signal.
select api.step(c.at, greatest($__interval_ms, 3600000)) as time,
       case c.signal when 'gauges' then 'Pegel' when 'irrigation' then 'Bewässerung' when 'smoke' then 'Rauch' when 'fire_weather' then 'Feuerwetter'
                     when 'drought' then 'Dürre' when 'road' then 'Straße' when 'observations' then 'Beobachtung'
                     when 'device_health' then 'Geräte' end as metric,
       count(*)::double precision as value
from api.signal_change c
where $__timeFilter(c.at) and c.level >= 2
group by 1, 2
order by 1, 2

-- name: map
-- Where the towns are and how urgent it is there.
select t.name as "Kommune", t.latitude as "Breite", t.longitude as "Länge",
       coalesce((select max(s.level) from api.signal s where s.tenant_id = t.tenant_id), -1) as "Höchste Stufe"
from api.tenant t
where t.latitude is not null and t.kind <> 'region'
order by 4
