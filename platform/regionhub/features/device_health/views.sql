-- How devices are doing: as it was decided (decide.py), as long as that holds.

drop view if exists core.current_condition;
create view core.current_condition as
select d.device_id, d.tenant_id, i.site_id, s.last_seen_at, l.late,
       case when l.late then 'no_data' else c.state end as state,
       case when not l.late then c.since end as since,
       case when l.late then r.label_de else c.sentence_de end as sentence_de,
       case when l.late then r.label_en else c.sentence_en end as sentence_en,
       c.missing_quantities, c.missing_since, c.interval_seconds, c.battery_voltage, c.battery_level, c.battery_left, c.battery_empty_on,
       c.received, c.expected, c.margin_db, c.decided_at
from core.device d
left join core.device_condition c using (device_id)
left join core.device_state s using (device_id)
left join core.installation i on i.device_id = d.device_id and :installed(i)
cross join lateral (
    -- a decision that should have been made again more than five seconds ago is none
    select c.device_id is null or coalesce(c.due_at < now() - interval '5 seconds', false)
           or coalesce(s.last_seen_at > coalesce(c.heard_at, '-infinity') and s.last_seen_at < now() - interval '5 seconds', false) as late
) l
join core.reason r on r.signal = 'device_health' and r.reason = 'not_decided';
comment on view core.current_condition is 'What is said of each device as long as it holds; late: it is being judged again.';

create view api.device_health with (security_barrier) as
select d.device_id, d.tenant_id, d.dev_eui, d.name, d.profile_id, d.interval_seconds, d.active, c.site_id,
       c.last_seen_at, s.f_cnt, s.sf, s.gateways, s.rssi, s.snr, s.joined_at, c.state, v.level, c.since, c.sentence_de, c.sentence_en,
       coalesce(c.missing_quantities, '{}') as missing_quantities, c.missing_since, c.interval_seconds as real_interval_seconds,
       c.battery_voltage, c.battery_level, c.battery_left, c.battery_empty_on,
       c.received, c.expected, api.rounded(100.0 * (c.expected - c.received) / nullif(c.expected, 0), 6) as loss_pct, c.margin_db,
       c.decided_at
from core.device d
join core.current_condition c using (device_id)
join core.level v on v.signal = 'device_health' and v.state = c.state
left join core.device_state s using (device_id)
where :seen(d.tenant_id);
comment on view api.device_health is
    'How each device is doing, with one sentence: its state (api.level, signal device_health) and since when, how often it really sends, '
    'charge of the battery and when that will be empty, and the frames of the 24 hours before the last full hour in which it was heard.';

create view api.device_health_signal with (security_barrier) as
select s.tenant_id, s.site_id, 'device_health' as signal, v.state, v.level, null::double precision as place, w.since, w.last_seen_at as time,
       null::double precision as value, null::text as unit, null::integer as decimals,
       case when w.site_id is null then 'no_device' when w.late then 'not_decided' else w.state end as reason, w.since as reason_since,
       w.decided_at
from core.site s
left join (
    select distinct on (c.site_id) c.*
    from core.current_condition c
    join core.level l on l.signal = 'device_health' and l.state = c.state
    -- of a site and its devices the town is the same
    where :seen(c.tenant_id)
    order by c.site_id, l.urgency desc, l.rank, c.since, c.device_id
) w using (site_id)
join core.level v on v.signal = 'device_health' and v.state = coalesce(w.state, 'no_data')
where :seen(s.tenant_id);
comment on view api.device_health_signal is 'Of each site the device that most needs somebody.';

-- Another program may judge otherwise.
select core.touch_conditions(array_agg(device_id), array_agg(timestamptz 'epoch')) from core.device having count(*) > 0;
