-- What TimescaleDB does by itself: rolls up, packs, removes.

-- name: on_timescaledb
select engine = 'timescaledb' as there from core.deployment

-- name: ages
-- How long ago the end of what is rolled up was, also for a role that may not read it. The hour that runs may be rolled up, too.
select a.user_view_name::text as name, greatest(extract(epoch from now() - _timescaledb_functions.to_timestamp(w.watermark)), 0)::float8 as seconds
from _timescaledb_catalog.continuous_agg a
join _timescaledb_catalog.continuous_aggs_watermark w using (mat_hypertable_id)
where a.user_view_schema = 'core'
order by 1

-- name: rollups
-- How much later than what is rolled up the newest reading is. A hub that is new has nothing to roll up yet.
select a.view_name as name,
       extract(epoch from n.newest - greatest(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(h.id)), n.first))::float8
           as behind_seconds
from timescaledb_information.continuous_aggregates a
join _timescaledb_catalog.hypertable h on (h.schema_name, h.table_name) = (a.materialization_hypertable_schema, a.materialization_hypertable_name)
cross join (select (select max(time) from core.latest where time <= now()) as newest, (select min(created_at) from core.datastream) as first) n
where a.view_schema = 'core' and n.newest is not null
order by a.view_name

-- name: jobs
-- How the jobs of this database ended last, and which stand still: none waits an hour for a free worker.
select concat_ws(' of ', j.proc_name, coalesce(a.user_view_name, j.hypertable_name)) as name,
       not j.scheduled or s.job_status is distinct from 'Running'
           and coalesce(j.next_start, d.created_at) < now() - interval '1 hour' as stands_still,
       coalesce(s.last_run_status = 'Failed', false) as failed,
       (select e.err_message from timescaledb_information.job_errors e where e.job_id = j.job_id order by e.start_time desc limit 1) as message
from timescaledb_information.jobs j
cross join core.deployment d
left join timescaledb_information.job_stats s using (job_id)
left join _timescaledb_catalog.hypertable h on (h.schema_name, h.table_name) = (j.hypertable_schema, j.hypertable_name)
left join _timescaledb_catalog.continuous_agg a on a.mat_hypertable_id = h.id
where j.job_id >= 1000
order by j.job_id

-- name: unpacked
-- Chunks that should have been packed two days ago.
select coalesce(a.user_view_name, c.hypertable_name)::text as name, count(*) as chunks, min(c.range_start) as oldest
from timescaledb_information.chunks c
left join _timescaledb_catalog.hypertable h on (h.schema_name, h.table_name) = (c.hypertable_schema, c.hypertable_name)
left join _timescaledb_catalog.continuous_agg a on a.mat_hypertable_id = h.id
where not c.is_compressed and c.range_end < now() - interval '3 days'
group by 1
order by 1
