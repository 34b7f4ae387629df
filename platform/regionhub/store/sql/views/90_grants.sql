-- Who may read the views of schema api.

create or replace function core.grant_api_views(role name) returns void language plpgsql as $$
begin
    execute format('grant usage on schema api to %I', role);
    execute format('grant select on all tables in schema api to %I', role);
end $$;

do $$
declare role name;
begin
    for role in
        select core.role_name('town')
        union select core.role_name('g_region')
        union select role_name from core.role_tenant where role_name like core.role_name('g_') || '%'
    loop
        perform core.grant_api_views(role);
    end loop;
end $$;
revoke execute on all functions in schema core from public;
