-- name: give_access
-- The user is the town and the number of the source: the same for ever, and nobody else's.
update core.source s set
    broker_user = t.slug || '-' || s.source_id,
    broker_password_hash = %(hash)s,
    topics = array(select t.slug || '-' || s.source_id || '/' || topic
                   from unnest(s.topics) with ordinality as u (topic, place) order by place)
from core.tenant t
where t.tenant_id = s.tenant_id and s.source_id = %(source_id)s
returning s.broker_user

-- name: renew_access
update core.source set broker_password_hash = %(hash)s
where source_id = %(source_id)s and broker_user is not null
returning broker_user

-- name: pushing
select source_id from core.source where tenant_id = %(tenant_id)s and broker_user is not null order by source_id limit 1

-- name: users
-- Also of sources that are disabled: their broker keeps what comes.
select broker_user as name, broker_password_hash as password_hash from core.source
where broker_user is not null order by source_id
