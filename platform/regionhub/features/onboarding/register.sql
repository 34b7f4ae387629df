-- name: keep
insert into core.register_file (tenant_id, name, content, digest, uploaded_by)
values (%(tenant_id)s, %(name)s, %(content)s, %(digest)s, %(by)s)
on conflict (tenant_id) do update set name = excluded.name, content = excluded.content, digest = excluded.digest,
    uploaded_by = excluded.uploaded_by, uploaded_at = now()

-- name: take
delete from core.register_file where tenant_id = %(tenant_id)s and digest = %(digest)s returning content

-- name: forget
delete from core.register_file where uploaded_at < now() - interval '1 day'
