-- Which trees and beds need water, and how much. Decided on the median of 24 hours (two send intervals for a device that
-- sends more rarely) up to the newest reading of each datastream and the mean over the datastreams of a site, never on
-- one reading; failed and doubted readings stay out, and so does what a sensor measured before it came to this site.
-- A site without a sensor takes the mean of those of its group that have one, once an hour.

create function api.is_young(planted_year integer, at timestamptz, young_years integer)
returns boolean language sql stable parallel safe as $$
    select coalesce(extract(year from at at time zone 'Europe/Berlin') - planted_year < young_years, false)
$$;
comment on function api.is_young is 'Whether the limits for the first years after planting hold; not where nobody knows the planting year.';

create function api.irrigation_state(tension_kpa double precision, nfk_pct double precision, cold boolean, frozen boolean,
                                     wet_kpa double precision, soon_kpa double precision, now_kpa double precision,
                                     wet_nfk_pct double precision, soon_nfk_pct double precision, now_nfk_pct double precision)
returns text language sql immutable parallel safe as $$
    select case
        -- Ice looks like dry soil to a sensor, and what grows there drinks none: no stress is read from ground that freezes or thaws.
        when cold and (tension_kpa > soon_kpa or tension_kpa is null and nfk_pct < soon_nfk_pct) then 'frozen'
        when tension_kpa is not null then
            case when tension_kpa > now_kpa then 'now' when tension_kpa > soon_kpa then 'soon'
                 when tension_kpa < wet_kpa then 'wet' else 'good' end
        when nfk_pct is not null then
            case when nfk_pct < now_nfk_pct then 'now' when nfk_pct < soon_nfk_pct then 'soon'
                 when nfk_pct >= wet_nfk_pct then 'wet' else 'good' end
        when frozen then 'frozen'
        else 'no_data'
    end
$$;
comment on function api.irrigation_state is
    'The level of a tree or bed: by tension where that is measured, else by plant-available water. cold: ground that freezes or thaws; frozen: '
    'all that measures there lies in frozen soil. The decision and the preview of a change of limits both ask it.';

create function api.irrigation_litres(nfk_pct double precision, target_nfk_pct double precision, field_capacity_pct double precision,
                                      wilting_point_pct double precision, root_volume_m3 double precision, efficiency double precision)
returns double precision language sql immutable strict parallel safe as $$
    select greatest(0, (field_capacity_pct - wilting_point_pct) / 100 * (target_nfk_pct - greatest(nfk_pct, 0)) / 100
                       * root_volume_m3 * 1000 / efficiency)
$$;
comment on function api.irrigation_litres is
    'Litres that fill the soil around the roots up to the target: nFK / 100 * (target - now) / 100 * root volume * 1000 / efficiency.';

create function api.irrigation_turns(litres double precision, most_l double precision)
returns integer language sql immutable strict parallel safe as $$
    select greatest(1, ceil(litres / most_l))::integer
$$;
comment on function api.irrigation_turns is 'In how many turns so much is given: at once the ground does not take more than most_l.';

drop trigger if exists irrigation_limits_changed on core.irrigation_limit;
drop function if exists core.decide_irrigation;
drop function if exists core.begin_irrigation;
drop function if exists core.irrigation_limit_changed;
drop function if exists core.froze;
drop view if exists core.irrigation_site;
drop view if exists core.irrigation_limit_of_site;

create view core.irrigation_limit_of_site as
select s.site_id, s.tenant_id, y.young, l.limit_id, l.wet_nfk_pct, l.soon_nfk_pct, l.now_nfk_pct, l.target_nfk_pct, l.wet_kpa, l.soon_kpa,
       l.now_kpa
from core.site s
cross join (values (false), (true)) y (young)
cross join lateral (
    select l.*
    from core.irrigation_limit l
    where l.replaced_at is null and l.now_nfk_pct is not null and l.young = y.young
      and (l.tenant_id is null or l.tenant_id = s.tenant_id and (l.site_group_id is null or l.site_group_id = s.site_group_id))
    order by l.site_group_id is null, l.tenant_id is null
    limit 1
) l
where s.kind in ('tree', 'bed');
comment on view core.irrigation_limit_of_site is
    'Which limits hold at a tree or bed, for each age: those of its group, else of its town, else of the hub. The one place where that is said.';

