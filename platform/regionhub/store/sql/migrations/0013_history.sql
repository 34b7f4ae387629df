-- A replay has to find what a frame gave for other times than its own, wherever a faulty codec has put it.
alter table core.uplink add column history_from timestamptz, add column history_to timestamptz;
comment on column core.uplink.history_from is
    'Time of the earliest reading that the frame gave for another time than its own; null where there is none.';
comment on column core.uplink.history_to is
    'Time of the latest reading that the frame gave for another time than its own; null where there is none.';

-- TimescaleDB unpacks what it changes in compressed chunks, by default not more than 100,000 rows.
select set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true);
update core.uplink u set history_from = h.first, history_to = h.last
from (select f.uplink_id, f.device_id, f.time, min(r.time) as first, max(r.time) as last
      from core.reading r
      join core.datastream s using (datastream_id)
      join core.uplink f on f.uplink_id = r.uplink_id and f.device_id = s.device_id
      where r.time <> f.time
      group by f.uplink_id, f.device_id, f.time) h
where u.uplink_id = h.uplink_id and u.device_id = h.device_id and u.time = h.time;
