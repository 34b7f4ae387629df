-- What every reader sees of towns, sites, devices and sources. Each view compares tenant_id with the tenants
-- of current_user; security_barrier keeps a reader's own functions from looking past that.

create view api.tenant with (security_barrier) as
select tenant_id, slug, name, kind, ags, latitude, longitude, shares_with_region
from core.tenant
where :seen(tenant_id);
comment on view api.tenant is 'The towns this reader sees.';

create view api.device with (security_barrier) as
select d.device_id, d.tenant_id, d.dev_eui, d.name, case when :seen(d.tenant_id) then d.serial end as serial, d.profile_id,
       case when :seen(d.tenant_id)
            then d.parameters else '{}' end as parameters, d.interval_seconds, d.active, d.created_at,
       i.site_id, i.from_time as installed_since, i.mounting_height_cm, i.depth_cm
from core.device d
left join core.installation i on i.device_id = d.device_id and :installed(i)
where :seen(d.tenant_id)
   or d.device_id = any (array(select s.device_id from core.datastream s join api.granted_datastream using (datastream_id)));
comment on view api.device is 'Devices and where each is installed now; of a shared one neither serial number nor parameters.';

create view api.installation with (security_barrier) as
select i.installation_id, i.tenant_id, i.device_id, i.site_id, i.from_time, i.to_time, i.mounting_height_cm, i.depth_cm
from core.installation i
where :seen(i.tenant_id)
   or i.device_id = any (array(select s.device_id from core.datastream s join api.granted_datastream using (datastream_id)));
comment on view api.installation is 'Which device was at which site, from when to when.';

create view api.installation_correction with (security_barrier) as
select correction_id, tenant_id, device_id, installation_id, corrected_at, corrected_by, why, site_id, from_time, to_time,
       mounting_height_cm, depth_cm, removed
from core.installation_correction
where :seen(tenant_id);
comment on view api.installation_correction is 'What installations were before somebody corrected or removed them, who and why.';

create view api.site with (security_barrier) as
select s.site_id, s.tenant_id, s.name, s.kind, s.latitude, s.longitude, s.address, s.soil_texture, s.planted_year,
       s.water_body, s.gauge_zero_m, case when s.kind = 'gauge' then s.gauge_datum end as gauge_datum, s.stage_1_cm, s.stage_2_cm, s.stage_3_cm,
       case when :seen(s.tenant_id)
            then s.note end as note,
       case when :seen(s.tenant_id) then s.site_group_id end as site_group_id, s.created_at
from core.site s
where :seen(s.tenant_id)
   or s.site_id = any (array(select i.site_id from core.installation i
                             join core.datastream d using (device_id)
                             join api.granted_datastream using (datastream_id)));
comment on view api.site is 'Trees, beds, gauges, forest stands and road spots; of a shared one not the town''s own note.';

create view api.gauge_reference with (security_barrier) as
select r.reference_id, r.site_id, r.tenant_id, r.from_time, r.to_time, r.gauge_zero_m, r.gauge_datum, r.stage_1_cm, r.stage_2_cm, r.stage_3_cm
from core.gauge_reference r
where :seen(r.tenant_id)
   or r.site_id = any (array(select i.site_id from core.installation i
                             join core.datastream d using (device_id)
                             join api.granted_datastream using (datastream_id)));
comment on view api.gauge_reference is
    'Gauge zero (m above gauge_datum) and stages (cm) of gauges, and from when to when they held; no end: now.';

create view api.gauge_reference_correction with (security_barrier) as
select correction_id, tenant_id, site_id, corrected_at, corrected_by, why, from_time, to_time, gauge_zero_m, gauge_datum, stage_1_cm, stage_2_cm, stage_3_cm
from core.gauge_reference_correction
where :seen(tenant_id);
comment on view api.gauge_reference_correction is 'What gauge zeros and stages of the past were before somebody corrected them, who and why.';

create view api.soil_texture as
select soil_texture, name_de, field_capacity_pct, wilting_point_pct from core.soil_texture;

create function api.nfk_pct(vwc_pct double precision, field_capacity_pct double precision, wilting_point_pct double precision)
returns double precision language sql immutable parallel safe as $$
    select 100 * (vwc_pct - wilting_point_pct) / (field_capacity_pct - wilting_point_pct)
$$;
comment on function api.nfk_pct is 'Plant-available water in % (nFK) from the volumetric water content in %; may pass 0 and 100.';

