-- What forest stands and weather stations measure. Nothing is decided from it yet, so its level is unknown, never "in order".

drop function if exists core.shared_observation;
drop function if exists core.decide_observations;

create function core.decide_observations(site_ids integer[], begins timestamptz[], until timestamptz, streams integer[] default null)
returns table (site_id integer, at timestamptz, due_at timestamptz, state text, place double precision, "time" timestamptz,
               value double precision, unit text, decimals integer, reason text, reason_since timestamptz, inputs jsonb)
language sql stable as $$
    with asked as (
        select s.site_id, a.begins
        from unnest(decide_observations.site_ids, decide_observations.begins) a (site_id, begins)
        join core.site s using (site_id)
        -- of a shared site what is shared stands for it
        where s.kind in ('forest', 'weather') or decide_observations.streams is not null
    ),
    measures as (select array_agg(quantity) as quantities from core.quantity where theme <> 'device'),
    -- what the site is there for; a reading that is old stands for it only where there is no other
    headline as (
        select distinct on (h.site_id, h.at) h.*, coalesce(h.at < h.ends, false) as fresh,
               min(h.ends) filter (where h.at < h.ends) over (partition by h.site_id, h.at) as old_at
        from measures m
        cross join lateral core.held_values((select array_agg(a.site_id) from asked a), (select array_agg(a.begins) from asked a), until,
                                            m.quantities, null, '{}', null, null, decide_observations.streams) h
        order by h.site_id, h.at, h.time is not null desc, h.at < h.ends desc,
                 case h.quantity when 'road_surface_temperature' then 1 when 'air_temperature' then 2
                                 when 'soil_temperature' then 3 when 'relative_humidity' then 4 else 5 end,
                 h.time desc, h.datastream_id
    ),
    said as materialized (
        select h.*, case when h.fresh then 'measuring' else 'no_data' end as state,
               h.at = max(h.at) over (partition by h.site_id) as is_newest
        from headline h join asked a using (site_id)
        where h.at >= a.begins
    )
    select s.site_id, s.at, least(s.old_at, b.due_at, core.next_change(s.site_id, until)), s.state,
           null::double precision, s.time, s.value, q.symbol, q.decimals, b.reason, b.since,
           jsonb_build_object('datastream_id', case when s.time is not null then s.datastream_id end)
    from (select * from said where is_newest) s
    cross join measures m
    left join core.quantity q on q.quantity = s.quantity and s.time is not null
    left join lateral core.site_absence(s.site_id, m.quantities, '{}', null, decide_observations.streams) b on not s.fresh
    union all
    -- of what was, only the state is kept
    select site_id, at, null, state, null, null, null, null, null, null, null, null from said where not is_newest
$$;
comment on function core.decide_observations is
    'The newest value of what a forest stand is there for, from a time of each on. As core.signal. '
    'streams: decided on these only, for sites of any kind; null: on all.';

create function core.shared_observation(site integer, streams integer[])
returns table (state text, "time" timestamptz, value double precision, unit text, decimals integer, reason text, reason_since timestamptz)
language sql stable security definer set search_path = pg_catalog as $$
    select d.state, d.time, d.value, d.unit, d.decimals, case when d.reason = 'no_sensor' then 'not_shared' else d.reason end, d.reason_since
    from core.decide_observations(array[site], array[now()], now(), streams) d
    order by d.at desc limit 1
$$;
comment on function core.shared_observation is 'What can be said now of a site of another town, from the datastreams that are shared.';

create view api.observation_signal with (security_barrier) as
select s.tenant_id, s.site_id, 'observations' as signal, v.state, v.level, null::double precision as place, d.since, d.time, d.value,
       d.unit, d.decimals, case when d.state is null then 'not_decided' else d.reason end as reason, d.reason_since, d.decided_at
from core.site s
cross join lateral (select :seen(s.tenant_id) as own) o
left join lateral (
    select c.state, c.since, c.time, c.value, c.unit, c.decimals, c.reason, c.reason_since, c.decided_at
    from core.current_signal c
    where o.own and c.site_id = s.site_id and c.signal = 'observations'
    union all
    select h.state, null, h.time, h.value, h.unit, h.decimals, h.reason, h.reason_since, now()
    from core.shared_observation(s.site_id, array(select datastream_id from api.granted_datastream where raw)) h
    where not o.own
) d on true
join core.level v on v.signal = 'observations' and v.state = coalesce(d.state, 'no_data')
where s.kind in ('forest', 'weather') and o.own
      -- as long as nothing is decided of it
      and not exists (select from core.signal x
                      where x.site_id = s.site_id and x.signal <> 'observations' and x.inputs ->> 'installed' is distinct from 'false')
   -- of a shared site what is shared stands for it; a shared gauge has a stage
   or s.kind <> 'gauge' and not o.own
      and s.site_id = any (array(select i.site_id from core.installation i join core.datastream d using (device_id)
                                 where :granted(d.datastream_id, daily)));
comment on view api.observation_signal is 'The newest value of what a forest stand is there for.';
