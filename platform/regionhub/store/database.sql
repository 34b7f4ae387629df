-- name: role_name
select core.role_name(%(kind)s) as role

-- name: take_settings
-- What is set for a role holds for whoever logs in as it; a session that takes it asks for the same.
select set_config(name, value, false)
from (select split_part(line, '=', 1) as name, substr(line, strpos(line, '=') + 1) as value
      from pg_db_role_setting, unnest(setconfig) as line
      where setrole = %(role)s::regrole and setdatabase in (0, (select oid from pg_database where datname = current_database()))
      order by setdatabase) as s

-- name: limit_statements
-- In this transaction.
select set_config('statement_timeout', %(milliseconds)s, true)
