-- name: count_readings
-- Counts up to `most` and stops.
select count(*) as points
from (select from api.reading
      where datastream_id = %(id)s and time >= %(start)s and time < %(end)s limit %(most)s) counted

-- name: reading_span
-- From the first to the last reading in a period, null without one: two look-ups in the index.
select (select time from api.reading where datastream_id = %(id)s and time >= %(start)s and time < %(end)s
        order by time desc limit 1)
     - (select time from api.reading where datastream_id = %(id)s and time >= %(start)s and time < %(end)s
        order by time limit 1) as span

-- name: readings_raw
select time, value, quality, tests
from api.reading
where datastream_id = %(id)s and time >= %(start)s and time < %(end)s
order by time
limit %(most)s

-- name: readings_hourly
-- Also the hour that the period begins in.
select bucket as time, count, avg, min, max, last
from api.reading_hourly
where datastream_id = %(id)s and bucket < %(end)s
  and bucket >= date_bin('1 hour', %(start)s::timestamptz, timestamptz 'epoch')
order by bucket
limit %(most)s

-- name: readings_daily
-- Also the day (Europe/Berlin) that the period begins in.
select bucket as time, count, avg, min, max, last
from api.reading_daily
where datastream_id = %(id)s and bucket < %(end)s
  and bucket >= date_trunc('day', %(start)s::timestamptz, 'Europe/Berlin')
order by bucket
limit %(most)s
