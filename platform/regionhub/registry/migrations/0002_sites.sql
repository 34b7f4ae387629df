-- What stands where: sites, devices, and which device was at which site.

create table core.soil_texture (
    soil_texture    text primary key,
    name_de         text not null,
    field_capacity_pct double precision not null,
    wilting_point_pct  double precision not null,
    porosity_pct       double precision,
    residual_pct       double precision,
    mvg_alpha_per_hpa  double precision,
    mvg_n              double precision,
    check (field_capacity_pct > wilting_point_pct)
);
comment on table core.soil_texture is
    'Water content (vol-%) at pF 1.8 and pF 4.2, and where all pores are full (porosity_pct), of the German texture classes (KA5); '
    'residual_pct, mvg_alpha_per_hpa and mvg_n are the Mualem-van Genuchten parameters of Wessolek, Kaupenjohann and Renger 2009, table 10, '
    'from which these values are computed.';

-- Texture classes of the German mapping guide (KA5): water content at pF 1.8, at pF 4.2 and of full pores in vol-%,
-- computed with the Mualem-van Genuchten parameters of Wessolek, Kaupenjohann and Renger (2009), table 10.
insert into core.soil_texture (soil_texture, name_de, field_capacity_pct, wilting_point_pct, porosity_pct, residual_pct,
                               mvg_alpha_per_hpa, mvg_n) values
    ('Ss', 'reiner Sand', 14.3, 2.1, 38.8, 0, 0.26437, 1.35154),
    ('Sl2', 'schwach lehmiger Sand', 23.4, 5.8, 39.5, 0, 0.11647, 1.25425),
    ('Sl3', 'mittel lehmiger Sand', 24.8, 8.1, 39.5, 5.19, 0.07097, 1.35096),
    ('Sl4', 'stark lehmiger Sand', 28.5, 10.5, 41.0, 0, 0.10486, 1.18427),
    ('Slu', 'schluffig-lehmiger Sand', 30.3, 11.6, 41.4, 0, 0.08165, 1.17695),
    ('St2', 'schwach toniger Sand', 21.2, 7.5, 40.5, 0, 0.48458, 1.18828),
    ('St3', 'mittel toniger Sand', 30.3, 14.7, 42.1, 0, 0.18023, 1.1323),
    ('Su2', 'schwach schluffiger Sand', 20.6, 5.7, 37.9, 0, 0.20387, 1.23473),
    ('Su3', 'mittel schluffiger Sand', 25.5, 8.0, 37.6, 0, 0.08862, 1.21398),
    ('Su4', 'stark schluffiger Sand', 27.6, 8.4, 38.4, 0, 0.06005, 1.22228),
    ('Ls2', 'schwach sandiger Lehm', 33.1, 17.4, 41.5, 14.06, 0.04052, 1.32416),
    ('Ls3', 'mittel sandiger Lehm', 31.5, 15.3, 40.9, 7.284, 0.06835, 1.20501),
    ('Ls4', 'stark sandiger Lehm', 30.4, 14.2, 41.3, 4.63, 0.09955, 1.18213),
    ('Lt2', 'schwach toniger Lehm', 34.4, 20.1, 43.8, 14.92, 0.07013, 1.24572),
    ('Lt3', 'mittel toniger Lehm', 39.4, 25.6, 45.3, 16.29, 0.04947, 1.17003),
    ('Lts', 'sandig-toniger Lehm', 37.4, 20.9, 43.2, 11.54, 0.03401, 1.19442),
    ('Lu', 'schluffiger Lehm', 35.9, 18.1, 42.8, 5.34, 0.04321, 1.16518),
    ('Uu', 'reiner Schluff', 36.1, 12.7, 40.3, 0, 0.0142, 1.21344),
    ('Uls', 'sandig-lehmiger Schluff', 34.0, 12.6, 40.0, 0, 0.02513, 1.19338),
    ('Us', 'sandiger Schluff', 32.4, 10.1, 39.5, 0, 0.02747, 1.22393),
    ('Ut2', 'schwach toniger Schluff', 34.8, 12.1, 40.0, 1.01, 0.01868, 1.22068),
    ('Ut3', 'mittel toniger Schluff', 35.6, 13.1, 40.3, 0.53, 0.01679, 1.20668),
    ('Ut4', 'stark toniger Schluff', 37.1, 15.1, 41.6, 2.76, 0.01697, 1.20483),
    ('Tt', 'reiner Ton', 48.1, 36.4, 52.4, 0, 0.06612, 1.05215),
    ('Tl', 'lehmiger Ton', 44.3, 31.7, 49.3, 0, 0.07339, 1.06254),
    ('Tu2', 'schwach schluffiger Ton', 44.9, 32.4, 49.7, 0, 0.07242, 1.06062),
    ('Tu3', 'mittel schluffiger Ton', 40.7, 26.4, 45.9, 0, 0.055, 1.08166),
    ('Tu4', 'stark schluffiger Ton', 37.7, 20.7, 43.7, 1.7, 0.04538, 1.12039),
    ('Ts2', 'schwach sandiger Ton', 42.1, 27.9, 48.4, 0, 0.08402, 1.07669),
    ('Ts3', 'mittel sandiger Ton', 36.6, 21.0, 43.7, 7.841, 0.06194, 1.14565),
    ('Ts4', 'stark sandiger Ton', 32.3, 17.3, 43.5, 0, 0.20919, 1.11419);

