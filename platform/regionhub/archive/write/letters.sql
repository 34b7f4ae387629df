-- name: count_letters
-- Dead letters of the day so far, with these.
insert into core.letter_count as c (source_id, tenant_id, day, letters, bytes)
select source_id, tenant_id, (now() at time zone 'UTC')::date, letters, bytes
from unnest(%(sources)b::int[], %(tenants)b::int[], %(letters)b::int8[], %(bytes)b::int8[])
     as n (source_id, tenant_id, letters, bytes)
order by source_id
on conflict (source_id) do update set
    day = excluded.day,
    letters = case when c.day = excluded.day then c.letters else 0 end + excluded.letters,
    bytes = case when c.day = excluded.day then c.bytes else 0 end + excluded.bytes
returning source_id, letters, bytes

-- name: write_last_seen
-- A device sent something, though its payload could not be decoded.
update core.device_state s set last_seen_at = greatest(s.last_seen_at, n.received_at)
from unnest(%(devices)b::int[], %(received)b::timestamptz[]) as n (device_id, received_at)
where s.device_id = n.device_id

-- name: insert_dead_letter
-- A redelivered copy of a message that is already kept is a duplicate: it counts no second copy.
-- So it is when that one was resolved in the meantime; the broker only had no word of it.
insert into core.dead_letter as d (tenant_id, source_id, topic, body, body_bytes, digest, reason, detail, dev_eui,
                                   first_received_at, last_received_at, f_cnt, dev_addr, frame_time, recovered,
                                   arrival_known)
select %(tenant_id)s, %(source_id)s, %(topic)s, %(body)s, %(body_bytes)s, %(digest)s, %(reason)s, %(detail)s,
       %(dev_eui)s, %(received)s, %(received)s,
       %(f_cnt)s, %(dev_addr)s, %(frame_time)s::timestamptz, %(recovered)s, %(arrival_known)s
where not (%(redelivered)s and exists (
    select from core.dead_letter where source_id = %(source_id)s and digest = %(digest)s and resolved_at is not null))
on conflict (source_id, digest) where resolved_at is null do update set
    copies = d.copies + case when %(redelivered)s then 0 else 1 end,
    first_received_at = case when excluded.arrival_known and not d.arrival_known then excluded.first_received_at
                             else d.first_received_at end,
    arrival_known = d.arrival_known or excluded.arrival_known,
    last_received_at = greatest(d.last_received_at, excluded.last_received_at),
    reason = excluded.reason, detail = excluded.detail, dev_eui = coalesce(excluded.dev_eui, d.dev_eui),
    f_cnt = excluded.f_cnt, dev_addr = excluded.dev_addr, frame_time = excluded.frame_time,
    recovered = d.recovered and excluded.recovered
returning (xmax = 0) as new

-- name: keep_waiting
-- A dead letter that was tried again and still cannot pass.
update core.dead_letter set reason = %(reason)s, detail = %(detail)s, dev_eui = coalesce(%(dev_eui)s, dev_eui),
    f_cnt = coalesce(%(f_cnt)s::int8, f_cnt), dev_addr = coalesce(%(dev_addr)s, dev_addr),
    frame_time = coalesce(%(frame_time)s::timestamptz, frame_time), attempted_at = now()
where dead_letter_id = %(dead_letter_id)s and resolved_at is null
