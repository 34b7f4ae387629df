-- The fire weather of forest stands, day by day.

create table core.fire_weather (
    site_id         integer not null references core.site on delete cascade,
    tenant_id       integer not null references core.tenant,
    day             date not null,
    temperature_degc double precision,
    humidity_pct    double precision,
    wind_kmh        double precision,
    rain_mm         double precision,
    vpd_kpa         double precision,
    ffmc            double precision,
    dmc             double precision,
    dc              double precision,
    isi             double precision,
    bui             double precision,
    fwi             double precision,
    state           text not null,
    by_own_season   boolean not null,
    uncertain       boolean not null,
    is_forecast     boolean not null,
    under_canopy    boolean not null,
    primary key (site_id, day)
);
comment on table core.fire_weather is
    'Weather at noon of standard time (UTC+1) and the codes of the Canadian Fire Weather Index System that follow from it, day after day. '
    'Codes are null on a day whose weather is missing.';
comment on column core.fire_weather.state is 'Class of the index: fire_very_low to fire_very_high, or no_data.';
comment on column core.fire_weather.by_own_season is 'The seasons of the site before make the class higher than the limits of EFFIS do.';
comment on column core.fire_weather.uncertain is 'More than two days were missing, and less than 20 mm of rain have fallen since.';
comment on column core.fire_weather.is_forecast is 'Neither temperature nor rain was measured: as it was forecast last.';
comment on column core.fire_weather.under_canopy is 'Temperature and humidity were measured below trees: an index of the stand.';

create table core.forest_state (
    site_id         integer primary key references core.site on delete cascade,
    tenant_id       integer not null references core.tenant,
    computed_until  date not null
);
comment on table core.forest_state is 'Up to which day the fire weather of a forest stand was computed, whether there was any or not.';

create table core.forest_touched (
    touched_id      bigint generated always as identity primary key,
    site_id         integer not null,
    day             date not null,
    due_at          timestamptz not null default now()
);
comment on table core.forest_touched is 'Forest stands whose weather changed from a day on that was computed already.';
comment on column core.forest_touched.due_at is 'Not to be computed before: later where it failed.';

select core.guard('core.fire_weather', ingest => 'insert, update, delete');
select core.guard('core.forest_state', ingest => 'insert, update, delete');

do $$
begin
    execute format('grant select, insert, delete on core.forest_touched to %I', core.role_name('ingest'));
end $$;

create function core.noon(day date) returns timestamptz language sql immutable parallel safe as $$
    select (day + time '11:00') at time zone 'UTC'
$$;
comment on function core.noon is 'Noon of standard time in Germany (UTC+1), in summer too: the hour that the Fire Weather Index System is for.';

-- A reading that came late or was corrected changes the day whose noon follows it; what comes in time is computed when that noon has passed.
-- Of stands of its town: a weather station stands for those around it.
create function core.touch_forests() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    insert into core.forest_touched (site_id, day)
    select f.site_id, min(t.day)
    from (select d.tenant_id, ((x.time at time zone 'UTC') + interval '12 hours')::date as day
          from changed c
          cross join lateral unnest(c.device_ids, c.times[1 : cardinality(c.device_ids)]) x (device_id, time)
          join core.device d using (device_id)
          where c.until is null and x.time < date_trunc('hour', now()) - interval '1 hour'
          union all
          select s.tenant_id, ((x.time at time zone 'UTC') + interval '12 hours')::date
          from changed c
          cross join lateral unnest(c.site_ids, c.times[cardinality(c.device_ids) + 1 : ]) x (site_id, time)
          join core.site s using (site_id)
          where c.until is null and s.kind in ('forest', 'weather') and x.time > timestamptz 'epoch') t
    join core.forest_state f on f.tenant_id = t.tenant_id and t.day <= f.computed_until
    group by f.site_id;
    return null;
end $$;
create trigger touched_touches_forests after insert on core.touched referencing new table as changed
    for each statement execute function core.touch_forests();
