-- name: towns
select tenant_id, slug from core.tenant where slug = any(%(slugs)s) order by tenant_id
