-- What was learnt of each gauge, what was forecast with it, and what that was worth.

create table core.gauge_model (
    site_id         integer not null,
    lead_hours      smallint not null check (lead_hours > 0),
    tenant_id       integer not null,
    trained_at      timestamptz not null,
    model           text not null check (model in ('trend', 'gradient boosting')),
    reason          text check (reason in ('too_little_history', 'extra_missing')),
    hours           integer not null,
    upstream        integer[] not null,
    rain            boolean not null,
    rain_forecast   boolean not null,
    learnt          bytea not null,
    primary key (site_id, lead_hours),
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id) on delete cascade,
    check ((model = 'trend') = (reason is not null))
);
comment on table core.gauge_model is 'What forecasts of a gauge are made with, for each lead.';
comment on column core.gauge_model.reason is 'Why it is no better model than the trend.';
comment on column core.gauge_model.hours is 'Hours with a level that it was learnt from.';
comment on column core.gauge_model.upstream is 'Gauges above, in the order of the predictors upstream_1 ...';
comment on column core.gauge_model.rain_forecast is 'It was learnt with what had been forecast of rain, each time as it was known then.';
comment on column core.gauge_model.learnt is 'Its numbers as arrays (numpy .npz without pickled objects): nothing in it can be run.';

create table core.gauge_forecast_turn (
    site_id         integer primary key,
    tenant_id       integer not null,
    learn_at        timestamptz,
    level_time      timestamptz,
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id) on delete cascade
);
comment on table core.gauge_forecast_turn is 'What was tried of a gauge, so that it is not tried again before something is new.';
comment on column core.gauge_forecast_turn.learn_at is 'It had too little history to learn from, and is not looked at again before.';
comment on column core.gauge_forecast_turn.level_time is
    'Its newest level when it was last forecast; the forecast is from an earlier one while that may be a false echo.';

create table core.gauge_forecast (
    site_id         integer not null,
    level_time      timestamptz not null,
    tenant_id       integer not null,
    made_at         timestamptz not null default clock_timestamp(),
    level_cm        double precision not null,
    model           text not null,
    trained_at      timestamptz not null,
    reason          text,
    hours           integer not null,
    rain            boolean not null,
    upstream        integer[] not null,
    outside         boolean not null,
    rain_ahead_mm   double precision[],
    rain_forecast   boolean not null,
    primary key (site_id, level_time),
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id) on delete cascade
);
comment on table core.gauge_forecast is
    'Forecasts of water levels: the newest one of each gauge, and of the time before one an hour, for a year, to see what they were worth.';
comment on column core.gauge_forecast.level_time is 'Of the newest level that it was made from; leads count from here.';
comment on column core.gauge_forecast.rain is 'Rain that has fallen was known.';
comment on column core.gauge_forecast.rain_ahead_mm is
    'Rain that was forecast then for the time up to each lead, mm; null: none was known. What is learnt later stands on this, not on what fell.';
comment on column core.gauge_forecast.rain_forecast is 'That rain is in this forecast.';
comment on column core.gauge_forecast.upstream is 'Gauges above whose levels were known.';
comment on column core.gauge_forecast.outside is 'The level or its rise was unlike all that was learnt from.';

create table core.gauge_forecast_lead (
    site_id         integer not null,
    level_time      timestamptz not null,
    lead_hours      smallint not null,
    tenant_id       integer not null,
    mean_cm         double precision not null,
    p05_cm          double precision not null,
    p25_cm          double precision not null,
    p50_cm          double precision not null,
    p75_cm          double precision not null,
    p95_cm          double precision not null,
    stage_1_pct     double precision check (stage_1_pct between 0 and 100),
    stage_2_pct     double precision check (stage_2_pct between 0 and 100),
    stage_3_pct     double precision check (stage_3_pct between 0 and 100),
    primary key (site_id, level_time, lead_hours),
    foreign key (site_id, level_time) references core.gauge_forecast on delete cascade
);
comment on table core.gauge_forecast_lead is 'The level so many hours later: mean, quantiles in cm, and how likely each stage is reached by then.';

create table core.gauge_skill (
    site_id         integer not null,
    lead_hours      smallint not null,
    tenant_id       integer not null,
    basis           text not null check (basis in ('stored', 'backtest')),
    from_time       timestamptz not null,
    to_time         timestamptz not null,
    model           text not null,
    n               integer not null,
    skill_over_persistence double precision,
    coverage_90_pct double precision,
    crps_cm         double precision,
    primary key (site_id, lead_hours),
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id) on delete cascade
);
comment on column core.gauge_skill.basis is 'stored: forecasts that were made, against what came; backtest: hours that the model was not learnt from.';

create table core.gauge_stage_skill (
    site_id         integer not null,
    lead_hours      smallint not null,
    stage           smallint not null check (stage between 1 and 3),
    tenant_id       integer not null,
    hits            integer not null,
    misses          integer not null,
    false_alarms    integer not null,
    primary key (site_id, lead_hours, stage),
    foreign key (site_id, lead_hours) references core.gauge_skill on delete cascade
);
comment on table core.gauge_stage_skill is 'How often it was said in time that a stage would be reached; by event (forecast/skill.py).';

select core.guard('core.gauge_model', ingest => 'insert, update, delete');
select core.guard('core.gauge_forecast_turn');
select core.guard('core.gauge_forecast', town => 'select', ingest => 'insert, update, delete');
select core.guard('core.gauge_forecast_lead', town => 'select', ingest => 'insert, update, delete');
select core.guard('core.gauge_skill', ingest => 'insert, update, delete');
select core.guard('core.gauge_stage_skill', ingest => 'insert, update, delete');
