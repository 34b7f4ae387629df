-- How devices are doing.

create view api.device_health with (security_barrier) as
select d.device_id, d.tenant_id, d.dev_eui, d.name, d.profile_id, d.interval_seconds, d.active, i.site_id,
       s.last_seen_at, s.f_cnt, s.sf, s.gateways, s.rssi, s.snr, s.joined_at,
       case when s.last_seen_at is null then 'never'
            when s.last_seen_at < now() - greatest(10 * make_interval(secs => d.interval_seconds), interval '2 hours') then 'silent'
            when s.last_seen_at < now() - greatest(3 * make_interval(secs => d.interval_seconds), interval '45 minutes') then 'late'
            else 'online' end as state,
       v.value as battery_voltage,
       coalesce(b.value, case when s.external_power then null else s.battery_level end) as battery_level,
       u.received + u.recovered as received, u.expected, 100 - u.completeness_pct as loss_pct
from core.device d
left join core.device_state s using (device_id)
left join core.installation i on i.device_id = d.device_id and i.from_time <= now() and (i.to_time is null or i.to_time > now())
left join lateral (
    select l.value from core.datastream x join core.latest l using (datastream_id)
    where x.device_id = d.device_id and x.quantity = 'battery_voltage' order by l.time desc limit 1) v on true
left join lateral (
    select l.value from core.datastream x join core.latest l using (datastream_id)
    where x.device_id = d.device_id and x.quantity = 'battery_level' order by l.time desc limit 1) b on true
left join lateral api.completeness(d.device_id, now() - interval '24 hours', now()) u on true
where :seen(d.tenant_id);
comment on view api.device_health is 'State (online, late, silent, never), battery, radio and frame loss of the last 24 hours.';
