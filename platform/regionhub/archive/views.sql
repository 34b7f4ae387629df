-- What arrived, what could not pass, what was worked on again, and what retention removed.

create view api.uplink with (security_barrier) as
select uplink_id, tenant_id, source_id, device_id, time, time_source, received_at, f_cnt, f_port,
       encode(payload, 'hex') as payload_hex, dev_addr, confirmed, sf, bw_hz, frequency_hz, dr, gateways, rssi, snr,
       profile_id, profile_version, decoded
from core.uplink
where :seen(tenant_id);
comment on view api.uplink is 'Radio frames as they came.';

create view api.dead_letter with (security_barrier) as
select dead_letter_id, tenant_id, source_id, topic, body, body_bytes, reason, detail, dev_eui,
       first_received_at, last_received_at, copies,
       attempted_at, resolved_at, resolved_by, outcome, replay_id
from core.dead_letter
where :seen(tenant_id);
comment on view api.dead_letter is 'Messages that could not pass, why, and what became of those that were processed again.';

create view api.ingest_fate with (security_barrier) as
select source_id, tenant_id, hour, fate, reason, messages
from core.ingest_fate
where hour > '-infinity'  -- the sum of the hours that are gone
  and :seen(tenant_id);
comment on view api.ingest_fate is 'Messages per source, hour and fate: stored, duplicate, dead_letter, ignored.';

create view api.progress as
select task, label_de, label_en, done, total, started_at, updated_at
from core.progress where finished_at is null and updated_at > now() - interval '10 minutes';
comment on view api.progress is 'Long work that is under way, such as filling in history.';

create view api.replay with (security_barrier) as
select replay_id, tenant_id, kind, requested_by, requested_at, why, dev_eui, profile_id, from_time, to_time, source_id,
       letter_reason, state, started_at, updated_at, finished_at, messages, handled, stored, duplicate, ignored, changed,
       unchanged, failed, readings_changed, readings_added, readings_missing, problem
from core.replay
where :seen(tenant_id);
comment on view api.replay is 'Stored messages worked on again: dead letters processed once more, uplinks decoded by a corrected codec.';

create view api.reading_origin with (security_barrier) as
select r.datastream_id, r.tenant_id, r.time, r.value, r.quality, r.tests, d.device_id, v.dev_eui,
       u.uplink_id, u.time as uplink_time, u.time_source, u.received_at, u.event_id, u.source_id, s.name as source_name,
       encode(u.payload, 'hex') as payload_hex, u.f_port, u.f_cnt, u.dev_addr, u.confirmed, u.sf, u.bw_hz, u.frequency_hz,
       u.dr, u.gateways, u.rssi, u.snr, u.receptions, u.profile_id, u.profile_version,
       u.decoded is not null as decoded_by_network_server
from core.reading r
join core.datastream d using (datastream_id)
join core.device v using (device_id)
-- Device and time choose what is opened; a device's own clock is at most minutes ahead. One by one (offset 0): joined as a
-- whole, the archive of the region would be unpacked.
left join lateral (
    select * from core.uplink u
    where u.uplink_id = r.uplink_id and u.tenant_id = d.tenant_id and u.device_id = d.device_id and u.time > r.time - interval '2 days'
    offset 0) u on true
left join core.source s on s.source_id = u.source_id
where :seen(r.tenant_id);
comment on view api.reading_origin is
    'Which bytes and which profile version made a reading; only of the own town. Without an uplink: its retention has ended.';

create view api.reading_version with (security_barrier) as
select x.datastream_id, x.tenant_id, x.time, x.value, x.quality, x.tests, x.profile_id, x.profile_version,
       x.replaced_at, x.replay_id, p.requested_by as replaced_by, p.why
from core.reading_version x join core.replay p using (replay_id)
where :seen(x.tenant_id);
comment on view api.reading_version is 'What a reading was before, who changed it, when and why.';

create view api.profile_version with (security_barrier) as
select profile_id, version, profile, codec, known_since, tenant_id, case when :seen(tenant_id) then saved_by end as saved_by
from core.profile_version
where tenant_id is null or :seen(tenant_id);
comment on view api.profile_version is 'The files behind the profile versions that uplinks name; of a town''s own only that town''s.';

create view api.calibration with (security_barrier) as
select calibration_id, tenant_id, device_id, quantity, position, valid_from, factor, added, calibrated_at, calibrated_by, why,
       withdrawn_at, withdrawn_by
from core.calibration
where :seen(tenant_id);
comment on view api.calibration is 'What sensors measure wrong, and by how much their values are put right since when.';

create view api.profile with (security_barrier) as
select profile_id, tenant_id, version, saved_at, case when :seen(tenant_id) then saved_by end as saved_by
from core.profile
where tenant_id is null or :seen(tenant_id);
comment on view api.profile is 'Profiles that were imported, mapped or written here: those of the hub, and of the reader''s towns.';

create view api.retention with (security_barrier) as
select tenant_id, what, keep, of_tenant from core.effective_retention
where :seen(tenant_id);
comment on view api.retention is 'How long a town keeps what; null for good; of_tenant: its own choice.';

create view api.removal with (security_barrier) as
select removal_id, tenant_id, what, source_id, reason, outcome, removed, messages, oldest, newest, removed_at
from core.removal
where :seen(tenant_id);
comment on view api.removal is 'What retention removed, and when.';

create view api.dead_letter_account with (security_barrier) as
select s.source_id, s.tenant_id, coalesce(f.arrived, 0) as arrived,
       coalesce(d.waiting, 0) as waiting, coalesce(d.stored, 0) as stored,
       coalesce(d.duplicate, 0) as duplicate, coalesce(d.ignored, 0) as ignored, coalesce(x.removed, 0) as removed
