-- Where irrigation levels begin.

create table core.irrigation_threshold (
    only_row        boolean primary key default true check (only_row),
    wet_nfk_pct     double precision not null,
    soon_nfk_pct    double precision not null,
    now_nfk_pct     double precision not null,
    wet_kpa         double precision not null,
    soon_kpa        double precision not null,
    now_kpa         double precision not null,
    frost_degc      double precision not null,
    thawed_degc     double precision not null,
    stale_after     interval not null,
    check (wet_nfk_pct > soon_nfk_pct and soon_nfk_pct > now_nfk_pct),
    check (wet_kpa < soon_kpa and soon_kpa < now_kpa),
    check (frost_degc < thawed_degc)
);
comment on table core.irrigation_threshold is
    'Tension: good up to 33 kPa, watering due above 81 kPa (QTrees/Baumblick Berlin), wet below field capacity '
    '(pF 1.8 = 6.2 kPa). Plant-available water: wet from 100 %, good from 50 %, now below 30 % (agronomic rule). '
    'Up to frost_degc a value is unreliable, and stress is none; soil below thawed_degc may have been frozen within a day. '
    'A site without a value for twice the send interval, at least stale_after, has no data.';
insert into core.irrigation_threshold values (true, 100, 50, 30, 6.2, 33, 81, 1, 5, interval '6 hours');
