-- Who is told of what, and what became of it. Rules, chains and contacts are a town's own; alarms and messages are written by
-- `regionhub work`.

create table core.alarm_contact (
    contact_id      integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    name            text not null check (name <> ''),
    address         text not null,
    shown           text not null,
    quiet_from      time,
    quiet_to        time,
    created_at      timestamptz not null default now(),
    unique (contact_id, tenant_id),
    unique (tenant_id, name),
    check ((quiet_from is null) = (quiet_to is null))
);
comment on table core.alarm_contact is 'Somebody, or something, that alarms are sent to.';
comment on column core.alarm_contact.address is 'Address of the channel, sealed with the operator''s key file (regionhub/sealing.py): no dump tells it.';
comment on column core.alarm_contact.shown is 'The address without what is secret in it.';
comment on column core.alarm_contact.quiet_from is 'Quiet hours in German time; alarms of level 3 know none.';

create table core.alarm_chain (
    chain_id        integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    name            text not null check (name <> ''),
    minutes         smallint not null default 10 check (minutes between 1 and 1440),
    unique (chain_id, tenant_id),
    unique (tenant_id, name)
);
comment on column core.alarm_chain.minutes is 'After so long without an acknowledgement the next step is told as well.';

create table core.alarm_chain_step (
    chain_id        integer not null,
    step            smallint not null check (step between 1 and 9),
    contact_id      integer not null,
    tenant_id       integer not null,
    primary key (chain_id, contact_id),
    foreign key (chain_id, tenant_id) references core.alarm_chain (chain_id, tenant_id) on delete cascade,
    foreign key (contact_id, tenant_id) references core.alarm_contact (contact_id, tenant_id) on delete cascade
);
create index on core.alarm_chain_step (contact_id);

create table core.alarm_rule (
    rule_id         integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    chain_id        integer not null,
    name            text not null check (name <> ''),
    kind            text not null check (kind in ('signal', 'threshold', 'rate', 'silence', 'forecast', 'time_to_stage')),
    signal          text,
    quantity        text references core.quantity,
    below           boolean not null default false,
    limit_value     double precision,
    clear_value     double precision,
    silent          text check (silent in ('device', 'site', 'source')),
    minutes         integer check (minutes between 1 and 525600),
    stage           smallint check (stage between 1 and 3),
    hours           smallint check (hours between 1 and 12),
    hold_minutes    integer not null default 0 check (hold_minutes between 0 and 10080),
    level           smallint not null check (level between 1 and 3),
    site_kind       text,
    site_ids        integer[],
    enabled         boolean not null default false,
    created_at      timestamptz not null default now(),
    unique (rule_id, tenant_id),
    unique (tenant_id, name),
    foreign key (chain_id, tenant_id) references core.alarm_chain (chain_id, tenant_id),
    check ((kind = 'signal') = (signal is not null)),
    check ((kind in ('threshold', 'rate')) = (quantity is not null)),
    check ((kind in ('threshold', 'rate', 'forecast', 'time_to_stage')) = (limit_value is not null)),
    check ((kind in ('forecast', 'time_to_stage')) = (stage is not null) and (kind = 'forecast') = (hours is not null)),
    check (kind <> 'forecast' or limit_value between 1 and 100 and not below),
    check (kind <> 'time_to_stage' or limit_value > 0 and limit_value <= 24 and below),
    check ((kind = 'silence') = (silent is not null)),
    check ((kind in ('silence', 'rate')) = (minutes is not null)),
    check (clear_value is null or case when below then clear_value >= limit_value else clear_value <= limit_value end)
);
create index on core.alarm_rule (tenant_id, kind) where enabled;
comment on table core.alarm_rule is 'When a town''s people are told: of a signal, a value, its rate or silence.';
comment on column core.alarm_rule.level is
    'Of a signal: from this level on, and the alarm has the level of the signal. Else that of the alarm: 1 watch, 2 act, 3 emergency.';
comment on column core.alarm_rule.limit_value is 'In the unit of the quantity; of a rate per hour; of a forecast the probability in %; of time_to_stage hours.';
comment on column core.alarm_rule.clear_value is 'Where it is over again (hysteresis); null: at the limit.';
comment on column core.alarm_rule.minutes is 'Of a rate the span it is measured over, of silence how long it lasts.';
comment on column core.alarm_rule.stage is 'Of a forecast the stage that is likely within so many hours; of time_to_stage the one that is near at the rate of now.';
comment on column core.alarm_rule.hold_minutes is 'It is told when it lasted so long.';

