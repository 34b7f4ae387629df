-- Where irrigation levels begin, and what else their decision stands on.

create table core.irrigation_rule (
    only_row        boolean primary key default true check (only_row),
    frost_degc      double precision not null,
    thawed_degc     double precision not null,
    stale_after     interval not null,
    young_years     integer not null check (young_years >= 0),
    efficiency      double precision not null check (efficiency > 0 and efficiency <= 1),
    step_l          double precision not null check (step_l > 0),
    most_l          double precision not null check (most_l >= step_l),
    check (frost_degc < thawed_degc)
);
comment on table core.irrigation_rule is
    'What holds for the whole hub. Up to frost_degc a value is unreliable, and stress is none; soil below thawed_degc may have been frozen within '
    'a day. A site without a value for twice the send interval, at least stale_after, has no data. Up to young_years after planting the limits '
    'for young ones hold (the year of planting is the first). Of the water that is poured the share efficiency reaches the roots; it is given in '
    'steps of step_l, and never more than most_l at once.';
insert into core.irrigation_rule values (true, 1, 5, interval '6 hours', 3, 0.85, 25, 150);

create table core.irrigation_plant (
    kind            text not null check (kind in ('tree', 'bed')),
    from_year       integer not null,
    root_volume_m3  double precision not null check (root_volume_m3 > 0),
    pit_area_m2     double precision not null check (pit_area_m2 > 0),
    crown_area_m2   double precision not null check (crown_area_m2 > 0),
    unknown         boolean not null,
    primary key (kind, from_year)
);
create unique index on core.irrigation_plant (kind) where unknown;
comment on table core.irrigation_plant is
    'What is usual from some year after planting on, where a group does not say it: soil that the roots draw from and that a turn of water '
    'reaches, open ground into which rain falls, ground below the crown. unknown: of a planting year that nobody knows.';
insert into core.irrigation_plant values
    ('tree', 0, 0.6, 2.5, 3, false), ('tree', 3, 1.2, 4, 10, true), ('tree', 10, 2.5, 6, 25, false), ('bed', 0, 1.5, 5, 5, true);

create table core.irrigation_limit (
    limit_id        integer generated always as identity primary key,
    tenant_id       integer references core.tenant on delete cascade,
    site_group_id   integer,
    young           boolean not null,
    wet_nfk_pct     double precision,
    soon_nfk_pct    double precision,
    now_nfk_pct     double precision,
    target_nfk_pct  double precision,
    wet_kpa         double precision,
    soon_kpa        double precision,
    now_kpa         double precision,
    set_at          timestamptz not null default now(),
    set_by          text not null check (set_by <> ''),
    why             text not null check (why <> ''),
    replaced_at     timestamptz,
    foreign key (site_group_id, tenant_id) references core.site_group (site_group_id, tenant_id) on delete cascade,
    check (site_group_id is null or tenant_id is not null),
    -- all of them, or none: then what holds further out holds here
    check (num_nulls(wet_nfk_pct, soon_nfk_pct, now_nfk_pct, target_nfk_pct, wet_kpa, soon_kpa, now_kpa) in (0, 7)),
    check (tenant_id is not null or now_nfk_pct is not null),
    check (wet_nfk_pct <= 150 and wet_nfk_pct > soon_nfk_pct and soon_nfk_pct > now_nfk_pct and now_nfk_pct > 0),
    check (wet_kpa > 0 and wet_kpa < soon_kpa and soon_kpa < now_kpa and now_kpa <= 1500),
    check (target_nfk_pct >= soon_nfk_pct and target_nfk_pct <= 100)
);
create unique index on core.irrigation_limit (coalesce(tenant_id, 0), coalesce(site_group_id, 0), young) where replaced_at is null;
comment on table core.irrigation_limit is
    'Where irrigation levels begin, for the hub (no tenant), a town or one of its groups, each for young trees and for the others; target_nfk_pct is '
    'how far a turn fills the soil. A change is a new row with who and why, the former one is kept (replaced_at). Without numbers: no own limits any more.';
select core.guard('core.irrigation_limit', town => 'select, insert');

insert into core.irrigation_limit
    (young, wet_nfk_pct, soon_nfk_pct, now_nfk_pct, target_nfk_pct, wet_kpa, soon_kpa, now_kpa, set_by, why) values
    (false, 100, 50, 30, 80, 6.2, 33, 81, 'regionhub',
     'Saugspannung nach QTrees/Baumblick Berlin (gut bis 33, kritisch über 81 kPa), nass unter Feldkapazität (pF 1,8); % nFK nach landwirtschaftlicher Regel'),
    (true, 100, 70, 60, 90, 6.2, 20, 30, 'regionhub',
     'In den ersten Jahren nach der Pflanzung zieht nur der Ballen Wasser: gießen ab 20 bis 30 kPa oder 60 % nFK');