from core.source s
left join (select source_id, sum(messages)::bigint as arrived from core.ingest_fate where fate = 'dead_letter' group by source_id) f
    using (source_id)
left join (select source_id,
                  (sum(copies) filter (where outcome is null))::bigint as waiting,
                  count(*) filter (where outcome = 'stored') as stored,
                  -- of several copies one is what it became, the others were copies
                  (sum(case when outcome = 'duplicate' then copies when outcome is not null then copies - 1 end))::bigint as duplicate,
                  count(*) filter (where outcome = 'ignored') as ignored
           from core.dead_letter group by source_id) d using (source_id)
left join (select source_id, sum(messages)::bigint as removed from core.removal where what = 'dead_letter' group by source_id) x
    using (source_id)
where s.kind = 'lns' and :seen(s.tenant_id);
comment on view api.dead_letter_account is
    'Messages of a network server that could not pass, ever: arrived = waiting + stored + duplicate + ignored + removed.';

-- What stands behind a missing value.

drop view if exists core.installed_stream;
create view core.installed_stream as
select i.site_id, i.tenant_id, i.device_id, i.from_time as installed_at, i.mounting_height_cm, v.interval_seconds,
       d.datastream_id, d.quantity, x.heard_at, x.value_at, x.newest_quality, x.doubted, x.unreadable
from core.installation i
join core.device v using (device_id)
left join core.device_state s using (device_id)
left join core.datastream d
    on d.device_id = i.device_id and d.quantity in (select quantity from core.quantity where theme <> 'device')
left join core.latest l using (datastream_id)
cross join lateral (
    select case when s.last_seen_at >= i.from_time then s.last_seen_at end as heard_at,
           -- the newest reading of all is at hand; only where it decides nothing an older one is looked for
           case when l.time between i.from_time and now() + api.clock_tolerance() and :believed(l.quality)
                     and (l.quality <> 3 or not exists (select from core.reading r
                                                        where r.datastream_id = d.datastream_id and r.time = l.time and r.tests & 3 > 0))
                then l.time
                else (select r.time from core.reading r
                      where r.datastream_id = d.datastream_id and r.time between i.from_time and now() + api.clock_tolerance()
                        and :decisive(r.quality, r.tests)
                      order by r.time desc limit 1) end as value_at,
           case when l.time >= i.from_time then l.quality
                else (select r.quality from core.reading r
                      where r.datastream_id = d.datastream_id and r.time between i.from_time and now() + api.clock_tolerance()
                      order by r.time desc limit 1) end as newest_quality,
           case when l.time < i.from_time or l.quality in (3, 4)
                then coalesce((select r.quality in (3, 4) and r.tests & 1 > 0 from core.reading r
                               where r.datastream_id = d.datastream_id and r.time between i.from_time and now() + api.clock_tolerance()
                               order by r.time desc limit 1), false)
                else false end as doubted,
           exists (select from core.dead_letter u
                   where u.dev_eui = v.dev_eui and u.tenant_id = v.tenant_id and u.resolved_at is null
                     and u.frame_time >= i.from_time and u.frame_time > coalesce(s.last_uplink_time, '-infinity')) as unreadable
    offset 0  -- each of them once, however often it is used
) x
where :installed(i);
comment on view core.installed_stream is
    'Each device where it is installed now, with each datastream that says something of its surroundings: when the device was heard '
    'there and gave a value that decides something, the flag of its newest reading, whether the device itself doubts that one, and whether its newest frame could not be decoded. A device '
    'that has never measured anything has one row without a datastream: it may be able to measure whatever is looked for.';

create function api.late_after(interval_seconds integer) returns interval language sql immutable parallel safe as $$
    select greatest(3 * make_interval(secs => interval_seconds), interval '45 minutes')
$$;
comment on function api.late_after is 'A device that sends at this interval is late when it has not been heard for so long.';

create function api.silent_after(interval_seconds integer) returns interval language sql immutable parallel safe as $$
    select greatest(10 * make_interval(secs => interval_seconds), interval '2 hours')
$$;
comment on function api.silent_after is 'A device that sends at this interval is silent when it has not been heard for so long.';

create function api.absence(installed_at timestamptz, heard_at timestamptz, value_at timestamptz, newest_quality smallint,
                            unreadable boolean, interval_seconds integer, stale_after interval, doubted boolean default null)
returns table (reason text, since timestamptz) language sql stable as $$
    select c.reason, case c.reason when 'not_heard_yet' then installed_at when 'device_silent' then heard_at else value_at end
    from (select case when heard_at is null and value_at is null then 'not_heard_yet'
                      when heard_at is null then 'no_recent_reading'
                      when heard_at < now() - greatest(stale_after, api.late_after(interval_seconds)) then 'device_silent'
                      when heard_at < now() - stale_after then 'no_recent_reading'
                      when unreadable then 'not_readable'
                      when doubted then 'doubted'
                      when newest_quality = 4 or newest_quality = 3 and not doubted then 'implausible'
                      else 'probe_without_values' end as reason) c
$$;
comment on function api.absence is
    'Why what is installed gives no value younger than stale_after, and since when where that is known: not_heard_yet (since it was '
    'installed), device_silent (since it was last heard), and since the last value that decides something: not_readable (its frames cannot '
    'be decoded), doubted (the device itself doubts its readings), implausible (its readings fail the tests), probe_without_values (it sends, without values), no_recent_reading (the value '
    'is too old, the device not late yet, or nobody knows when it was heard).';
