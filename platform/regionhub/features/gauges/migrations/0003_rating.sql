-- How much water flows at which level.

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
comment on table core.rating_curve is
    'Rating curves (Schlüsselkurven): points of level and discharge, both rising, and from when to when they hold (no end: now).';
comment on column core.rating_curve.zero_flow_cm is 'Level at which nothing flows: of form power, below the first point.';
comment on column core.rating_curve.why is 'Why it was entered for a time for which another one held.';

select core.guard('core.rating_curve', town => 'select, insert, update, delete');
