-- What stands where: sites, devices, and which device was at which site.

create table core.soil_texture (
    soil_texture    text primary key,
    name_de         text not null,
    field_capacity_pct double precision not null,
    wilting_point_pct  double precision not null,
    porosity_pct       double precision,
    check (field_capacity_pct > wilting_point_pct)
);
comment on table core.soil_texture is
    'Water content (vol-%) at pF 1.8 and pF 4.2, and where all pores are full (porosity_pct), of the German texture classes (KA5), '
    'Mualem-van Genuchten parameters of Wessolek, Kaupenjohann and Renger 2009, table 10.';

-- Texture classes of the German mapping guide (KA5): water content at pF 1.8, at pF 4.2 and of full pores in vol-%,
-- computed with the Mualem-van Genuchten parameters of Wessolek, Kaupenjohann and Renger (2009), table 10.
insert into core.soil_texture (soil_texture, name_de, field_capacity_pct, wilting_point_pct, porosity_pct) values
    ('Ss', 'reiner Sand', 14.3, 2.1, 38.8),
    ('Sl2', 'schwach lehmiger Sand', 23.4, 5.8, 39.5),
    ('Sl3', 'mittel lehmiger Sand', 24.8, 8.1, 39.5),
    ('Sl4', 'stark lehmiger Sand', 28.5, 10.5, 41.0),
    ('Slu', 'schluffig-lehmiger Sand', 30.3, 11.6, 41.4),
    ('St2', 'schwach toniger Sand', 21.2, 7.5, 40.5),
    ('St3', 'mittel toniger Sand', 30.3, 14.7, 42.1),
    ('Su2', 'schwach schluffiger Sand', 20.6, 5.7, 37.9),
    ('Su3', 'mittel schluffiger Sand', 25.5, 8.0, 37.6),
    ('Su4', 'stark schluffiger Sand', 27.6, 8.4, 38.4),
    ('Ls2', 'schwach sandiger Lehm', 33.1, 17.4, 41.5),
    ('Ls3', 'mittel sandiger Lehm', 31.5, 15.3, 40.9),
    ('Ls4', 'stark sandiger Lehm', 30.4, 14.2, 41.3),
    ('Lt2', 'schwach toniger Lehm', 34.4, 20.1, 43.8),
    ('Lt3', 'mittel toniger Lehm', 39.4, 25.6, 45.3),
    ('Lts', 'sandig-toniger Lehm', 37.4, 20.9, 43.2),
    ('Lu', 'schluffiger Lehm', 35.9, 18.1, 42.8),
    ('Uu', 'reiner Schluff', 36.1, 12.7, 40.3),
    ('Uls', 'sandig-lehmiger Schluff', 34.0, 12.6, 40.0),
    ('Us', 'sandiger Schluff', 32.4, 10.1, 39.5),
    ('Ut2', 'schwach toniger Schluff', 34.8, 12.1, 40.0),
    ('Ut3', 'mittel toniger Schluff', 35.6, 13.1, 40.3),
    ('Ut4', 'stark toniger Schluff', 37.1, 15.1, 41.6),
    ('Tt', 'reiner Ton', 48.1, 36.4, 52.4),
    ('Tl', 'lehmiger Ton', 44.3, 31.7, 49.3),
    ('Tu2', 'schwach schluffiger Ton', 44.9, 32.4, 49.7),
    ('Tu3', 'mittel schluffiger Ton', 40.7, 26.4, 45.9),
    ('Tu4', 'stark schluffiger Ton', 37.7, 20.7, 43.7),
    ('Ts2', 'schwach sandiger Ton', 42.1, 27.9, 48.4),
    ('Ts3', 'mittel sandiger Ton', 36.6, 21.0, 43.7),
    ('Ts4', 'stark sandiger Ton', 32.3, 17.3, 43.5);

create table core.site (
    site_id         integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    name            text not null check (name <> '' and length(name) <= 120),
    kind            text not null check (kind in ('tree', 'bed', 'gauge', 'forest', 'road', 'weather')),
    latitude        double precision check (latitude between -90 and 90),
    longitude       double precision check (longitude between -180 and 180),
    address         text,
    soil_texture    text references core.soil_texture,
    planted_year    integer check (planted_year between 1000 and 2200),
    water_body      text,
    gauge_zero_m    double precision,
    stage_1_cm      double precision,
    stage_2_cm      double precision,
    stage_3_cm      double precision,
    note            text,
    created_at      timestamptz not null default now(),
    unique (tenant_id, name),
    unique (site_id, tenant_id),
    check ((latitude is null) = (longitude is null)),
    -- with a gap between them neither the order nor "below stage 1" would mean anything
    check (stage_2_cm is null or stage_1_cm is not null and stage_2_cm >= stage_1_cm),
    check (stage_3_cm is null or stage_2_cm is not null and stage_3_cm >= stage_2_cm)
);
comment on column core.site.gauge_zero_m is 'Gauge zero (Pegelnullpunkt) in m above NHN (DHHN2016).';
comment on column core.site.stage_1_cm is 'Level above gauge zero at which stage 1 is reached, cm.';

create table core.gauge_reference (
    reference_id    integer generated always as identity primary key,
    site_id         integer not null,
    tenant_id       integer not null,
    from_time       timestamptz not null,
    to_time         timestamptz,
    gauge_zero_m    double precision,
    stage_1_cm      double precision,
    stage_2_cm      double precision,
    stage_3_cm      double precision,
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id) on delete cascade,
    check (to_time > from_time),
    check (stage_2_cm is null or stage_1_cm is not null and stage_2_cm >= stage_1_cm),
    check (stage_3_cm is null or stage_2_cm is not null and stage_3_cm >= stage_2_cm),
    exclude using gist (int4range(site_id, site_id, '[]') with &&, tstzrange(from_time, to_time) with &&)
);
create index on core.gauge_reference (site_id, from_time);
comment on table core.gauge_reference is
    'Gauge zero and stages of a gauge, and from when to when they held (from the epoch: it began so; no end: now, as core.site says).';