create view core.irrigation_site as
select s.site_id, s.tenant_id, s.kind, s.site_group_id, s.planted_year, coalesce(s.soil_texture, g.soil_texture) as soil_texture,
       s.soil_texture is null and g.soil_texture is not null as soil_of_group, x.field_capacity_pct, x.wilting_point_pct, x.porosity_pct,
       x.residual_pct, x.mvg_alpha_per_hpa, x.mvg_n, coalesce(g.root_volume_m3, p.root_volume_m3) as root_volume_m3,
       g.root_volume_m3 is not null as root_of_group, coalesce(g.pit_area_m2, p.pit_area_m2) as pit_area_m2, p.crown_area_m2
from core.site s
left join core.site_group g using (site_group_id)
left join core.soil_texture x on x.soil_texture = coalesce(s.soil_texture, g.soil_texture)
cross join lateral (
    select p.* from core.irrigation_plant p
    where p.kind = s.kind
      and case when s.planted_year is null then p.unknown
               else p.from_year <= greatest(extract(year from now() at time zone 'Europe/Berlin') - s.planted_year, 0) end
    order by p.from_year desc
    limit 1
) p
where s.kind in ('tree', 'bed');
comment on view core.irrigation_site is 'Soil and roots of each tree and bed as far as they are known: of itself, of its group, else usual for its age.';

create function core.irrigation_limit_changed() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    update core.irrigation_limit l set replaced_at = new.set_at
    where l.replaced_at is null and l.limit_id <> new.limit_id and l.young = new.young
      and l.tenant_id is not distinct from new.tenant_id and l.site_group_id is not distinct from new.site_group_id;
    -- of young ones also those that were so as far as readings are kept
    perform core.touch_sites(array_agg(s.site_id order by s.site_id), array_agg(timestamptz 'epoch'))
    from core.site s
    cross join core.irrigation_rule r
    where s.kind in ('tree', 'bed') and (new.tenant_id is null or s.tenant_id = new.tenant_id)
      and (new.site_group_id is null or s.site_group_id = new.site_group_id)
      and case when new.young then api.is_young(s.planted_year, now(), r.young_years + 5)
               else not api.is_young(s.planted_year, now(), r.young_years) end
      -- nearer limits stay
      and not exists (select from core.irrigation_limit l
                      where l.replaced_at is null and l.now_nfk_pct is not null and l.young = new.young and l.tenant_id = s.tenant_id
                        and (l.site_group_id is null and new.tenant_id is null or l.site_group_id = s.site_group_id and new.site_group_id is null))
    having count(*) > 0;
    return new;
end $$;
create trigger irrigation_limits_changed before insert on core.irrigation_limit
    for each row execute function core.irrigation_limit_changed();

create function core.froze(site integer, at timestamptz) returns boolean language sql stable as $$
    select exists (
        select from core.installation i
        join core.datastream d using (device_id)
        join core.reading r on r.datastream_id = d.datastream_id and r.time > froze.at - interval '24 hours' and r.time <= froze.at
        where i.site_id = froze.site and d.quantity = 'soil_temperature' and r.time >= i.from_time and (i.to_time is null or r.time < i.to_time)
          and r.value <= 0 and :decisive(r.quality, r.tests)
    )
$$;
comment on function core.froze is 'Whether the soil of a site was frozen within the 24 hours over which its water is judged.';

create function core.begin_irrigation(site_ids integer[], begins timestamptz[])
returns table (site_id integer, begins timestamptz) language sql stable as $$
    select x.site_id, min(date_trunc('hour', x.begins))
    from (
        select m.site_id, a.begins
        from unnest(begin_irrigation.site_ids, begin_irrigation.begins) a (site_id, begins)
        join core.site r using (site_id)
        join core.site m on m.site_group_id = r.site_group_id and m.site_id <> r.site_id
        left join core.signal d on d.site_id = m.site_id and d.signal = 'irrigation'
        where (exists (select from core.installation i where i.site_id = r.site_id)
               -- or had one when that was said
               or d.inputs -> 'sources' @> to_jsonb(r.site_id))
          -- once an hour, and again when something older came
          and (d.decided_at is null or d.decided_at < date_trunc('hour', now()) or a.begins < date_trunc('hour', now()))
        union all
        -- what is said of an hour is said from its begin on, whenever it is asked for
        select m.site_id, a.begins
        from unnest(begin_irrigation.site_ids, begin_irrigation.begins) a (site_id, begins)
        join core.site m using (site_id)
        where m.site_group_id is not null
    ) x
    where not exists (select from core.installation i where i.site_id = x.site_id and :installed(i))
    group by x.site_id
