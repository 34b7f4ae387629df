-- What is said of each device, as rows, and which devices have to be judged again.

create table core.device_condition (
    device_id       integer primary key references core.device on delete cascade,
    tenant_id       integer not null references core.tenant,
    state           text not null,
    since           timestamptz,
    sentence_de     text not null,
    sentence_en     text not null,
    missing_quantities text[] not null,
    missing_since   timestamptz,
    interval_seconds integer not null,
    battery_voltage double precision,
    battery_level   double precision,
    battery_left    double precision,
    battery_empty_on date,
    received        integer,
    expected        integer,
    margin_db       double precision,
    heard_at        timestamptz,
    figures         jsonb not null,
    figured_until   timestamptz,
    due_at          timestamptz,
    decided_at      timestamptz not null
) with (fillfactor = 50);  -- every frame rewrites a row: room to do so in place
comment on table core.device_condition is 'What is said of each device, and what it was decided on.';
comment on column core.device_condition.interval_seconds is 'How often it really sends; as registered where too few frames are known.';
comment on column core.device_condition.battery_left is 'Charge that is left, %: as it says, or by its voltage against that when it was new.';
comment on column core.device_condition.battery_empty_on is 'When the battery will be empty by its trend; null where that cannot be said.';
comment on column core.device_condition.margin_db is 'Median of 24 hours by which the signal lies above what the spreading factor needs, dB.';
comment on column core.device_condition.figures is
    'What frames and readings up to figured_until tell (figures.py): a whole hour, so that it is computed once an hour and always alike.';
comment on column core.device_condition.due_at is 'When it has to be judged again though nothing arrives.';

create table core.device_touched (
    touched_id      bigint generated always as identity primary key,
    device_ids      integer[] not null,
    times           timestamptz[] not null,
    touched_at      timestamptz not null default clock_timestamp()
);
comment on table core.device_touched is
    'Devices that have to be judged again, each with the time from which on something changed; rows as of core.touched.';

select core.guard('core.device_condition', ingest => 'insert, update, delete');

do $$
begin
    execute format('grant select, delete on core.device_touched to %I', core.role_name('ingest'));
end $$;

create function core.touch_conditions(devices integer[], times timestamptz[]) returns void language sql security definer
set search_path = pg_catalog as $$
    insert into core.device_touched (device_ids, times)
    select array_agg(device), array_agg(time)
    from (select device, time, row_number() over () - 1 as number from unnest(devices, times) t (device, time)) t
    group by number / 250
$$;
comment on function core.touch_conditions is 'Let what is said of these devices be judged again, each from a time on.';

-- Whatever changes what decisions about sites stand on changes what is said of devices.
create function core.touch_devices() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    perform core.touch_conditions(array_agg(device_id), array_agg(time))
    from (select d.device_id, d.time
          from changed c cross join lateral unnest(c.device_ids, c.times[1 : cardinality(c.device_ids)]) d (device_id, time)
          where c.until is null
          union all
          select i.device_id, s.time
          from changed c
          cross join lateral unnest(c.site_ids, c.times[cardinality(c.device_ids) + 1 : ]) s (site_id, time)
          join core.installation i on i.site_id = s.site_id
          where c.until is null) t
    having count(*) > 0;
    return null;
end $$;
create trigger touched_touches_devices after insert on core.touched referencing new table as changed
    for each statement execute function core.touch_devices();

create function core.touch_changed_conditions() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    perform core.touch_conditions(array_agg(device_id), array_agg(now())) from changed having count(*) > 0;
    return null;
end $$;
create trigger device_inserted_conditions after insert on core.device referencing new table as changed
    for each statement execute function core.touch_changed_conditions();
create trigger installation_inserted_conditions after insert on core.installation referencing new table as changed
    for each statement execute function core.touch_changed_conditions();
create trigger installation_updated_conditions after update on core.installation referencing old table as changed
    for each statement execute function core.touch_changed_conditions();
create trigger installation_deleted_conditions after delete on core.installation referencing old table as changed
    for each statement execute function core.touch_changed_conditions();
