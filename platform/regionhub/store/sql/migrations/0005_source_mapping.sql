-- Where the values stand in the messages of a source whose format does not say it all.
alter table core.source add column mapping jsonb check (jsonb_typeof(mapping) = 'object');
comment on column core.source.mapping is
    'Entries of a message mapping (docs/lns-formats.md): all of them for the format generic, else what differs from the shipped one.';
