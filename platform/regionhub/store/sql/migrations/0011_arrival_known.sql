-- Processed again, an imported message must not take the moment of its import for a time at which anything was measured.
alter table core.dead_letter add column arrival_known boolean not null default true;
comment on column core.dead_letter.arrival_known is
    'False: the message was imported and nobody recorded when it arrived; first_received_at is when it was imported.';
