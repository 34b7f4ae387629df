-- name: values_raw
-- Believed readings of some series, in order of time.
select datastream_id, time, value from api.reading
where datastream_id = any(%(ids)s::integer[]) and time >= %(start)s and time < %(end)s and value is not null and :believed(quality)
order by time, datastream_id limit %(most)s

-- name: values_hourly
select datastream_id, bucket as time, sum / count as value from api.reading_hourly
where datastream_id = any(%(ids)s::integer[]) and bucket >= %(start)s and bucket < %(end)s and count > 0
order by bucket, datastream_id limit %(most)s

-- name: values_daily
select datastream_id, bucket as time, sum / count as value from api.reading_daily
where datastream_id = any(%(ids)s::integer[]) and bucket >= %(start)s and bucket < %(end)s and count > 0
order by bucket, datastream_id limit %(most)s
