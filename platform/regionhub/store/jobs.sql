-- name: take
-- Held until the connection ends.
select pg_try_advisory_lock(%(kind)s, %(id)s) as taken
