-- Which gauge lies above which and how long water takes between them, and how much of it flows at which level.

create table core.gauge_link (
    site_id          integer not null,
    upstream_site_id integer not null references core.site on delete cascade,
    tenant_id        integer not null,
    learnt_minutes   double precision check (learnt_minutes >= 0),
    learnt_likeness  double precision check (learnt_likeness between 0 and 1),
    learnt_rises     integer check (learnt_rises >= 0),
    learnt_at        timestamptz,
    corrected_minutes double precision check (corrected_minutes between 0 and 14400),
    corrected_by     text,
    corrected_at     timestamptz,
    travel_minutes   double precision generated always as (coalesce(corrected_minutes, learnt_minutes)) stored,
    entered_by       text not null check (entered_by <> ''),
    entered_at       timestamptz not null default now(),
    primary key (site_id, upstream_site_id),
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id) on delete cascade,
    check (site_id <> upstream_site_id),
    check ((corrected_minutes is null) = (corrected_by is null) and (corrected_minutes is null) = (corrected_at is null))
);
create index on core.gauge_link (upstream_site_id);
comment on table core.gauge_link is
    'The next gauge above another one on the same water, or on one that flows into it; kept by the town of the lower one.';
comment on column core.gauge_link.learnt_minutes is 'How long a rise takes from there, by the data; null where they do not tell.';
comment on column core.gauge_link.learnt_likeness is 'How alike the rises of both are at that delay: correlation, 1 is the same course.';
comment on column core.gauge_link.learnt_rises is 'Rises of the upper gauge that it was learnt from.';
comment on column core.gauge_link.learnt_at is 'When the data were asked last.';

create table core.gauge_link_change (
    change_id        bigint generated always as identity primary key,
    site_id          integer not null,
    upstream_site_id integer not null,
    tenant_id        integer not null,
    changed_at       timestamptz not null default now(),
    changed_by       text not null check (changed_by <> ''),
    what             text not null check (what in ('entered', 'corrected', 'removed')),
    minutes          double precision,
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id) on delete cascade
);
create index on core.gauge_link_change (site_id);
comment on table core.gauge_link_change is 'Who entered, corrected or removed which link, and the corrected travel time then; nobody changes these rows.';

select core.guard('core.gauge_link', town => 'select, insert, update, delete', ingest => 'update');
select core.guard('core.gauge_link_change', town => 'select, insert');

-- After the row, so that row-level security has refused those of other towns before.
create function core.refuse_river_in_circles() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    -- two links that close a circle only together wait for each other
    lock table core.gauge_link in share row exclusive mode;
    if exists (
        with recursive above (site_id) as (
            select new.upstream_site_id
            union
            select l.upstream_site_id from above a join core.gauge_link l using (site_id)
        )
        select from above where site_id = new.site_id
    ) then
        raise exception using errcode = 'exclusion_violation', message = 'water does not flow in circles';
    end if;
    return null;
end $$;
create trigger gauge_link_closes_no_circle after insert on core.gauge_link
    for each row execute function core.refuse_river_in_circles();

create table core.rating_curve (
    curve_id        integer generated always as identity primary key,
    site_id         integer not null,
    tenant_id       integer not null,
    from_time       timestamptz not null,
    to_time         timestamptz,
    form            text not null check (form in ('linear', 'power')),
    zero_flow_cm    double precision,
    levels_cm       double precision[] not null check (cardinality(levels_cm) between 2 and 500),
    discharges_m3s  double precision[] not null check (cardinality(discharges_m3s) = cardinality(levels_cm)),
    source          text,
    why             text,
    entered_by      text not null check (entered_by <> ''),
    entered_at      timestamptz not null default now(),
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id) on delete cascade,
    check (to_time > from_time),
    check ((form = 'power') = (zero_flow_cm is not null)),
    check (zero_flow_cm is null or zero_flow_cm < levels_cm[1]),
    exclude using gist (int4range(site_id, site_id, '[]') with &&, tstzrange(from_time, to_time) with &&)
);
create index on core.rating_curve (site_id, from_time);
comment on table core.rating_curve is
    'Rating curves (Schlüsselkurven): points of level and discharge, both rising, and from when to when they hold (no end: now).';
comment on column core.rating_curve.zero_flow_cm is 'Level at which nothing flows: of form power, below the first point.';
comment on column core.rating_curve.why is 'Why it was entered for a time for which another one held.';

select core.guard('core.rating_curve', town => 'select, insert, update, delete');
