-- name: sources
select source_id, tenant_id, name, format, broker_url, topics, protocol, username, enabled, sessions, sessions_connected,
       connected_since, last_message_at, messages_last_minute, lag_seconds, reported_at, problem, problem_detail
from api.source order by name, source_id

-- name: sources_of_all
select s.source_id, s.tenant_id, t.slug as tenant, s.name, s.format, s.broker_url, s.topics, s.protocol, s.username, s.enabled,
       r.sessions, r.sessions_connected, r.connected_since, r.last_message_at, r.messages_last_minute, r.lag_seconds,
       r.reported_at, r.problem, r.problem_detail
from core.source s
join core.tenant t using (tenant_id)
join core.source_report r using (source_id)
where (%(tenant_id)s::integer is null or s.tenant_id = %(tenant_id)s)
  and (%(name)s::text is null or s.name = %(name)s)
order by t.slug, s.name

-- name: create_source
insert into core.source (tenant_id, name, format, broker_url, topics, protocol, username, password,
                         ca, certificate, private_key, mapping)
values (%(tenant_id)s, %(name)s, %(format)s, %(broker_url)s, %(topics)s, %(protocol)s, %(username)s, %(password)s,
        %(ca)s, %(certificate)s, %(private_key)s, %(mapping)s::jsonb)
returning source_id

-- name: update_source
-- What is null stays; an empty text is none.
update core.source set
    broker_url = coalesce(%(broker_url)s, broker_url),
    topics = coalesce(%(topics)s, topics),
    former_topics = array(select t from unnest(former_topics || topics) t
                          except select t from unnest(coalesce(%(topics)s, topics)) t order by 1),
    protocol = coalesce(%(protocol)s, protocol),
    username = nullif(coalesce(%(username)s, username), ''),
    password = nullif(coalesce(%(password)s, password), ''),
    ca = nullif(coalesce(%(ca)s, ca), ''),
    certificate = nullif(coalesce(%(certificate)s, certificate), ''),
    private_key = nullif(coalesce(%(private_key)s, private_key), ''),
    enabled = coalesce(%(enabled)s, enabled)
where source_id = %(source_id)s

-- name: shared_sessions
-- How many sessions at its broker a source has, and those that still are to be emptied.
select greatest(s.sessions, coalesce((select max(session) + 1 from core.source_state t where t.source_id = s.source_id), 1))
       as sessions
from core.source s where source_id = %(source_id)s

-- name: update_source_sessions
update core.source set sessions = %(sessions)s where source_id = %(source_id)s

-- name: update_source_mapping
update core.source set mapping = %(mapping)s::jsonb where source_id = %(source_id)s
