-- Who waters with which truck, the rounds of a day, and what was poured where.

create table core.watering_crew (
    crew_id         integer generated always as identity primary key,
    tenant_id       integer not null references core.tenant on delete cascade,
    name            text not null check (name <> '' and length(name) <= 60),
    tank_litres     integer not null check (tank_litres between 200 and 30000),
    depot           text not null check (length(depot) <= 120),
    latitude        double precision not null check (latitude between -90 and 90),
    longitude       double precision not null check (longitude between -180 and 180),
    active          boolean not null default true,
    unique (tenant_id, name),
    unique (crew_id, tenant_id)
);
comment on table core.watering_crew is
    'A crew with its truck: what the tank holds and where it is filled (depot, degrees WGS 84). Inactive ones keep their rounds.';

create table core.watering_round (
    round_id        integer generated always as identity primary key,
    tenant_id       integer not null,
    crew_id         integer not null,
    day             date not null,
    metres          double precision not null,
    planned_at      timestamptz not null default now(),
    planned_by      text not null,
    unique (crew_id, day),
    unique (round_id, tenant_id),
    foreign key (crew_id, tenant_id) references core.watering_crew (crew_id, tenant_id) on delete cascade
);
create index on core.watering_round (tenant_id, day);
comment on table core.watering_round is 'The round of a crew on a day (German time); metres by road, estimated. Planned anew it takes the place of the former.';

create table core.watering_stop (
    round_id        integer not null,
    tenant_id       integer not null,
    place           integer not null,
    trip            integer not null,
    site_id         integer not null,
    litres          double precision not null check (litres > 0),
    primary key (round_id, place),
    foreign key (round_id, tenant_id) references core.watering_round (round_id, tenant_id) on delete cascade,
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id) on delete cascade
);
create index on core.watering_stop (site_id);
comment on table core.watering_stop is 'The stops of a round in driving order. Before each trip the tank is filled at the depot.';

create table core.watering (
    watering_id     uuid not null,
    tenant_id       integer not null,
    site_id         integer not null,
    time            timestamptz not null,
    litres          double precision not null check (litres > 0 and litres <= 5000),
    who             text not null check (who <> '' and length(who) <= 200),
    source          text not null check (source in ('round', 'csv', 'api', 'portal')),
    entered_at      timestamptz not null default now(),
    undone_at       timestamptz,
    undone_by       text,
    hidden_at       timestamptz,
    reaction        text check (reaction in ('arrived', 'not_arrived', 'silent')),
    quantity        text,
    rise            double precision,
    reacted_at      timestamptz,
    primary key (tenant_id, watering_id),
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id) on delete cascade,
    check ((undone_at is null) = (undone_by is null)),
    check ((reaction is null) = (reacted_at is null))
);
create index on core.watering (site_id, time);
create index on core.watering (tenant_id, time);
create index on core.watering (time) where reaction is null and undone_at is null;
create index on core.watering (time) where hidden_at is null;
comment on table core.watering is
    'What was poured at a site, when and by whom. Whoever enters it makes watering_id, so that an entry that is sent again is the same one. '
    'What was entered by mistake is undone and stays. hidden_at: when who became a pseudonym. reaction: what the site''s own soil sensor said '
    'to it within a day; rise: by how much, in percentage points or kPa that the tension fell.';

select core.guard('core.watering_crew', town => 'select, insert, update, delete');
select core.guard('core.watering_round', town => 'select, insert, update, delete');
select core.guard('core.watering_stop', town => 'select, insert, update, delete');
select core.guard('core.watering', town => 'select, insert, update');
