-- What features say about sites, as rows: the newest decision, and when the state changed.

create table core.signal (
    site_id         integer not null references core.site on delete cascade,
    signal          text not null,
    tenant_id       integer not null references core.tenant,
    state           text not null,
    level           smallint check (level between 0 and 3),
    place           double precision,
    since           timestamptz,
    time            timestamptz,
    value           double precision,
    unit            text,
    decimals        smallint,
    reason          text,
    reason_since    timestamptz,
    inputs          jsonb not null default '{}',
    due_at          timestamptz,
    decided_at      timestamptz not null,
    primary key (site_id, signal)
) with (fillfactor = 50);  -- every reading rewrites a row: room to do so in place
create index on core.signal (tenant_id);
comment on table core.signal is 'The newest decision of each feature about each site, and what it was decided on.';
comment on column core.signal.since is 'When the state was reached; null where it has never been another one.';
comment on column core.signal.due_at is 'When it has to be decided again though nothing arrives: a reading gets too old, a sensor is moved.';

create table core.signal_change (
    site_id         integer not null references core.site on delete cascade,
    signal          text not null,
    at              timestamptz not null,
    tenant_id       integer not null references core.tenant,
    state           text not null,
    level           smallint,
    primary key (site_id, signal, at)
);
comment on table core.signal_change is
    'When a site came into which state (at the epoch: it began so), by the readings and limits that are known today: what comes late, is '
    'corrected or decoded anew changes it from its time on.';

create table core.touched (
    touched_id      bigint generated always as identity primary key,
    device_ids      integer[] not null default '{}',
    site_ids        integer[] not null default '{}',
    times           timestamptz[] not null,
    until           timestamptz,
    touched_at      timestamptz not null default clock_timestamp(),
    check (cardinality(times) = cardinality(device_ids) + cardinality(site_ids))
);
comment on table core.touched is
    'What has to be decided again: devices, then sites, each with the time from which on something changed. Whoever changes what '
    'decisions stand on adds a row in the same transaction, whoever decides removes it.';
comment on column core.touched.until is
    'From then on it was decided again already; what remains is when the state changed before. Null: nothing was decided yet.';

select core.guard('core.signal', ingest => 'insert, update, delete');
select core.guard('core.signal_change', ingest => 'insert, update, delete');

do $$
begin
    execute format('grant insert, delete on core.touched to %I', core.role_name('ingest'));
end $$;

-- What people register, change and move. A row for a hundred sites: none is too much for one step.

create function core.touch_sites(sites integer[], times timestamptz[]) returns void language sql security definer
set search_path = pg_catalog as $$
    insert into core.touched (site_ids, times)
    select array_agg(site), array_agg(time)
    from (select site, time, row_number() over (order by site) - 1 as number from unnest(sites, times) t (site, time)) t
    group by number / 100
$$;
comment on function core.touch_sites is 'Let what is said about these sites be decided again, each from a time on.';

-- The functions of triggers decide nothing themselves: they note what `changed` says.

create function core.touch_new_sites() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    perform core.touch_sites(array(select site_id from changed order by 1), array(select timestamptz 'epoch' from changed));
    return null;
end $$;

create function core.touch_changed_sites() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    perform core.touch_sites(array_agg(site_id order by site_id), array_agg(timestamptz 'epoch'))
    from (
        -- neither its name nor its place on the map decides anything
        select c.site_id
        from changed c join former f using (site_id)
        where (c.kind, c.soil_texture, c.planted_year, c.site_group_id) is distinct from (f.kind, f.soil_texture, f.planted_year, f.site_group_id)
        union
        -- those that it leaves behind: its sensor speaks for them no more
        select m.site_id
        from changed c
        join former f using (site_id)
        join core.site m on m.site_group_id = f.site_group_id
        where c.site_group_id is distinct from f.site_group_id and exists (select from core.installation i where i.site_id = c.site_id)
    ) t
    having count(*) > 0;
    return null;
end $$;

create trigger site_inserted_touches after insert on core.site referencing new table as changed
    for each statement execute function core.touch_new_sites();
create trigger site_updated_touches after update on core.site referencing old table as former new table as changed
    for each statement execute function core.touch_changed_sites();

create function core.touch_references() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    perform core.touch_sites(array_agg(site_id order by site_id), array_agg(begins order by site_id))
    from (select site_id, min(from_time) as begins from changed group by site_id) t having count(*) > 0;
    return null;
