-- A replay that changes a million frames writes seven million versions, and to look up their replay for each of them was a
-- sixth of its time. Only ingest writes versions, in the transaction that advances their replay. So that they keep it:
alter table core.reading_version drop constraint reading_version_replay_id_fkey;

create function core.keep_replays() returns trigger language plpgsql as $$
begin
    raise exception 'replays are never removed: they say who changed readings, when and why';
end $$;
create trigger keep_replays before delete or truncate on core.replay
    for each statement execute function core.keep_replays();