$$;
comment on function core.begin_irrigation is 'What is said of sites without a sensor follows those of their group that have one.';

create function core.decide_irrigation(site_ids integer[], begins timestamptz[], until timestamptz)
returns table (site_id integer, at timestamptz, due_at timestamptz, state text, place double precision, "time" timestamptz,
               value double precision, unit text, decimals integer, reason text, reason_since timestamptz, inputs jsonb)
language sql stable as $$
    with asked as materialized (
        select s.*, a.begins, p.sources
        from unnest(decide_irrigation.site_ids, decide_irrigation.begins) a (site_id, begins)
        join core.irrigation_site s using (site_id)
        -- those of its group that ever had a sensor
        left join lateral (
            select array_agg(m.site_id order by m.site_id) as sources
            from core.site m
            where m.site_group_id = s.site_group_id and m.site_id <> s.site_id
              and exists (select from core.installation i where i.site_id = m.site_id)
        ) p on true
    ),
    -- from when to when something was installed at a site itself
    occupied as materialized (
        select i.site_id, i.from_time, coalesce(i.to_time, 'infinity') as to_time
        from core.installation i join asked a using (site_id)
        where a.sources is not null
    ),
    source as materialized (
        select x.site_id, min(x.begins) as begins
        from (select a.site_id, a.begins from asked a
              union all
              select m, date_trunc('hour', a.begins) from asked a cross join lateral unnest(a.sources) m) x
        group by x.site_id
    ),
    soil as materialized (
        select s.site_id, i.field_capacity_pct, i.wilting_point_pct, i.porosity_pct
        from source s
        join core.irrigation_site i using (site_id)
    ),
    held as (
        select h.*, h.quantity <> 'soil_temperature' as decides, h.at < h.ends as fresh, i.device_id, i.depth_cm, d.position
        from core.irrigation_rule t
        cross join lateral core.held_values(
            (select array_agg(a.site_id) from source a), (select array_agg(a.begins) from source a), until,
            array['soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential', 'soil_temperature'], t.stale_after,
            array['soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential'], interval '24 hours', null, null) h
        left join core.installation i using (installation_id)
        left join core.datastream d using (datastream_id)
    ),
    probe as (
        select h.site_id, h.at, h.depth_cm, h.device_id, h.position,
               min(h.value) filter (where not h.decides and h.fresh) as temperature,
               sum(h.median) filter (where h.moisture and possible) as vwc, count(*) filter (where h.moisture and possible) as vwcs,
               -- tension is what is missing to the potential of free water
               sum(case h.quantity when 'soil_water_potential' then -h.median else h.median end)
                   filter (where h.decides and h.fresh and not h.moisture) as tension,
               count(*) filter (where h.decides and h.fresh and not h.moisture) as tensions,
               bool_or(h.moisture and not possible) as impossible,
               max(h.time) filter (where h.decides and h.fresh) as newest,
               count(*) filter (where h.decides and h.fresh) as sensors, min(h.ends) filter (where h.fresh) as old_at
        from (select *, decides and fresh and quantity = 'soil_moisture_vwc' as moisture from held) h
        join soil a using (site_id)
        cross join lateral (select coalesce(h.median <= a.porosity_pct + 5, true) as possible) x
        group by h.site_id, h.at, h.depth_cm, h.device_id, h.position
    ),
    -- how cold the soil is where each of them measures: at itself, else at its depth, else anywhere at the site
    placed as (
        select p.*, coalesce(p.temperature, case when p.depth_cm is not null then min(p.temperature) over depth end,
                             min(p.temperature) over site) as coldness
        from probe p
        window site as (partition by p.site_id, p.at), depth as (partition by p.site_id, p.at, p.depth_cm)
    ),
    -- materialized: else each use of a column would compute it again
    site_soil as materialized (
        select site_id, at,
               -- without the noise of floating point, which would decide at a limit
               api.rounded(sum(vwc) filter (where thawed) / nullif(sum(vwcs) filter (where thawed), 0)::double precision, 6) as vwc_pct,
               api.rounded(sum(tension) filter (where thawed) / nullif(sum(tensions) filter (where thawed), 0)::double precision, 6) as tension_kpa,
               min(coldness) filter (where thawed and vwcs + tensions > 0) as coldest,
               bool_or(not thawed and sensors > 0) as frozen, bool_or(impossible) as impossible,
               min(temperature) as soil_temperature, max(newest) as newest, sum(sensors) as sensors, min(old_at) as old_at
        from (select *, coalesce(coldness > 0, true) as thawed from placed) p
        group by site_id, at
    ),
    -- what each of a group said at each full hour
    hourly as materialized (
        select r.site_id, r.hour as at_hour, r.vwc_pct, r.tension_kpa, r.coldest, r.frozen, r.soil_temperature, r.newest, r.sensors,
               -- it is asked at the next full hour whether it is too old, and holds until then: due before, it would be due again at once
               date_trunc('hour', r.old_at - interval '1 microsecond') + interval '1 hour' as old_at,
               api.rounded(api.nfk_pct(r.vwc_pct, a.field_capacity_pct, a.wilting_point_pct), 6) as nfk_pct
        from (
            select s.*, h.hour
            from (select s.*, lead(s.at) over (partition by s.site_id order by s.at) as next from site_soil s) s
            cross join lateral generate_series(date_trunc('hour', s.at - interval '1 microsecond') + interval '1 hour',
                                               coalesce(s.next - interval '1 microsecond', until), interval '1 hour') h (hour)
            where s.site_id in (select unnest(a.sources) from asked a)
        ) r
        join soil a using (site_id)
        where r.tension_kpa is not null or r.vwc_pct is not null or r.frozen
    ),
    -- by grouping, as a join of two long lists is planned badly: each full hour, and what those of a group said at it
    group_hour as materialized (
        select x.sources, x.hour,
               api.rounded(avg(x.vwc_pct), 6) as vwc_pct, api.rounded(avg(x.tension_kpa), 6) as tension_kpa,
               min(x.coldest) as coldest, bool_or(x.frozen) as frozen, min(x.soil_temperature) as soil_temperature,
               max(x.newest) as newest, sum(x.sensors) as sensors, min(x.old_at) as old_at, api.rounded(avg(x.nfk_pct), 6) as nfk_pct
        from (
            select g.sources, h.at_hour as hour, h.vwc_pct, h.tension_kpa, h.coldest, h.frozen, h.soil_temperature, h.newest, h.sensors, h.old_at,
                   h.nfk_pct
            from (select distinct a.sources from asked a where a.sources is not null) g
            join hourly h on h.site_id = any(g.sources)
            union all
            -- before the first of them had a sensor only where it begins: the past may be asked for from the epoch on
            select g.sources, h.hour, null, null, null, null, null, null, null, null, null
            from (select a.sources, min(a.begins) as begins from asked a where a.sources is not null group by a.sources) g
            cross join lateral (select min(i.from_time) as first from core.installation i where i.site_id = any(g.sources)) i
            cross join lateral generate_series(date_trunc('hour', greatest(g.begins, i.first)), until, interval '1 hour') h (hour)
            union all
            select a.sources, date_trunc('hour', a.begins), null, null, null, null, null, null, null, null, null
            from asked a where a.sources is not null
        ) x
        group by x.sources, x.hour
    ),
    -- what came since the full hour counts from the next one on
    later as materialized (
        select g.sources
        from (select distinct a.sources from asked a where a.sources is not null) g
        where exists (select from site_soil r where r.site_id = any(g.sources) and r.at > date_trunc('hour', until))
    ),
    spoken_for as (
        select s.site_id, s.at, s.sources, s.vwc_pct, s.tension_kpa, s.coldest, s.frozen, s.soil_temperature, s.newest, s.sensors,
               -- not at all sites in the same second
               least(s.old_at, case when s.hour > until - interval '1 hour' and s.sources in (select l.sources from later l)
                                    then s.hour + interval '1 hour' + make_interval(secs => s.site_id % 3000) end) as old_at, s.nfk_pct
        from (
            select a.site_id, greatest(g.hour, a.begins) as at, g.*
            from asked a join group_hour g using (sources)
            where g.hour >= date_trunc('hour', a.begins)
            union
            select a.site_id, o.to_time, g.*
            from asked a
            join occupied o using (site_id)
            join group_hour g on g.sources = a.sources and g.hour = date_trunc('hour', o.to_time)
            where o.to_time > a.begins and o.to_time <= until
        ) s
        where not exists (select from occupied o where o.site_id = s.site_id and s.at >= o.from_time and s.at < o.to_time)
    ),
    -- without a device and without a group that has one
    estimated as materialized (
        select a.site_id, o.made_at, o.made_at + interval '36 hours' as old_at, o.estimate_pct
        from asked a
        join core.irrigation_outlook o using (site_id)
        where a.sources is null and o.basis = 'estimate' and o.made_at <= until and o.made_at + interval '36 hours' > until
          and not exists (select from core.installation i where i.site_id = a.site_id and :installed(i))
    ),
    found as (
        -- at a source others may have asked for earlier moments
        select r.site_id, greatest(r.at, a.begins) as at, 'measured' as basis, array[r.site_id] as sources, r.vwc_pct, r.tension_kpa, r.coldest, r.frozen, r.impossible,
               r.soil_temperature, r.newest, r.sensors, r.old_at,
               api.rounded(api.nfk_pct(r.vwc_pct, a.field_capacity_pct, a.wilting_point_pct), 6) as nfk_pct
        from (select *, lead(at) over (partition by site_id order by at) as next from site_soil) r
        join asked a using (site_id)
        where coalesce(r.next, 'infinity') > a.begins
          and not exists (select from estimated e where e.site_id = r.site_id and greatest(r.at, a.begins) >= e.made_at)
          and (a.sources is null or exists (select from occupied o where o.site_id = r.site_id and r.at >= o.from_time and r.at < o.to_time))
        union all
        select g.site_id, g.at, 'group', g.sources, g.vwc_pct, g.tension_kpa, g.coldest, g.frozen, false,
               g.soil_temperature, g.newest, g.sensors, g.old_at, g.nfk_pct
        from spoken_for g
        union all
        -- what the balance of last night said
        select a.site_id, greatest(e.made_at, a.begins), 'estimate', null, null, null, null, false, false, null, e.made_at, 0, e.old_at,
               api.rounded(e.estimate_pct, 6)
        from estimated e
        join asked a using (site_id)
    ),
    judged as materialized (
        select r.*, a.begins, coalesce(r.soil_temperature <= t.frost_degc, false) as frost, api.is_young(a.planted_year, r.at, t.young_years) as young,
               r.at = max(r.at) over (partition by r.site_id) as is_newest, t.*, a.field_capacity_pct, a.wilting_point_pct, a.residual_pct,
               a.porosity_pct, a.mvg_alpha_per_hpa, a.mvg_n, a.root_volume_m3
        from found r
        join asked a using (site_id)
        cross join core.irrigation_rule t
        where r.at >= a.begins
    ),
    stated as materialized (
        select j.*, l.limit_id, l.target_nfk_pct, c.cold,
               api.irrigation_state(j.tension_kpa, j.nfk_pct, c.cold, j.frozen, l.wet_kpa, l.soon_kpa, l.now_kpa, l.wet_nfk_pct,
                                    l.soon_nfk_pct, l.now_nfk_pct) as state
        from judged j
        join core.irrigation_limit_of_site l
            on l.site_id = j.site_id and l.young = j.young and l.site_id = any(decide_irrigation.site_ids)
        cross join lateral (
            -- looked up only where it could hide a need for water
            select coalesce(case when j.tension_kpa > l.soon_kpa or j.tension_kpa is null and j.nfk_pct < l.soon_nfk_pct or j.is_newest
                                 then j.coldest <= j.frost_degc
                                      or j.coldest <= j.thawed_degc and exists (select from unnest(j.sources) s where core.froze(s, j.at)) end,
                            false) as cold
        ) c
    ),
    watered as (
        select s.*, w.water_pct, q.needed_l, api.irrigation_turns(q.needed_l, s.most_l) as turns
        from stated s
        cross join lateral (
            select case when s.tension_kpa is null then s.nfk_pct
                        else api.nfk_pct(api.vwc_of_tension_pct(s.tension_kpa, s.residual_pct, s.porosity_pct, s.mvg_alpha_per_hpa, s.mvg_n),
                                         s.field_capacity_pct, s.wilting_point_pct) end as water_pct
        ) w
        cross join lateral (
            select case when s.state not in ('frozen', 'no_data') then
                api.irrigation_litres(w.water_pct, s.target_nfk_pct, s.field_capacity_pct, s.wilting_point_pct, s.root_volume_m3, s.efficiency)
                end as needed_l
        ) q
        where s.is_newest
    )
    select l.site_id, l.at, least(l.old_at, b.due_at, core.next_change(l.site_id, until)), l.state,
           -- among sites of one level: those whose tension is measured first, then by plant-available water; the driest first
           case when l.state = 'frozen' then null when l.tension_kpa is not null then -1e6 - l.tension_kpa else l.nfk_pct end, l.newest,
           -- downwards, as the levels are "below 30 %": 29.7 % must not stand there as 30 %
           -- an estimate is no value
           case when l.basis = 'estimate' then null when l.state = 'frozen' then l.soil_temperature
                else coalesce(api.rounded(l.tension_kpa, 2), floor(l.nfk_pct)) end,
           case when l.basis = 'estimate' then null when l.state = 'frozen' then '°C' when l.tension_kpa is not null then 'kPa' when l.nfk_pct is not null then '% nFK' end,
           case when l.state = 'frozen' then 1 else 0 end,
           case when l.state = 'frozen' or l.state <> 'no_data' and l.frost then 'frost'
                when l.basis = 'estimate' then 'estimated'
                when l.state <> 'no_data' then null
                when l.vwc_pct is not null then 'soil_texture_missing'
                when l.impossible then 'implausible'
                when l.basis = 'group' then 'group_silent'
                else b.reason end, b.since,
           jsonb_build_object(
               'tension_kpa', api.rounded(l.tension_kpa, 2), 'nfk_pct', case when l.basis <> 'estimate' then (floor(l.nfk_pct::numeric * 10) / 10)::double precision end,
               'vwc_pct', api.rounded(l.vwc_pct, 2), 'soil_temperature', l.soil_temperature, 'frost', l.frost or l.state = 'frozen', 'sensors', l.sensors,
               'basis', case when l.state <> 'no_data' then l.basis end, 'sources', l.sources, 'cold', l.cold, 'frozen', l.frozen,
               'limit_id', l.limit_id, 'young', l.young, 'water_pct', api.rounded(l.water_pct, 1), 'needed_l', api.rounded(l.needed_l, 1),
               'turns', case when l.needed_l is not null then l.turns end,
               -- who needs water now gets at least one step of it
               'litres', greatest(round(l.needed_l / l.turns / l.step_l) * l.step_l, case when l.needed_l > 0 and l.state in ('now', 'soon') then l.step_l end))
    from watered l
    left join lateral core.site_absence(l.site_id, array['soil_moisture_vwc', 'soil_water_tension', 'soil_water_potential'], '{}',
                                        l.stale_after, null) b
        on l.state = 'no_data' and l.vwc_pct is null and l.impossible is not true and l.basis = 'measured'
    union all
    -- of what was, only the state is kept
    select site_id, at, null, state, null, null, null, null, null, null, null, null from stated where not is_newest
