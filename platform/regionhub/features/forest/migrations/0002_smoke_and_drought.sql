-- Where smoke and drought are decided.

create table core.forest_rule (
    only_row         boolean primary key default true check (only_row),
    smoke_pct        double precision not null,
    haze_pct         double precision not null check (haze_pct > 0),
    dry_nfk_pct      double precision not null,
    very_dry_nfk_pct double precision not null,
    soil_stale_after interval not null,
    frozen_degc      double precision not null,
    recovered_um     double precision not null check (recovered_um >= 0),
    reseated_um      double precision not null check (reseated_um > 0),
    dry_days         integer not null check (dry_days > 0),
    very_dry_days    integer not null,
    dry_air_kpa      double precision not null,
    check (smoke_pct > haze_pct and very_dry_nfk_pct < dry_nfk_pct and very_dry_days > dry_days)
);
comment on table core.forest_rule is
    'Smoke from smoke_pct on, or as soon as the sensor itself raises its alarm; from haze_pct on somebody should look. Soil is dry below dry_nfk_pct % of its '
    'plant-available water and very dry below very_dry_nfk_pct; a value of a soil probe holds for soil_stale_after, or two send intervals; up to frozen_degc it '
    'says nothing. A stem is full again within recovered_um of the largest size it ever had; a step of more than reseated_um an hour is a dendrometer '
    'that somebody moved. A tree is short of water after dry_days without that, and seriously after very_dry_days, or as soon as its deficit '
    'grows from day to day in air drier than dry_air_kpa.';
insert into core.forest_rule values (true, 5, 1, 50, 30, interval '6 hours', 0, 10, 100, 3, 10, 1.5);
