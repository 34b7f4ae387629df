-- How devices and ingest are doing.

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
where d.tenant_id = any (array(select tenant_id from core.role_tenant where role_name = current_user));
comment on view api.device_health is 'State (online, late, silent, never), battery, radio and frame loss of the last 24 hours.';

create view api.uplink with (security_barrier) as
select uplink_id, tenant_id, source_id, device_id, time, time_source, received_at, f_cnt, f_port,
       encode(payload, 'hex') as payload_hex, dev_addr, confirmed, sf, bw_hz, frequency_hz, dr, gateways, rssi, snr,
       profile_id, profile_version
from core.uplink
where tenant_id = any (array(select tenant_id from core.role_tenant where role_name = current_user));
comment on view api.uplink is 'Radio frames as they came.';

create view api.dead_letter with (security_barrier) as
select dead_letter_id, tenant_id, source_id, topic, body, body_bytes, reason, detail, dev_eui,
       first_received_at, last_received_at, copies,
       attempted_at, resolved_at, resolved_by, outcome, replay_id
from core.dead_letter
where tenant_id = any (array(select tenant_id from core.role_tenant where role_name = current_user));
comment on view api.dead_letter is 'Messages that could not pass, why, and what became of those that were processed again.';

create view api.ingest_fate with (security_barrier) as
select source_id, tenant_id, hour, fate, reason, messages
from core.ingest_fate
where hour > '-infinity'  -- the sum of the hours that are gone
  and tenant_id = any (array(select tenant_id from core.role_tenant where role_name = current_user));
comment on view api.ingest_fate is 'Messages per source, hour and fate: stored, duplicate, dead_letter, ignored.';

create view api.progress as
select task, label_de, label_en, done, total, started_at, updated_at
from core.progress where finished_at is null and updated_at > now() - interval '10 minutes';
comment on view api.progress is 'Long work that is under way, such as filling in history.';
