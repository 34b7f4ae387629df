-- name: counts
-- What the town of the reader has.
select (select count(*) from api.source where enabled)::integer as sources,
       (select count(*) from api.source where enabled and connected_since is not null)::integer as connected,
       (select count(*) from api.site)::integer as sites,
       (select count(*) from api.site where latitude is null)::integer as unplaced,
       (select count(*) from api.device_health where active)::integer as devices,
       (select count(*) from api.device_health where active and state not in ('silent', 'never', 'no_data'))::integer as reporting,
       (select count(*) from api.adoption where state = 'wanted')::integer as waiting,
       (select count(*) from api.adoption where state = 'applied')::integer as applied,
       (select count(*) from api.adoption
        where coalesce(parameters ->> 'email', '') = '' and coalesce(parameters ->> 'webhook', '') = '')::integer as unreachable
