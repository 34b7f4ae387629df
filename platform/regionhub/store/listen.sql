-- name: listen
-- Payload: the ids of datastreams with new readings, separated by commas.
listen regionhub_readings

-- name: notify
select pg_notify('regionhub_readings', %(payload)s)
