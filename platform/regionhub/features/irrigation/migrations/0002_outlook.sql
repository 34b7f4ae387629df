-- When each tree and bed will need water: what the nightly job found, and what it said before.

create table core.irrigation_outlook (
    site_id         integer primary key,
    tenant_id       integer not null,
    made_at         timestamptz not null,
    basis           text not null check (basis in ('measured', 'group', 'estimate')),
    need            smallint,
    due_state       text not null check (due_state in ('range', 'later', 'unpredictable')),
    due_reason      text,
    due_from        date,
    due_to          date,
    with_weather    boolean not null,
    estimate_pct    double precision,
    fitted_days     integer,
    value           double precision,
    unit            text check (unit in ('%', 'kPa')),
    limit_value     double precision,
    forecast        real[] not null default '{}',
    low             real[] not null default '{}',
    high            real[] not null default '{}',
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id) on delete cascade,
    check ((due_state = 'range') = (due_from is not null)),
    check ((due_state = 'unpredictable') = (due_reason is not null)),
    check ((basis = 'estimate') = (estimate_pct is not null))
);
create index on core.irrigation_outlook (tenant_id);
comment on table core.irrigation_outlook is
    'When water will be due at a tree or bed, and what that was computed from. need: order of need of its level when it was made. value: of the day '
    'before, in unit (vol-% or kPa); forecast, low and high: of the days from made_at on; limit_value: where water is due. estimate_pct: '
    'plant-available water by a balance of rain, evaporation and waterings, where nothing is measured.';

create table core.irrigation_forecast (
    site_id         integer not null,
    tenant_id       integer not null,
    made_on         date not null,
    lead_days       smallint not null,
    value           real not null,
    low             real not null,
    high            real not null,
    came            real,
    primary key (site_id, made_on, lead_days),
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id) on delete cascade
);
comment on table core.irrigation_forecast is
    'What was forecast on a day for lead_days later (made_on is lead 1), and what came; null: not yet, or rain or a watering came between.';

create table core.irrigation_run (
    tenant_id       integer primary key references core.tenant on delete cascade,
    made_at         timestamptz not null,
    predicted       integer not null
);
comment on table core.irrigation_run is 'When the forecasts of a town were made last, and for how many sites there was one.';

select core.guard('core.irrigation_outlook', ingest => 'insert, update, delete');
select core.guard('core.irrigation_forecast', ingest => 'insert, update, delete');
select core.guard('core.irrigation_run', ingest => 'insert, update, delete');
