-- name: provenance
select o.datastream_id, o.time, o.value, o.quality, o.tests, o.profile_id, o.profile_version, p.profile is not null as profile_kept
from api.reading_origin o
left join api.profile_version p on p.profile_id = o.profile_id and p.version = o.profile_version
where o.datastream_id = %(datastream_id)s and o.time = %(time)s

-- name: origin
select uplink_id, source_id, source_name, dev_eui, uplink_time as time, time_source, received_at, event_id, payload_hex, f_port,
       f_cnt, dev_addr, confirmed, sf, bw_hz, frequency_hz, dr, gateways, rssi, snr, receptions, decoded_by_network_server
from api.reading_origin
where datastream_id = %(datastream_id)s and time = %(time)s and uplink_id is not null

-- name: former_values
select value, quality, tests, profile_id, profile_version, replaced_at, replay_id, replaced_by, why
from api.reading_version
where datastream_id = %(datastream_id)s and time = %(time)s
order by replay_id desc
