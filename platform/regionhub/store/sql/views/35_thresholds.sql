-- The limits behind the irrigation levels, for the bands that charts draw.

create view api.irrigation_threshold as
select wet_nfk_pct, soon_nfk_pct, now_nfk_pct, wet_kpa, soon_kpa, now_kpa, frost_degc
from core.irrigation_threshold;
comment on view api.irrigation_threshold is 'One row: where irrigation levels begin, in % of plant-available water and in kPa.';
