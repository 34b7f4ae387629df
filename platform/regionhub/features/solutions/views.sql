-- What a town uses of the catalogue.

create view api.adoption with (security_barrier) as
select a.tenant_id, a.solution, a.parameters, a.state, a.version, a.problem, a.wanted_by, a.wanted_at, a.applied_at,
       coalesce(d.conflicts, '{}') as conflicts
from core.adoption a
left join core.applied_dashboard d on d.tenant_id = a.tenant_id and d.solution = a.solution
where :seen(a.tenant_id);
comment on view api.adoption is 'Solutions that a town uses or is about to use, and what of it could not be merged.';
