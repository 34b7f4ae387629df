-- name: create_tenant
insert into core.tenant (slug, name, kind, ags, latitude, longitude, shares_with_region)
values (%(slug)s, %(name)s, %(kind)s, %(ags)s, %(latitude)s, %(longitude)s, %(shares_with_region)s)
returning tenant_id

-- name: tenants
select t.tenant_id, t.slug, t.name, t.kind, t.ags, t.shares_with_region,
       (select count(*) from core.site s where s.tenant_id = t.tenant_id) as sites,
       (select count(*) from core.device d where d.tenant_id = t.tenant_id) as devices
from core.tenant t order by t.name

-- name: tenant_by_slug
select tenant_id, slug, name, kind, ags from core.tenant where slug = %(slug)s

-- name: create_account
insert into auth.account (tenant_id, login, display_name, password_hash, role)
values (%(tenant_id)s, lower(%(login)s), %(display_name)s, %(password_hash)s, %(role)s)
returning account_id

-- name: create_api_key
insert into auth.api_key (tenant_id, name, secret_hash, scopes)
values (%(tenant_id)s, %(name)s, %(secret_hash)s, %(scopes)s)
returning api_key_id

-- name: create_source
insert into core.source (tenant_id, name, format, broker_url, topics, protocol, username, password, mapping)
values (%(tenant_id)s, %(name)s, %(format)s, %(broker_url)s, %(topics)s, %(protocol)s, %(username)s, %(password)s,
        %(mapping)s::jsonb)
returning source_id

-- name: source_format
select source_id, format from core.source where tenant_id = %(tenant_id)s and name = %(name)s

-- name: update_source_sessions
update core.source set sessions = %(sessions)s where tenant_id = %(tenant_id)s and name = %(name)s
returning source_id

-- name: update_source_mapping
update core.source set mapping = %(mapping)s::jsonb where source_id = %(source_id)s

-- name: shared_sessions
-- How many sessions at its broker a source has, and those that still are to be emptied.
select greatest(s.sessions, coalesce((select max(session) + 1 from core.source_state t where t.source_id = s.source_id), 1))
       as sessions
from core.source s where source_id = %(source_id)s

-- name: update_source
-- What is null stays; an empty user name or password is none.
update core.source set
    broker_url = coalesce(%(broker_url)s, broker_url),
    topics = coalesce(%(topics)s, topics),
    former_topics = array(select t from unnest(former_topics || topics) t
                          except select t from unnest(coalesce(%(topics)s, topics)) t order by 1),
    protocol = coalesce(%(protocol)s, protocol),
    username = nullif(coalesce(%(username)s, username), ''),
    password = nullif(coalesce(%(password)s, password), ''),
    enabled = coalesce(%(enabled)s, enabled)
where source_id = %(source_id)s

-- name: sources
select s.source_id, s.tenant_id, t.slug as tenant, s.name, s.format, s.broker_url, s.topics, s.protocol, s.username, s.enabled,
       r.sessions, r.sessions_connected, r.connected_since, r.last_message_at, r.messages_last_minute, r.lag_seconds,
       r.reported_at, r.problem, r.problem_detail
from core.source s
join core.tenant t using (tenant_id)
join core.source_report r using (source_id)
order by t.slug, s.name

-- name: counted_messages
select coalesce(sum(messages), 0)::bigint as messages from core.ingest_fate
