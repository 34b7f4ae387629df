-- What a tree register (Baumkataster) says of a tree beyond what every site has.

create table core.tree (
    site_id         integer primary key,
    tenant_id       integer not null,
    species         text,
    crown_m         double precision check (crown_m > 0 and crown_m <= 60),
    foreign key (site_id, tenant_id) references core.site (site_id, tenant_id) on delete cascade
);
comment on table core.tree is 'What the tree register of a town says of a tree: species, and the diameter of its crown in m.';

select core.guard('core.tree', town => 'select, insert, update, delete');