$$;
comment on function core.decide_irrigation is
    'The irrigation levels of trees and beds from a time of each on: one row for each moment at which it may become another one, of a site without a '
    'sensor one for each hour. As core.signal; its inputs say whose values (basis, sources) and limits decided, and how many litres follow.';

create view api.irrigation with (security_barrier) as
select s.site_id, s.tenant_id, s.name, s.kind, s.latitude, s.longitude, s.site_group_id, i.soil_texture, s.planted_year,
       v.state as irrigation_level, v.rank as need, v.label_de, v.label_en, v.colour,
       case when v.state = 'no_data' then coalesce(d.reason, 'not_decided') end as no_data_reason, d.reason_since,
       x.basis, x.litres, x.turns, x.needed_l, x.water_pct, x.tension_kpa, x.nfk_pct, x.vwc_pct, x.soil_temperature,
       coalesce(x.frost, false) as frost, coalesce(x.sensors, 0) as sensors, x.sources, x.limit_id, coalesce(x.young, false) as young,
       coalesce(x.cold, false) as cold, coalesce(x.frozen, false) as frozen,
       u.due_state, case when u.due_state = 'unpredictable' then u.due_reason end as due_reason,
       case when u.due_state = 'range' then greatest(o.due_from, u.today) end as due_from,
       case when u.due_state = 'range' then greatest(o.due_to, u.today) end as due_to, o.made_at as predicted_at, coalesce(o.with_weather, false) as with_weather,
       d.time as newest, d.place, d.since, d.decided_at
