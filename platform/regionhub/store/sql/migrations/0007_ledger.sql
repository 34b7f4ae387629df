-- What the completeness ledger needs to know of every frame: whether it came live or was fetched
-- afterwards, and of messages that could not pass, which frame they carried.

-- No default: TimescaleDB 2.23 fails where it filters by a boolean one that compressed chunks do not hold yet.
alter table core.uplink add column recovered boolean;
comment on column core.uplink.recovered is
    'The frame did not come over MQTT when it was sent: it was imported or fetched from the network server later. '
    'Null: it came before this was told apart, when all came over MQTT.';

alter table core.dead_letter
    add column f_cnt bigint,
    add column dev_addr text,
    add column frame_time timestamptz,
    add column recovered boolean not null default false;
comment on column core.dead_letter.frame_time is
    'Time of the radio frame, where the message could be read as one; null for everything else.';
create index on core.dead_letter (dev_eui, frame_time) where frame_time is not null;

-- The ledger counts hundreds of thousands of frames at once; it reads them from the index alone.
drop index core.uplink_device_id_time_idx;
create index on core.uplink (device_id, time desc) include (f_cnt, dev_addr, recovered);