create table core.gauge_reference_correction (
    correction_id   bigint generated always as identity primary key,
    tenant_id       integer not null,
    site_id         integer not null,
    corrected_at    timestamptz not null default now(),
    corrected_by    text not null check (corrected_by <> ''),
    why             text not null check (why <> ''),
    from_time       timestamptz not null,
    to_time         timestamptz,
    gauge_zero_m    double precision,
    stage_1_cm      double precision,
    stage_2_cm      double precision,
    stage_3_cm      double precision,
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id) on delete cascade
);
create index on core.gauge_reference_correction (site_id);
comment on table core.gauge_reference_correction is
    'What gauge zero and stages of a time in the past were before somebody corrected them; nobody changes these rows.';

-- Whoever changes a gauge changes it from now on: what was, stays as it was.
create function core.keep_gauge_reference() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    -- a correction of the past wrote the newest values there already
    if exists (select from core.gauge_reference r
               where r.site_id = new.site_id and r.to_time is null
                 and (r.gauge_zero_m, r.stage_1_cm, r.stage_2_cm, r.stage_3_cm)
                     is not distinct from (new.gauge_zero_m, new.stage_1_cm, new.stage_2_cm, new.stage_3_cm)) then
        return null;
    end if;
    -- what did not hold for a moment never held
    delete from core.gauge_reference where site_id = new.site_id and to_time is null and from_time >= now();
    update core.gauge_reference set to_time = now() where site_id = new.site_id and to_time is null;
    insert into core.gauge_reference (site_id, tenant_id, from_time, gauge_zero_m, stage_1_cm, stage_2_cm, stage_3_cm)
    values (new.site_id, new.tenant_id,
            coalesce((select max(to_time) from core.gauge_reference where site_id = new.site_id), timestamptz 'epoch'),
            new.gauge_zero_m, new.stage_1_cm, new.stage_2_cm, new.stage_3_cm);
    return null;
end $$;
create trigger gauge_registered after insert on core.site
    for each row when (new.kind = 'gauge') execute function core.keep_gauge_reference();
create trigger gauge_changed after update of kind, gauge_zero_m, stage_1_cm, stage_2_cm, stage_3_cm on core.site
    for each row when (new.kind = 'gauge') execute function core.keep_gauge_reference();

create table core.site_photo (
    site_id         integer primary key,
    tenant_id       integer not null,
    image           bytea not null check (length(image) <= 1000000),
    taken_by        text not null,
    uploaded_at     timestamptz not null default now(),
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id) on delete cascade
);
comment on table core.site_photo is 'How a site is found: one JPEG each, made anew by the hub, without what a camera adds (place, time, owner).';

create table core.device (
    device_id       integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    dev_eui         text not null check (dev_eui ~ '^[0-9a-f]{16}$'),
    name            text not null check (name <> '' and length(name) <= 120),
    serial          text,
    profile_id      text not null,
    parameters      jsonb not null default '{}' check (jsonb_typeof(parameters) = 'object'),
    interval_seconds integer not null check (interval_seconds between 10 and 604800),
    active          boolean not null default true,
    created_at      timestamptz not null default now(),
    unique (device_id, tenant_id),
    unique (tenant_id, dev_eui)
);
comment on column core.device.dev_eui is
    'Of one town only: what comes through its sources is its own, whoever else registered the same number.';

create table core.installation (
    installation_id integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    device_id       integer not null,
    site_id         integer not null,
    from_time       timestamptz not null default now(),
    to_time         timestamptz,
    mounting_height_cm double precision,
    depth_cm        double precision check (depth_cm >= 0),
    -- device and site are of one tenant
    foreign key (device_id, tenant_id) references core.device (device_id, tenant_id),
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id),
    check (to_time > from_time),
    -- one place at a time; an int4range, because plain PostgreSQL has no GiST for integers
    exclude using gist (int4range(device_id, device_id, '[]') with &&,
                        tstzrange(from_time, to_time) with &&)
);
create index on core.installation (site_id);
comment on column core.installation.mounting_height_cm is
    'Height of the sensor above gauge zero in cm: the face of a distance sensor, the membrane of a pressure probe.';

create table core.installation_correction (
    correction_id   bigint generated always as identity primary key,
    tenant_id       integer not null,
    device_id       integer not null references core.device on delete cascade,
    installation_id integer not null,
    corrected_at    timestamptz not null default now(),
    corrected_by    text not null check (corrected_by <> ''),
    why             text not null check (why <> ''),
    site_id         integer not null,
    from_time       timestamptz not null,
    to_time         timestamptz,
    mounting_height_cm double precision,
    depth_cm        double precision,
    removed         boolean not null
);
create index on core.installation_correction (device_id);
comment on table core.installation_correction is
    'What an installation was before somebody corrected or removed it; nobody changes these rows.';

select core.guard('core.site', town => 'select, insert, update, delete');
select core.guard('core.gauge_reference', town => 'select, insert, update');
select core.guard('core.gauge_reference_correction', town => 'select, insert');
select core.guard('core.site_photo', town => 'select, insert, update, delete');
select core.guard('core.device', town => 'select, insert, update, delete');
select core.guard('core.installation', town => 'select, insert, update, delete');
select core.guard('core.installation_correction', town => 'select, insert');
