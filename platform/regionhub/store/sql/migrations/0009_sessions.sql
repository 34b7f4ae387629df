-- Several workers can share the messages of one source.

alter table core.source
    add column sessions smallint not null default 1 check (sessions between 1 and 64),
    add constraint shared_subscriptions_need_mqtt_5 check (sessions = 1 or protocol = '5');
comment on column core.source.sessions is
    'Sessions at the broker that share the messages; each is held by one ingest process at a time.';

do $$
begin
    execute format('grant delete on core.source_state to %I', core.role_name('ingest'));
end $$;
