-- What the hub fetches from elsewhere: gauges of the state, weather, warnings.

create table core.feed (
    source_id       integer primary key,
    tenant_id       integer not null references core.tenant,
    every_seconds   integer not null check (every_seconds between 60 and 604800),
    licence         text not null check (licence <> ''),
    origin          text not null check (origin <> ''),
    reach_km        double precision not null check (reach_km between 1 and 500),
    list_address    text,
    stations        text[] not null default '{}',
    listed_at       timestamptz,
    tried_at        timestamptz,
    fetched_at      timestamptz,
    newest_at       timestamptz,
    next_at         timestamptz not null default now(),
    failures        integer not null default 0,
    problem         text,
    problem_detail  text,
    foreign key (source_id, tenant_id) references core.source (source_id, tenant_id) on delete cascade
);
comment on table core.feed is 'A source that is fetched: how often, on what terms, and how that goes. Its address is that of core.source.';
comment on column core.feed.reach_km is 'What lies so near to the middle of a town is kept for it, and the town sees it.';
comment on column core.feed.list_address is 'Where its lists of stations stand, if not below its address.';
comment on column core.feed.listed_at is 'When these were read.';
comment on column core.feed.stations is 'Only these, by the number that their operator gives them; empty: all within reach of a town.';
comment on column core.feed.fetched_at is 'When all of it was there the last time, changed or not.';
comment on column core.feed.newest_at is 'The newest time that its data are of.';
comment on column core.feed.problem is 'A code; the sentence for it stands in regionhub/problems.py.';

create table core.feed_file (
    source_id       integer not null references core.feed on delete cascade,
    tenant_id       integer not null references core.tenant,
    path            text not null,
    etag            text,
    last_modified   text,
    asked_at        timestamptz not null,
    primary key (source_id, path)
);
comment on table core.feed_file is 'What a server said of a file, so that it is asked for the next one only when that has changed.';
comment on column core.feed_file.asked_at is 'When it was asked for the last time, whether it was there or not: a slow server is not asked for all of them at once.';

create table core.feed_station (
    feed_station_id integer generated always as identity primary key,
    source_id       integer not null references core.feed on delete cascade,
    tenant_id       integer not null references core.tenant,
    code            text not null check (code <> ''),
    name            text not null check (name <> ''),
    latitude        double precision not null check (latitude between -90 and 90),
    longitude       double precision not null check (longitude between -180 and 180),
    elevation_m     double precision,
    device_id       integer,
    site_id         integer,
    listed_at       timestamptz not null default now(),
    unique (source_id, code),
    foreign key (device_id, tenant_id) references core.device (device_id, tenant_id) on delete cascade,
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id)
);
comment on table core.feed_station is
    'What a feed tells something of: a gauge, a weather station, a point of a radar picture. Its readings are those of a device at a site.';
comment on column core.feed_station.listed_at is 'When its operator named it the last time; one that is named no more stays.';

create table core.weather_forecast (
    feed_station_id integer not null references core.feed_station on delete cascade,
    tenant_id       integer not null references core.tenant,
    time            timestamptz not null,
    issued_at       timestamptz not null,
    temperature_degc double precision,
    dew_point_degc  double precision,
    wind_m_s        double precision,
    rain_mm         double precision,
    radiation_kj_m2 double precision,
    primary key (feed_station_id, time)
);
comment on table core.weather_forecast is
    'For each hour what was forecast for it last. Rain and global radiation are those of the hour that ends then, wind is that at 10 m.';

create table core.fire_danger_index (
    feed_station_id integer not null references core.feed_station on delete cascade,
    tenant_id       integer not null references core.tenant,
    day             date not null,
    issued_at       timestamptz not null,
    wbi             smallint not null check (wbi between 1 and 5),
    primary key (feed_station_id, day)
);
comment on table core.fire_danger_index is 'The forest fire danger index of the German weather service (WBI), 1 very low to 5 very high, by day.';

create table core.warning (
    source_id       integer not null references core.feed on delete cascade,
    tenant_id       integer not null references core.tenant,
    identifier      text not null,
    warn_cell       text not null,
    event           text not null,
    headline        text not null,
    description     text,
    instruction     text,
    severity        text not null check (severity in ('minor', 'moderate', 'severe', 'extreme')),
    onset           timestamptz not null,
    expires         timestamptz,
    sent_at         timestamptz not null,
    primary key (source_id, warn_cell, identifier)
);
create index on core.warning (warn_cell);
comment on table core.warning is 'Official warnings as they stand now, by warn cell: "8" and the AGS of a municipality, "1", the AGS of a district and "000".';

select core.guard('core.feed', town => 'select, insert, update');

do $$
declare town name := core.role_name('town');
begin
    -- an admin of a town sets up what is fetched; network servers are for the operator
    execute format('create policy own_reference on core.source to %I using (:own(tenant_id) and kind = ''reference'') '
                   'with check (:own(tenant_id) and kind = ''reference'')', town);
    execute format('grant select (source_id, tenant_id, kind, enabled), insert (tenant_id, name, kind, format, broker_url, topics), '
                   'update (enabled) on core.source to %I', town);
end $$;
select core.guard('core.feed_file');
select core.guard('core.feed_station');
select core.guard('core.weather_forecast');
select core.guard('core.fire_danger_index');
select core.guard('core.warning');