create table core.alarm_rule_value (
    rule_id         integer not null,
    site_id         integer not null references core.site on delete cascade,
    tenant_id       integer not null,
    limit_value     double precision not null,
    clear_value     double precision,
    primary key (rule_id, site_id),
    foreign key (rule_id, tenant_id) references core.alarm_rule (rule_id, tenant_id) on delete cascade
);
comment on table core.alarm_rule_value is 'Limits of a rule that are others at one site.';

create table core.alarm_exercise (
    tenant_id       integer primary key references core.tenant,
    until           timestamptz not null,
    begun_by        text not null
);
comment on table core.alarm_exercise is 'Until then each message of the town says ÜBUNG.';

create table core.alarm (
    alarm_id        bigint generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    rule_id         integer references core.alarm_rule on delete set null,
    chain_id        integer references core.alarm_chain on delete set null,
    cause           text not null,
    site_id         integer references core.site on delete set null,
    rule_name       text not null,
    place           text not null,
    said            text not null,
    level           smallint not null check (level between 1 and 3),
    value           double precision,
    unit            text,
    decimals        smallint,
    measured_at     timestamptz,
    raised_at       timestamptz not null,
    confirmed_at    timestamptz,
    doubted         smallint not null default 0,
    step            smallint not null default 0,
    escalate_at     timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    cleared_at      timestamptz,
    closed_at       timestamptz
);
create unique index alarm_open on core.alarm (rule_id, cause) where closed_at is null;
create index on core.alarm (tenant_id, alarm_id);
create index on core.alarm (tenant_id) where closed_at is null;
comment on table core.alarm is 'One for each cause, a rule at a place, from when it begins until it is over. What happened to it: core.alarm_step.';
comment on column core.alarm.cause is 'site:1, device:1 or source:1; trial:... for one that somebody set off to try the chain.';
comment on column core.alarm.doubted is 'The highest level that people were told of and that only a single reading says.';
comment on column core.alarm.step is 'Up to which step of its chain people were told; 0: nobody yet.';
comment on column core.alarm.cleared_at is 'Since when the rule does not hold any more; it is closed when that lasts.';

create table core.alarm_step (
    alarm_step_id   bigint generated always as identity primary key,
    alarm_id        bigint not null references core.alarm,
    tenant_id       integer not null,
    at              timestamptz not null default clock_timestamp(),
    what            text not null check (what in ('raised', 'unconfirmed', 'confirmed', 'higher', 'escalated', 'chain_ended',
                                                  'acknowledged', 'cleared', 'again', 'closed', 'told', 'not_told')),
    who             text not null default '',
    note            text not null default ''
);
create index on core.alarm_step (alarm_id);
comment on table core.alarm_step is 'What happened to an alarm, in order; nobody changes or removes a row.';

create function core.keep_alarm_steps() returns trigger language plpgsql as $$
begin
    raise exception 'the log of alarms is only added to';
end $$;
create trigger alarm_step_is_kept before update on core.alarm_step for each statement execute function core.keep_alarm_steps();

create table core.alarm_message (
    message_id      bigint generated always as identity primary key,
    tenant_id       integer not null references core.tenant,
    contact_id      integer references core.alarm_contact on delete set null,
    contact_name    text not null,
    subject         text not null,
    body            text not null,
    level           smallint not null,
    created_at      timestamptz not null default clock_timestamp(),
    due_at          timestamptz not null default clock_timestamp(),
    attempts        smallint not null default 0,
    sending_at      timestamptz,
    repeated        boolean not null default false,
    delivered_at    timestamptz,
    given_up_at     timestamptz,
    problem         text
);
create index on core.alarm_message (due_at) where delivered_at is null and given_up_at is null;
create index on core.alarm_message (tenant_id, message_id);
create index on core.alarm_message (contact_id, created_at);
comment on table core.alarm_message is 'The outbox: a row is there before its message is handed to a channel, so none is lost.';
comment on column core.alarm_message.sending_at is 'When it was handed to the channel; the outcome is not known yet.';
comment on column core.alarm_message.repeated is 'It may have arrived already: it says so when it is sent again.';

create table core.alarm_notice (
    notice_id       bigint generated always as identity primary key,
    tenant_id       integer not null,
    alarm_id        bigint not null references core.alarm,
    contact_id      integer not null references core.alarm_contact on delete cascade,
    what            text not null,
    created_at      timestamptz not null default clock_timestamp(),
    message_id      bigint references core.alarm_message
);
create index on core.alarm_notice (contact_id) where message_id is null;
create index on core.alarm_notice (message_id);
create index on core.alarm_notice (alarm_id);
comment on table core.alarm_notice is 'Who is to be told what of an alarm; several become one message.';