from core.site s
join core.irrigation_site i using (site_id)
-- its town once more, so that the signals of all others are not looked at for it
left join core.current_signal d on d.site_id = s.site_id and d.signal = 'irrigation' and :seen(d.tenant_id)
join core.level v on v.signal = 'irrigation' and v.state = coalesce(d.state, 'no_data')
left join lateral jsonb_to_record(case when v.state <> 'no_data' then d.inputs
                                       else jsonb_build_object('vwc_pct', d.inputs -> 'vwc_pct', 'soil_temperature', d.inputs -> 'soil_temperature',
                                                               'sensors', d.inputs -> 'sensors', 'frost', d.inputs -> 'frost', 'sources', d.inputs -> 'sources',
                                                               'limit_id', d.inputs -> 'limit_id', 'young', d.inputs -> 'young') end)
    x (tension_kpa double precision, nfk_pct double precision, vwc_pct double precision, soil_temperature double precision,
       frost boolean, sensors bigint, basis text, sources integer[], limit_id integer, young boolean, cold boolean, frozen boolean,
       water_pct double precision, needed_l double precision, turns integer, litres double precision) on true
left join core.irrigation_outlook o on o.site_id = s.site_id and :seen(o.tenant_id) and o.made_at > now() - interval '36 hours'
cross join lateral (
    select case when v.state = 'now' then 'due' when v.state = 'no_data' or o.site_id is null or o.need < v.rank then 'unpredictable' else o.due_state end as due_state,
           case when v.state = 'no_data' then coalesce(d.reason, 'not_decided') when o.site_id is null then 'not_made'
                -- it is wetter than when that was said
                when o.need < v.rank then 'rising' else o.due_reason end as due_reason,
           (now() at time zone 'Europe/Berlin')::date as today
) u
where s.kind in ('tree', 'bed') and :seen(s.tenant_id);
comment on view api.irrigation is
    'One row per tree and bed: level (now, soon, good, wet, frozen, no_data), since when, and when that was decided; need (0 first), % of '
    'plant-available water (nFK, unclipped), tension in kPa. basis: whose values they are (measured at itself, group, or none: estimate); litres of the '
    'next turn of so many turns, needed_l before it is rounded. due_state: due, range (due_from to due_to, without an end: later than two weeks), '
    'later (than two weeks), unpredictable (due_reason). frost: the soil is frozen, or so cold that the value is unreliable. place: order among '
    'sites of one level, the smallest first. reason_since: since when no_data_reason is so, where that is known (api.absence).';