end $$;

create function core.touch_changed_references() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    perform core.touch_sites(array_agg(site_id order by site_id), array_agg(begins order by site_id))
    from (
        select c.site_id, min(case when (c.from_time, c.stage_1_cm, c.stage_2_cm, c.stage_3_cm)
                                        is not distinct from (f.from_time, f.stage_1_cm, f.stage_2_cm, f.stage_3_cm)
                                   -- another end changes nothing before it
                                   then least(coalesce(c.to_time, 'infinity'), coalesce(f.to_time, 'infinity'))
                                   else least(c.from_time, f.from_time) end) as begins
        from changed c join former f using (reference_id)
        group by c.site_id
    ) t
    where begins < 'infinity' having count(*) > 0;
    return null;
end $$;

create trigger reference_inserted_touches after insert on core.gauge_reference referencing new table as changed
    for each statement execute function core.touch_references();
create trigger reference_deleted_touches after delete on core.gauge_reference referencing old table as changed
    for each statement execute function core.touch_references();
create trigger reference_updated_touches after update on core.gauge_reference referencing old table as former new table as changed
    for each statement execute function core.touch_changed_references();

create function core.touch_sites_of_groups() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    perform core.touch_sites(array_agg(s.site_id order by s.site_id), array_agg(timestamptz 'epoch'))
    from changed c join former f using (site_group_id) join core.site s using (site_group_id)
    where (c.soil_texture, c.root_volume_m3) is distinct from (f.soil_texture, f.root_volume_m3)
    having count(*) > 0;
    return null;
end $$;

create trigger site_group_updated_touches after update on core.site_group referencing old table as former new table as changed
    for each statement execute function core.touch_sites_of_groups();

create function core.touch_installations() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    perform core.touch_sites(array_agg(site_id order by site_id), array_agg(from_time order by site_id))
    from changed having count(*) > 0;
    return null;
end $$;

create trigger installation_inserted_touches after insert on core.installation referencing new table as changed
    for each statement execute function core.touch_installations();
create trigger installation_deleted_touches after delete on core.installation referencing old table as changed
    for each statement execute function core.touch_installations();

create function core.touch_changed_installations() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    perform core.touch_sites(array_agg(site_id), array_agg(begins))
    from (
        select x.site_id, case when (c.site_id, c.device_id, c.from_time, c.mounting_height_cm, c.depth_cm)
                                    is not distinct from (f.site_id, f.device_id, f.from_time, f.mounting_height_cm, f.depth_cm)
                               -- another end changes nothing before it
                               then least(coalesce(c.to_time, 'infinity'), coalesce(f.to_time, 'infinity'))
                               else least(c.from_time, f.from_time) end as begins
        from changed c
        join former f using (installation_id)
        cross join lateral (select c.site_id union select f.site_id) x
    ) t
    having count(*) > 0;
    return null;
end $$;

create trigger installation_updated_touches after update on core.installation referencing old table as former new table as changed
    for each statement execute function core.touch_changed_installations();

create function core.touch_changed_devices() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    -- how often a device sends says when its values are too old, at any time
    insert into core.touched (device_ids, times)
    select array_agg(device_id), array_agg(timestamptz 'epoch')
    from changed c join former f using (device_id)
    where c.interval_seconds <> f.interval_seconds
    having count(*) > 0;
    return null;
end $$;

create trigger device_updated_touches after update on core.device referencing old table as former new table as changed
    for each statement execute function core.touch_changed_devices();

create function core.touch_devices_of_letters() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    -- a frame that could not be read is the reason for a missing value as long as it waits
    insert into core.touched (device_ids, times)
    select array_agg(device_id), array_agg(now())
    from core.device where dev_eui in (select dev_eui from changed where resolved_at is null)
    having count(*) > 0;
    return null;
end $$;

create trigger letter_resolved_touches after update on core.dead_letter referencing old table as changed
    for each statement execute function core.touch_devices_of_letters();
create trigger letter_removed_touches after delete on core.dead_letter referencing old table as changed
    for each statement execute function core.touch_devices_of_letters();

-- For tables of limits, one row for all sites: a feature makes a trigger with it.
create function core.touch_all_sites() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    perform core.touch_sites(array_agg(site_id order by site_id), array_agg(timestamptz 'epoch')) from core.site having count(*) > 0;
    return null;
end $$;
