-- What is said of gauges: over which time a rate of rise is measured, and when a level is too old.

create table core.gauge_threshold (
    only_row        boolean primary key default true check (only_row),
    trend_window    interval not null,
    stale_after     interval not null,
    rising_cm_per_hour double precision not null,
    fast_cm_per_hour double precision not null,
    foreseen        interval not null,
    remembered      interval not null,
    recent          interval not null,
    event_cm        double precision not null
);
comment on column core.gauge_threshold.rising_cm_per_hour is 'Slower than this the water stands; what is said of the hours to come needs a rise.';
comment on column core.gauge_threshold.fast_cm_per_hour is 'A rise that matters at any level.';
comment on column core.gauge_threshold.foreseen is 'A stage that is further away at the rate of now is not foreseen.';
comment on column core.gauge_threshold.remembered is 'How far back the last event is looked for.';
comment on column core.gauge_threshold.recent is 'Without an event the crest is that of so long.';
comment on column core.gauge_threshold.event_cm is '... if the level moved by so much.';
insert into core.gauge_threshold values
    (true, interval '1 hour', interval '45 minutes', 1, 10, interval '24 hours', interval '30 days', interval '7 days', 10);