create view api.irrigation_need with (security_barrier) as
select i.site_id, i.tenant_id, i.irrigation_level as state, i.litres, i.turns, i.due_from, i.due_to, i.due_state, i.due_reason, i.decided_at, i.basis
from api.irrigation i;
comment on view api.irrigation_need is
    'What a round is planned with: the litres of the next turn, in how many turns, and the days within which water will be due.';

create view api.irrigation_ground with (security_barrier) as
select i.site_id, i.tenant_id, i.site_group_id, i.root_volume_m3, i.root_of_group, i.pit_area_m2, r.efficiency, r.step_l, r.most_l
from core.irrigation_site i
cross join core.irrigation_rule r
where :seen(i.tenant_id);
comment on view api.irrigation_ground is 'What the litres of a tree or bed are computed with beside its soil and its water.';

create view api.irrigation_outlook with (security_barrier) as
select o.site_id, o.tenant_id, o.made_at, o.basis, o.fitted_days, o.value, o.unit, o.limit_value, o.forecast, o.low, o.high, o.with_weather
from core.irrigation_outlook o
where :seen(o.tenant_id);
comment on view api.irrigation_outlook is 'What the date at which water is due was computed from: last night, for the days from made_at on.';

create view api.irrigation_forecast with (security_barrier) as
select f.site_id, f.tenant_id, f.made_on, f.lead_days, f.value, f.low, f.high, f.came
from core.irrigation_forecast f
where :seen(f.tenant_id);
comment on view api.irrigation_forecast is 'Forecasts of the last weeks, and what came; null where it has not come yet, or where rain or a watering came between.';

