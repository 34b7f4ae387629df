-- Over which time a rate of rise is measured, and when a level is too old.

create table core.gauge_threshold (
    only_row        boolean primary key default true check (only_row),
    trend_window    interval not null,
    stale_after     interval not null
);
insert into core.gauge_threshold values (true, interval '1 hour', interval '45 minutes');
