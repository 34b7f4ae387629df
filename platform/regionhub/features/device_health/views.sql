-- How devices are doing.

create view api.device_condition with (security_barrier) as
select d.device_id, d.tenant_id, d.dev_eui, d.name, d.profile_id, d.interval_seconds, d.active, i.site_id, s.last_seen_at,
       case when s.last_seen_at is null then 'never'
            when s.last_seen_at < now() - api.silent_after(d.interval_seconds) then 'silent'
            when p.streams > 0 then 'no_values'
            when s.last_seen_at < now() - api.late_after(d.interval_seconds) then 'late'
            else 'online' end as state,
       coalesce(p.quantities, '{}') as missing_quantities, p.missing_since
from core.device d
left join core.device_state s using (device_id)
left join core.installation i on i.device_id = d.device_id and i.from_time <= now() and (i.to_time is null or i.to_time > now())
left join lateral (
    -- what gives nothing for as long as makes a device silent, while the device is heard; a datastream that never had a
    -- reading was none of this device
    select count(*) as streams, min(coalesce(w.value_at, w.installed_at)) as missing_since,
           array_agg(distinct w.quantity order by w.quantity) filter (where w.quantity is not null) as quantities
    from core.installed_stream w
    where w.device_id = d.device_id and w.heard_at >= now() - api.silent_after(d.interval_seconds)
      and coalesce(w.value_at, w.installed_at) < now() - api.silent_after(d.interval_seconds)
      and (w.datastream_id is null or exists (select from core.reading r where r.datastream_id = w.datastream_id))
) p on true
where :seen(d.tenant_id);
comment on view api.device_condition is
    'State of a device: online, late, silent, never; no_values: it is heard, but missing_quantities have had no believable value since '
    'missing_since.';

create view api.device_health with (security_barrier) as
select d.device_id, d.tenant_id, d.dev_eui, d.name, d.profile_id, d.interval_seconds, d.active, d.site_id,
       d.last_seen_at, s.f_cnt, s.sf, s.gateways, s.rssi, s.snr, s.joined_at, d.state, d.missing_quantities, d.missing_since,
       v.value as battery_voltage,
       coalesce(b.value, case when s.external_power then null else s.battery_level end) as battery_level,
       u.received + u.recovered as received, u.expected, api.rounded(100 - u.completeness_pct, 6) as loss_pct
from api.device_condition d
left join core.device_state s using (device_id)
left join lateral (
    select l.value from core.datastream x join core.latest l using (datastream_id)
    where x.device_id = d.device_id and x.quantity = 'battery_voltage' order by l.time desc limit 1) v on true
left join lateral (
    select l.value from core.datastream x join core.latest l using (datastream_id)
    where x.device_id = d.device_id and x.quantity = 'battery_level' order by l.time desc limit 1) b on true
left join lateral api.completeness(d.device_id, now() - interval '24 hours', now()) u on true;
comment on view api.device_health is 'api.device_condition with battery, radio and frame loss of the last 24 hours.';