create table core.site_group (
    site_group_id   integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    name            text not null check (name <> '' and length(name) <= 120),
    soil_texture    text references core.soil_texture,
    root_volume_m3  double precision check (root_volume_m3 > 0 and root_volume_m3 <= 100),
    pit_area_m2     double precision check (pit_area_m2 > 0 and pit_area_m2 <= 1000),
    note            text,
    created_at      timestamptz not null default now(),
    unique (tenant_id, name),
    unique (site_group_id, tenant_id)
);
comment on table core.site_group is
    'Sites of one town with the same soil and the same kind of pit. Those among them with a sensor speak for those without one.';
comment on column core.site_group.root_volume_m3 is 'Soil that the roots of one tree or bed draw from, m³; null: the usual one of its age.';
comment on column core.site_group.pit_area_m2 is 'Open ground of one tree or bed into which rain falls, m²; null: the usual one of its age.';

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
    gauge_datum     text not null default 'DHHN2016' check (gauge_datum in ('DHHN2016', 'DHHN92', 'NHN', 'NN')),
    stage_1_cm      double precision,
    stage_2_cm      double precision,
    stage_3_cm      double precision,
    note            text,
    site_group_id   integer,
    created_at      timestamptz not null default now(),
    unique (tenant_id, name),
    unique (site_id, tenant_id),
    -- site and group are of one tenant
    foreign key (site_group_id, tenant_id) references core.site_group (site_group_id, tenant_id),
    check ((latitude is null) = (longitude is null)),
    -- with a gap between them neither the order nor "below stage 1" would mean anything
    check (stage_2_cm is null or stage_1_cm is not null and stage_2_cm >= stage_1_cm),
    check (stage_3_cm is null or stage_2_cm is not null and stage_3_cm >= stage_2_cm)
);
create index on core.site (site_group_id) where site_group_id is not null;
create index on core.site (kind);
comment on column core.site.gauge_zero_m is 'Gauge zero (Pegelnullpunkt) in m above gauge_datum.';
comment on column core.site.gauge_datum is
    'What gauge_zero_m is a height above: NHN of DHHN2016 or of DHHN92, NHN without a word of which, or NN; they differ by up to decimetres.';
comment on column core.site.stage_1_cm is 'Level above gauge zero at which stage 1 is reached, cm.';

create table core.gauge_reference (
    reference_id    integer generated always as identity primary key,
    site_id         integer not null,
    tenant_id       integer not null,
    from_time       timestamptz not null,
    to_time         timestamptz,
    gauge_zero_m    double precision,
    gauge_datum     text not null,
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
    gauge_datum     text not null,
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
                 and (r.gauge_zero_m, r.gauge_datum, r.stage_1_cm, r.stage_2_cm, r.stage_3_cm)
                     is not distinct from (new.gauge_zero_m, new.gauge_datum, new.stage_1_cm, new.stage_2_cm, new.stage_3_cm)) then
        return null;
    end if;
    -- what did not hold for a moment never held
    delete from core.gauge_reference where site_id = new.site_id and to_time is null and from_time >= now();
    update core.gauge_reference set to_time = now() where site_id = new.site_id and to_time is null;
    insert into core.gauge_reference (site_id, tenant_id, from_time, gauge_zero_m, gauge_datum, stage_1_cm, stage_2_cm, stage_3_cm)
    values (new.site_id, new.tenant_id,
            coalesce((select max(to_time) from core.gauge_reference where site_id = new.site_id), timestamptz 'epoch'),
            new.gauge_zero_m, new.gauge_datum, new.stage_1_cm, new.stage_2_cm, new.stage_3_cm);
    return null;
end $$;
create trigger gauge_registered after insert on core.site
    for each row when (new.kind = 'gauge') execute function core.keep_gauge_reference();
create trigger gauge_changed after update of kind, gauge_zero_m, gauge_datum, stage_1_cm, stage_2_cm, stage_3_cm on core.site
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

select core.guard('core.site_group', town => 'select, insert, update, delete');
select core.guard('core.site', town => 'select, insert, update, delete');
select core.guard('core.gauge_reference', town => 'select, insert, update');
select core.guard('core.gauge_reference_correction', town => 'select, insert');
select core.guard('core.site_photo', town => 'select, insert, update, delete');
select core.guard('core.device', town => 'select, insert, update, delete');
select core.guard('core.installation', town => 'select, insert, update, delete');
select core.guard('core.installation_correction', town => 'select, insert');