-- Where levels begin, and whose limits these are.

create view api.irrigation_limit_version with (security_barrier) as
select t.tenant_id, l.limit_id, case when l.tenant_id is null then 'hub' when l.site_group_id is null then 'town' else 'group' end as scope,
       l.site_group_id, g.name as site_group, l.young, l.wet_nfk_pct, l.soon_nfk_pct, l.now_nfk_pct, l.target_nfk_pct,
       l.wet_kpa, l.soon_kpa, l.now_kpa, l.set_at, l.set_by, l.why, l.replaced_at
from core.tenant t
join core.irrigation_limit l on l.tenant_id is null or l.tenant_id = t.tenant_id
left join core.site_group g on g.site_group_id = l.site_group_id
where :seen(t.tenant_id);
comment on view api.irrigation_limit_version is
    'For each town the limits of the hub, its own and those of its groups, and all that held before (replaced_at): for young trees and for the '
    'others. Without numbers what is further out holds.';

create view api.irrigation_limit with (security_barrier) as
select s.site_id, s.tenant_id, l.limit_id, l.young, q.quantity,
       case when q.sign = 0 then api.vwc_pct(l.now_nfk_pct, i.field_capacity_pct, i.wilting_point_pct) else q.sign * l.now_kpa end as now,
       case when q.sign = 0 then api.vwc_pct(l.soon_nfk_pct, i.field_capacity_pct, i.wilting_point_pct) else q.sign * l.soon_kpa end as soon,
       case when q.sign = 0 then api.vwc_pct(l.wet_nfk_pct, i.field_capacity_pct, i.wilting_point_pct) else q.sign * l.wet_kpa end as wet
