-- name: progress
select task, label_de, label_en, done, total, started_at, updated_at from api.progress order by started_at, task

-- name: write_progress
insert into core.progress as p (task, label_de, label_en, done, total)
values (%(task)s, %(label_de)s, %(label_en)s, %(done)s, %(total)s)
on conflict (task) do update set done = excluded.done, total = excluded.total, updated_at = now(),
    started_at = case when p.finished_at is null then p.started_at else now() end,
    finished_at = case when excluded.done >= excluded.total then now() end
