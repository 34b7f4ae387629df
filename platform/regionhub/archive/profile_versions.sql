-- name: keep_profiles
insert into core.profile_version (profile_id, version, profile, codec)
select * from unnest(%(ids)s::text[], %(versions)s::text[], %(profiles)s::text[], %(codecs)s::text[])
on conflict do nothing

-- name: profile_versions
select profile_id, version, known_since from api.profile_version
where profile_id = %(profile_id)s order by known_since desc, version

-- name: profile_version
select profile_id, version, known_since, profile, codec from api.profile_version
where profile_id = %(profile_id)s and version = %(version)s
