-- name: all_of
-- Whoever they belong to: for what decodes.
select profile_id, tenant_id, version, saved_at, saved_by from core.profile order by profile_id

-- name: files_of
select profile_id, version, profile as text, codec from core.profile_version
where (profile_id, version) in (select * from unnest(%(ids)s::text[], %(versions)s::text[]))

-- name: listed
select profile_id, tenant_id, version, saved_at, saved_by from api.profile order by profile_id

-- name: files
select profile_id, version, profile as text, codec from api.profile_version
where (profile_id, version) in (select * from unnest(%(ids)s::text[], %(versions)s::text[]))

-- name: keep_version
insert into core.profile_version (profile_id, version, profile, codec, tenant_id, saved_by)
values (%(profile_id)s, %(version)s, %(text)s, %(codec)s, %(tenant_id)s, %(by)s)
on conflict do nothing

-- name: save
insert into core.profile (profile_id, tenant_id, version, saved_by)
values (%(profile_id)s, %(tenant_id)s, %(version)s, %(by)s)
on conflict (profile_id) do update set version = excluded.version, saved_by = excluded.saved_by, saved_at = now()
where core.profile.version <> excluded.version

-- name: devices_of
-- How many devices of this role's towns have a profile.
select count(*) from api.device where profile_id = %(profile_id)s

-- name: remove
delete from core.profile where profile_id = %(profile_id)s and tenant_id is not distinct from %(tenant_id)s
returning profile_id
