-- What forest stands and road spots measure. Nothing is decided from it yet, so its level is unknown, never "in order".

create view api.observation_signal with (security_barrier) as
select s.tenant_id, s.site_id, 'observations' as signal, v.state, v.level, null::double precision as place,
       null::timestamptz as since, m.time, m.value, m.symbol as unit, m.decimals,
       case when m.time is null then 'no_reading' else m.reason end as reason
from core.site s
left join lateral (
    -- what the site is there for; a reading that failed or is old stands for it only where there is no other
    select l.time, l.value, q.symbol, q.decimals,
           case when l.time < now() - greatest(2 * make_interval(secs => v.interval_seconds), interval '45 minutes') then 'stale'
                when l.value is null or not :believed(l.quality) then 'no_usable_reading' end as reason
    from core.installation i
    join core.device v using (device_id)
    join core.datastream d using (device_id)
    join core.quantity q using (quantity)
    join core.latest l using (datastream_id)
    where i.site_id = s.site_id and i.from_time <= now() and (i.to_time is null or i.to_time > now())
      and l.time >= i.from_time and q.theme <> 'device'
      and (:seen(d.tenant_id) or :granted(d.datastream_id, raw))
    order by (l.value is not null and :believed(l.quality)
              and l.time >= now() - greatest(2 * make_interval(secs => v.interval_seconds), interval '45 minutes')) desc,
             case d.quantity when 'road_surface_temperature' then 1 when 'air_temperature' then 2
                             when 'soil_temperature' then 3 when 'relative_humidity' then 4 else 5 end,
             l.time desc, d.datastream_id
    limit 1
) m on true
join core.level v on v.signal = 'observations'
    and v.state = case when m.time is null or m.reason is not null then 'no_data' else 'measuring' end
where s.kind in ('forest', 'road') and :seen(s.tenant_id)
   -- of a shared site what is shared stands for it; a shared gauge has a stage
   or s.kind <> 'gauge' and not :seen(s.tenant_id)
      and s.site_id in (select i.site_id from core.installation i join core.datastream d using (device_id)
                        where :granted(d.datastream_id, daily));
comment on view api.observation_signal is 'The newest value of what a forest stand or road spot is there for.';
