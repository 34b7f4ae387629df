-- A replay that changes a million frames writes seven million versions, and to look up their replay for each of them was a
-- sixth of its time. Only ingest writes versions, in the transaction that advances their replay; nobody may remove a replay.
alter table core.reading_version drop constraint reading_version_replay_id_fkey;
