-- name: take
-- Held until it is given back, or the connection ends.
select pg_try_advisory_lock(%(kind)s, %(id)s) as taken

-- name: give_back
select pg_advisory_unlock(%(kind)s, %(id)s) as given_back

-- name: note_failure
insert into core.failing_job as f (job, problem) values (%(job)s, %(problem)s)
on conflict (job) do update set problem = excluded.problem, failures = f.failures + 1

-- name: forget_failure
delete from core.failing_job where job = %(job)s

-- name: failing_jobs
select job, problem, failures, since from core.failing_job order by since, job
