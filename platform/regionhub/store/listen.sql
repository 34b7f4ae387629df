-- name: channel
-- Payload: ids separated by commas, of datastreams with new readings, or after an s of sites about which something was decided.
select notice_channel from core.deployment

-- name: patience
-- All who send in this cluster wait for each other when they commit.
select set_config('lock_timeout', '1s', true)

-- name: notify
select pg_notify(d.notice_channel, payload) from core.deployment d, unnest(%(payloads)s::text[]) as payload
