-- name: notice_the_dead
-- A machine that is gone without a word holds its locks no longer than half a minute.
select set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '4', false)

-- name: register
select pg_try_advisory_lock(%(kind)s, %(id)s)

-- name: count_workers
select count(*)::int as workers from pg_locks
where locktype = 'advisory' and classid = %(workers)s::int::oid and objsubid = 2 and granted
  and database = (select oid from pg_database where datname = current_database())

-- name: take
select pg_try_advisory_lock(%(kind)s, %(id)s) as taken

-- name: give_back
select pg_advisory_unlock(%(kind)s, %(id)s)