from core.site s
join core.irrigation_site i using (site_id)
cross join core.irrigation_rule t
join core.irrigation_limit_of_site l on l.site_id = s.site_id and l.young = api.is_young(s.planted_year, now(), t.young_years)
cross join (values ('soil_moisture_vwc', 0), ('soil_water_tension', 1), ('soil_water_potential', -1)) q (quantity, sign)
where s.kind in ('tree', 'bed') and :seen(s.tenant_id) and (q.sign <> 0 or i.field_capacity_pct is not null);
comment on view api.irrigation_limit is 'Where the irrigation levels of a site begin now, in the unit of each quantity that it may be judged by.';

create view api.irrigation_level as
select state as irrigation_level, rank as need, label_de, label_en, colour
from core.level where signal = 'irrigation';
comment on view api.irrigation_level is 'Irrigation levels in order of need; 0 is the most urgent, no data stands last.';

create view api.irrigation_signal with (security_barrier) as
select s.tenant_id, s.site_id, 'irrigation' as signal, v.state, v.level, d.place, d.since, d.time, d.value, d.unit,
       coalesce(d.decimals, 0) as decimals, case when d.site_id is null then 'not_decided' else d.reason end as reason, d.reason_since,
       d.decided_at
from core.site s
-- its town once more, so that the signals of all others are not looked at for it
left join core.current_signal d on d.site_id = s.site_id and d.signal = 'irrigation' and :seen(d.tenant_id)
join core.level v on v.signal = 'irrigation' and v.state = coalesce(d.state, 'no_data')
where s.kind in ('tree', 'bed') and :seen(s.tenant_id);
comment on view api.irrigation_signal is
    'Whether a tree or bed needs water. % nFK is rounded down, as the levels are "below 30 %": 29.7 % must not stand there as 30 %.';

create function api.stress_days(from_time timestamptz, to_time timestamptz)
returns table (site_id integer, tenant_id integer, days double precision, since timestamptz) language sql stable as $$
    with state as (
        select c.site_id, c.tenant_id, c.state, coalesce(c.at, '-infinity') as begins,
               lead(c.at) over (partition by c.site_id order by c.at nulls first) as ends
        from api.signal_change c
        where c.signal = 'irrigation' and (c.at is null or c.at < to_time)
    )
    select s.site_id, s.tenant_id,
           api.rounded(sum(extract(epoch from least(s.ends, to_time, now()) - greatest(s.begins, from_time))) / 86400, 2),
           max(s.begins) filter (where s.ends is null and s.begins > '-infinity')
    from state s
    where s.state = 'now' and coalesce(s.ends, 'infinity') > from_time and greatest(s.begins, from_time) < now()
    group by s.site_id, s.tenant_id
$$;
comment on function api.stress_days is
    'Of each tree and bed that was on the level "now" in a period: for how many days altogether, and since when it is there without a break, if it '
    'still is at the end. A look-up of the changes that were kept (api.signal_change).';
