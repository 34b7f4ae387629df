-- Where ice is decided.

create table core.road_threshold (
    only_row        boolean primary key default true check (only_row),
    ice_degc        double precision not null,
    watch_degc      double precision not null,
    ahead           interval not null,
    trend_window    interval not null,
    wet_mm          double precision not null,
    check (watch_degc >= ice_degc)
);
comment on table core.road_threshold is
    'Water freezes at ice_degc; up to watch_degc a surface is watched, as sensors are off by some tenths and no road is equally cold everywhere. '
    'How fast it cools within trend_window is expected to go on for the time ahead. A water film from wet_mm on is wet.';
insert into core.road_threshold values (true, 0, 1, interval '3 hours', interval '2 hours', 0.01);
