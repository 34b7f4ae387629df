-- What arrived: radio frames, events of devices, and how each device was last heard.

create sequence core.uplink_id;

create table core.uplink (
    uplink_id       bigint not null,
    tenant_id       integer not null,
    source_id       integer not null,
    device_id       integer not null,
    time            timestamptz not null,
    time_source     text not null,
    received_at     timestamptz not null,
    event_id        text,
    dev_addr        text,
    f_cnt           bigint,
    f_port          smallint,
    payload         bytea not null,
    confirmed       boolean,
    sf              smallint,
    bw_hz           integer,
    frequency_hz    bigint,
    dr              smallint,
    gateways        smallint not null,
    rssi            real,
    snr             real,
    receptions      jsonb not null,
    profile_id      text not null,
    profile_version text,
    -- no default: TimescaleDB 2.23 fails where it filters by a boolean one that compressed chunks do not hold yet
    recovered       boolean,
    history_from    timestamptz,
    history_to      timestamptz,
    decoded         text
);
comment on column core.uplink.decoded is
    'JSON that the network server''s own codec made of the payload; kept where the profile maps that and has no codec.';
comment on column core.uplink.event_id is
    'The network server''s id of the message, where the time is that of its arrival: nothing else tells then that it came twice.';
comment on column core.uplink.recovered is
    'The frame did not come over MQTT when it was sent: it was imported or fetched from the network server later.';
comment on column core.uplink.history_from is
    'Time of the first reading that the frame gives for another time than its own; null where there is none.';
comment on column core.uplink.history_to is
    'Time of the last reading that the frame gives for another time than its own; null where there is none.';

create table core.device_state (
    device_id       integer primary key references core.device on delete cascade,
    tenant_id       integer not null,
    last_seen_at    timestamptz,
    last_uplink_time timestamptz,
    f_cnt           bigint,
    f_port          smallint,
    dev_addr        text,
    sf              smallint,
    gateways        smallint,
    rssi            real,
    snr             real,
    joined_at       timestamptz,
    battery_level   double precision,
    external_power  boolean,
    margin_db       smallint,
    status_at       timestamptz,
    reported_latitude  double precision,
    reported_longitude double precision
) with (fillfactor = 50);

create table core.device_event (
    device_id       integer not null references core.device on delete cascade,
    tenant_id       integer not null,
    kind            text not null check (kind in ('join', 'status', 'location')),
    time            timestamptz not null,
    event_id        text,
    detail          jsonb not null,
    received_at     timestamptz not null default now(),
    primary key (device_id, kind, time)
);
-- one radio frame can cause several events, so the kind belongs to the id
create unique index on core.device_event (device_id, kind, event_id) where event_id is not null;

select core.guard('core.device_state', ingest => 'insert, update');
select core.guard('core.device_event', ingest => 'insert, update');

do $$
begin
    execute format('grant insert, update on core.uplink to %I', core.role_name('ingest'));
    execute format('grant usage on sequence core.uplink_id to %I', core.role_name('ingest'));
end $$;
