-- Corrections of what a sensor measures: applied to what its codec says, wherever that becomes a reading. The raw value is that of the
-- codec, and what it was read from stays in the uplink.

create table core.calibration (
    calibration_id  bigint generated always as identity primary key,
    tenant_id       integer not null,
    device_id       integer not null,
    quantity        text not null check (quantity <> ''),
    position        text not null default '',
    valid_from      timestamptz not null,
    factor          double precision not null check (factor between 0.001 and 1000),
    added           double precision not null check (added between -1000000 and 1000000),
    calibrated_at   timestamptz not null default now(),
    calibrated_by   text not null check (calibrated_by <> ''),
    why             text not null check (why <> '' and length(why) <= 300),
    withdrawn_at    timestamptz,
    withdrawn_by    text,
    foreign key (device_id, tenant_id) references core.device (device_id, tenant_id) on delete cascade
);
create index on core.calibration (device_id);
comment on table core.calibration is
    'From valid_from on a value is factor * raw + added, in the unit of the quantity, until the next one; withdrawn ones hold no more.';

create trigger calibration_inserted after insert on core.calibration referencing new table as changed
    for each statement execute function core.bump_registry_version();
create trigger calibration_updated after update on core.calibration referencing new table as changed
    for each statement execute function core.bump_registry_version();

select core.guard('core.calibration', town => 'select, insert');

do $$
begin
    execute format('grant update (withdrawn_at, withdrawn_by) on core.calibration to %I', core.role_name('town'));
end $$;
