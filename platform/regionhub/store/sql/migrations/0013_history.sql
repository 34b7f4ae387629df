-- A replay has to find what a frame gave for other times than its own, wherever a faulty codec has put it.
alter table core.uplink add column history_from timestamptz, add column history_to timestamptz;
comment on column core.uplink.history_from is
    'Time of the first reading that the frame gives for another time than its own; null where there is none.';
comment on column core.uplink.history_to is
    'Time of the last reading that the frame gives for another time than its own; null where there is none.';

-- TimescaleDB unpacks what it changes in compressed chunks, by default not more than 100,000 rows.
select set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true);
create temporary table history on commit drop as
select f.uplink_id, f.time, min(r.time) as first, max(r.time) as last
from core.reading r
join core.datastream s using (datastream_id)
join core.uplink f on f.uplink_id = r.uplink_id and f.device_id = s.device_id
where r.time <> f.time
group by f.uplink_id, f.time;

-- The few frames of a device that have any.
create index on core.uplink (device_id, time) where history_from is not null;

-- week by week, with constants: only the chunks that hold such a frame are unpacked
do $$
declare week timestamptz;
begin
    for week in select distinct date_bin('7 days', time, timestamptz 'epoch') from history loop
        execute format(
            'update core.uplink u set history_from = h.first, history_to = h.last from history h '
            'where u.uplink_id = h.uplink_id and u.time = h.time and u.time >= %L and u.time < %L',
            week, week + interval '7 days');
    end loop;
end $$;