create function api.vwc_pct(nfk_pct double precision, field_capacity_pct double precision, wilting_point_pct double precision)
returns double precision language sql immutable parallel safe as $$
    select wilting_point_pct + nfk_pct / 100 * (field_capacity_pct - wilting_point_pct)
$$;
comment on function api.vwc_pct is 'The other way: volumetric water content in % from plant-available water in %.';

create function api.vwc_of_tension_pct(tension_kpa double precision, residual_pct double precision, porosity_pct double precision,
                                       alpha_per_hpa double precision, n double precision)
returns double precision language sql immutable parallel safe as $$
    select residual_pct + (porosity_pct - residual_pct) * power(1 + power(alpha_per_hpa * 10 * greatest(tension_kpa, 0), n), 1 / n - 1)
$$;
comment on function api.vwc_of_tension_pct is
    'Volumetric water content in % of a soil at a tension: retention curve of Mualem and van Genuchten, parameters as in core.soil_texture.';

create view api.site_group with (security_barrier) as
select g.site_group_id, g.tenant_id, g.name, g.soil_texture, g.root_volume_m3, g.pit_area_m2, g.note, g.created_at
from core.site_group g
where :seen(g.tenant_id);
comment on view api.site_group is 'Sites with the same soil and the same kind of pit; those with a sensor speak for those without one.';

-- What ingest says of the sessions of a source, put together. A session that nobody has reported for three
-- minutes is held by nobody: its share of the messages waits at the broker.
drop view if exists core.source_report;
create view core.source_report as
select s.source_id, s.sessions,
       count(*) filter (where t.alive and t.connected_since is not null and t.session < s.sessions)::integer as sessions_connected,
       -- since the oldest connection, as long as every session has one
       case when count(*) filter (where t.alive and t.connected_since is not null and t.session < s.sessions) = s.sessions
            then min(t.connected_since) filter (where t.alive) end as connected_since,
       max(t.last_message_at) as last_message_at,
       coalesce(sum(t.messages_last_minute) filter (where t.alive), 0)::integer as messages_last_minute,
       max(t.lag_seconds) filter (where t.alive) as lag_seconds,
       max(t.updated_at) as reported_at,
       case when not s.enabled then null
            when bool_or(t.alive and t.problem is not null)
            then (array_agg(t.problem order by t.session) filter (where t.alive and t.problem is not null))[1]
            when bool_or(not t.alive and t.session < s.sessions) and bool_or(t.alive) then 'session_unheld'
            when bool_or(t.alive) then null
            when count(t.session) > 0 or s.created_at < now() - interval '3 minutes' then 'ingest_not_running'
            end as problem,
       case when s.enabled then (array_agg(t.problem_detail order by t.session) filter (where t.alive and t.problem is not null))[1]
            end as problem_detail
from core.source s
left join (select *, updated_at > now() - interval '3 minutes' as alive from core.source_state) t using (source_id)
where s.kind = 'lns'
group by s.source_id;

create view api.source with (security_barrier) as
select s.source_id, s.tenant_id, s.name, s.format, s.mapping, s.broker_url, s.topics, s.protocol, s.username, s.enabled,
       r.sessions, r.sessions_connected, r.connected_since, r.last_message_at, r.messages_last_minute, r.lag_seconds,
       r.reported_at, r.problem, r.problem_detail
from core.source s
join core.source_report r using (source_id)
where :seen(s.tenant_id);
comment on view api.source is
    'The network servers a town is connected to; never a password. Ingest reports every second: without a word of it nothing counts as connected.';

create view api.site_label with (security_barrier) as
select s.site_id, s.tenant_id, s.kind,
       case when (select count(*) from api.tenant) > 1 then coalesce(t.name || ': ', '') else '' end || s.name as label
from api.site s left join api.tenant t using (tenant_id);
comment on view api.site_label is 'The name of a site, with the town before it for a reader who sees several.';

create view api.device_label with (security_barrier) as
select d.device_id, d.tenant_id, d.active,
       case when (select count(*) from api.tenant) > 1 then coalesce(t.name || ': ', '') else '' end || d.name as label
from api.device d left join api.tenant t using (tenant_id);
comment on view api.device_label is 'The name of a device, with the town before it for a reader who sees several.';

create view api.tree with (security_barrier) as
select t.site_id, t.tenant_id, t.species, t.crown_m
from core.tree t
where :seen(t.tenant_id);
comment on view api.tree is 'What the tree registers of towns say of their trees: species, diameter of the crown in m.';
