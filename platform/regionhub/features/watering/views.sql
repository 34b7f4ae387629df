-- What was poured where, and what waits for the sensor's answer.

create view api.watering with (security_barrier) as
select w.watering_id, w.tenant_id, w.site_id, w.time, w.litres, w.who, w.source, w.entered_at, w.undone_at, w.undone_by,
       w.reaction, w.quantity, w.rise, w.reacted_at
from core.watering w
where :seen(w.tenant_id);
comment on view api.watering is
    'Every entry of the watering log, also those that were undone (undone_at). reaction: arrived, not_arrived, silent (the sensor gave no values), '
    'null while it is waited for or where no soil sensor is installed.';

create view api.watering_round with (security_barrier) as
select r.round_id, r.tenant_id, r.crew_id, c.name as crew, r.day, r.metres, r.planned_at, r.planned_by
from core.watering_round r join core.watering_crew c using (crew_id)
where :seen(r.tenant_id);
comment on view api.watering_round is 'The rounds of each day, one for each crew; metres by road, estimated.';

create view api.watering_stop with (security_barrier) as
select p.round_id, p.tenant_id, p.place, p.trip, p.site_id, p.litres
from core.watering_stop p
where :seen(p.tenant_id);
comment on view api.watering_stop is 'The stops of rounds in driving order; before each trip the tank is filled.';

-- A tree that was watered is left alone until its sensor has answered, a day at most; one without a sensor for a week, as
-- young trees are watered weekly where nobody measures (FLL).
create view api.watering_pause with (security_barrier) as
select distinct on (w.site_id) w.site_id, w.tenant_id, w.time, w.litres, w.who,
       case when e.equipped then w.reaction end as reaction, w.rise, w.quantity,
       case when not e.equipped then w.time + interval '7 days' when w.reaction is null then w.time + interval '36 hours'
            -- the state is a median of a day: until then it may still say what was before
            else greatest(w.reacted_at, w.time + interval '24 hours') end as until
from core.watering w
cross join lateral (
    select exists (select from core.installation i join core.datastream d using (device_id)
                   where i.site_id = w.site_id and :installed(i)
                     and d.quantity in ('soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential')) as equipped
) e
where w.undone_at is null and w.time > now() - interval '14 days' and :seen(w.tenant_id)
order by w.site_id, w.time desc;
comment on view api.watering_pause is
    'Of each site the last watering of two weeks, and until when the site is left alone: until its own soil sensor has answered and for a day at least, else for a week.';