create table core.alarm_link (
    link_hash       bytea primary key,
    tenant_id       integer not null,
    message_id      bigint not null references core.alarm_message,
    until           timestamptz not null,
    used_at         timestamptz
);
create index on core.alarm_link (message_id);
comment on table core.alarm_link is 'One-time links with which a message''s alarms are acknowledged without a login; only their hashes are kept.';

select core.guard('core.alarm_contact', town => 'select (contact_id, tenant_id, name, shown, quiet_from, quiet_to, created_at), insert, update, delete');
select core.guard('core.alarm_chain', town => 'select, insert, update, delete');
select core.guard('core.alarm_chain_step', town => 'select, insert, delete');
select core.guard('core.alarm_rule', town => 'select, insert, update, delete');
select core.guard('core.alarm_rule_value', town => 'select, insert, delete');
select core.guard('core.alarm_exercise', town => 'select, insert, update, delete');
select core.guard('core.alarm', town => 'select, insert, update (acknowledged_at, acknowledged_by, escalate_at)', ingest => 'insert, update');
select core.guard('core.alarm_step', town => 'select, insert', ingest => 'insert');
select core.guard('core.alarm_notice', town => 'select', ingest => 'insert, update');
select core.guard('core.alarm_message', town => 'select', ingest => 'insert, update');
select core.guard('core.alarm_link', ingest => 'insert');

-- With a link somebody without a login sees and acknowledges the alarms of one message, and nothing else.

create function core.alarms_of_link(hash bytea)
returns table (message_id bigint, tenant_name text, contact_name text, until timestamptz, used_at timestamptz, alarm_id bigint, place text,
               said text, level smallint, value double precision, unit text, decimals smallint, measured_at timestamptz,
               raised_at timestamptz, acknowledged_at timestamptz, acknowledged_by text, closed_at timestamptz)
language sql stable security definer set search_path = pg_catalog as $$
    select m.message_id, t.name, m.contact_name, l.until, l.used_at, a.alarm_id, a.place, a.said, a.level, a.value, a.unit, a.decimals,
           a.measured_at, a.raised_at, a.acknowledged_at, a.acknowledged_by, a.closed_at
    from core.alarm_link l
    join core.alarm_message m using (message_id)
    join core.tenant t on t.tenant_id = m.tenant_id
    join core.alarm a on a.alarm_id in (select n.alarm_id from core.alarm_notice n where n.message_id = m.message_id)
    where l.link_hash = hash and l.until > now()
    order by a.level desc, a.alarm_id
$$;
comment on function core.alarms_of_link is 'The alarms of the message that a link came with; nothing if it is too old or never was.';

create function core.acknowledge_by_link(hash bytea) returns integer language sql security definer set search_path = pg_catalog as $$
    with used as (
        update core.alarm_link set used_at = now() where link_hash = hash and until > now() and used_at is null returning message_id
    ),
    done as (
        update core.alarm a set acknowledged_at = now(), acknowledged_by = m.contact_name, escalate_at = null
        from used u join core.alarm_message m using (message_id)
        where a.alarm_id in (select n.alarm_id from core.alarm_notice n where n.message_id = u.message_id)
          and a.acknowledged_at is null and a.closed_at is null
        returning a.alarm_id, a.tenant_id, a.acknowledged_by
    ),
    logged as (
        insert into core.alarm_step (alarm_id, tenant_id, what, who, note)
        select alarm_id, tenant_id, 'acknowledged', acknowledged_by, 'link' from done
    )
    select count(*)::integer from used
$$;
comment on function core.acknowledge_by_link is 'Acknowledge what a link is about, once; 0 if it was used, is too old or never was.';

do $$
begin
    execute format('grant execute on function core.alarms_of_link(bytea), core.acknowledge_by_link(bytea) to %I', core.role_name('api'));
end $$;

create table core.alarm_check (
    alarm_check_id  integer generated always as identity primary key,
    begun_at        timestamptz not null default clock_timestamp(),
    passed_at       timestamptz,
    problem         text
);
comment on table core.alarm_check is
    'Each trial of the whole chain: a reading through broker, ingest, rule and outbox. Until one has passed or failed it is under way.';

do $$
begin
    execute format('grant select on core.alarm_check to %I, %I', core.role_name('town'), core.role_name('api'));
end $$;
