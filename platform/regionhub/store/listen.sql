-- name: listen_readings
-- Payload: the ids of datastreams with new readings, separated by commas.
listen regionhub_readings

-- name: listen_decisions
-- Payload: the ids of sites about which something was decided again.
listen regionhub_decisions

-- name: notify
select pg_notify(%(channel)s, %(payload)s)
