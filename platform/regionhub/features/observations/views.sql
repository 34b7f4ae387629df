-- What forest stands and road spots measure. Nothing is decided from it yet, so its level is unknown, never "in order".

create view api.observation_signal with (security_barrier) as
select s.tenant_id, s.site_id, 'observations' as signal, v.state, v.level, null::double precision as place,
       null::timestamptz as since, m.time, m.value, m.symbol as unit, m.decimals,
       case when m.usable then null
            when a.reason is not null then a.reason
            when :seen(s.tenant_id) then 'no_sensor'
            else 'not_shared' end as reason, a.since as reason_since
from core.site s
left join lateral (
    -- what the site is there for; a reading that failed or is old stands for it only where there is no other
    select l.time, case when :believed(l.quality) then l.value end as value, q.symbol, q.decimals,
           l.value is not null and :believed(l.quality)
           and l.time >= now() - greatest(2 * make_interval(secs => v.interval_seconds), interval '45 minutes') as usable
    from core.installation i
    join core.device v using (device_id)
    join core.datastream d using (device_id)
    join core.quantity q using (quantity)
    join core.latest l using (datastream_id)
    where i.site_id = s.site_id and i.from_time <= now() and (i.to_time is null or i.to_time > now())
      and l.time >= i.from_time and q.theme <> 'device'
      and (:seen(d.tenant_id) or :granted(d.datastream_id, raw))
    order by usable desc,
             case d.quantity when 'road_surface_temperature' then 1 when 'air_temperature' then 2
                             when 'soil_temperature' then 3 when 'relative_humidity' then 4 else 5 end,
             l.time desc, d.datastream_id
    limit 1
) m on true
left join lateral (
    -- of several sensors the one that gave a value last, or was heard last
    select w.reason, w.since
    from core.installed_stream p
    cross join lateral api.absence(p.installed_at, p.heard_at, p.value_at, p.newest_quality, p.unreadable, p.interval_seconds,
                                   greatest(2 * make_interval(secs => p.interval_seconds), interval '45 minutes')) w
    where m.usable is not true and p.site_id = s.site_id
      and (:seen(p.tenant_id) or :granted(p.datastream_id, raw))
    order by p.value_at desc nulls last, p.heard_at desc nulls last
    limit 1
) a on true
join core.level v on v.signal = 'observations' and v.state = case when m.usable then 'measuring' else 'no_data' end
where s.kind in ('forest', 'road') and :seen(s.tenant_id)
   -- of a shared site what is shared stands for it; a shared gauge has a stage
   or s.kind <> 'gauge' and not :seen(s.tenant_id)
      and s.site_id in (select i.site_id from core.installation i join core.datastream d using (device_id)
                        where :granted(d.datastream_id, daily));
comment on view api.observation_signal is 'The newest value of what a forest stand or road spot is there for.';
