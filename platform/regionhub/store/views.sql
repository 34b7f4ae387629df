-- Borders that every room's views stand on.

-- Datastreams that other towns share with this reader now, with the finest resolution granted.
create view api.granted_datastream with (security_barrier) as
select g.datastream_id,
       bool_or(g.resolution = 'raw') as raw,
       bool_or(g.resolution in ('raw', 'hourly')) as hourly
from core.sharing_grant g
where :seen(g.to_tenant_id)
  and g.revoked_at is null and g.valid_from <= now() and (g.valid_until is null or g.valid_until > now())
group by g.datastream_id;

create view api.level as
select signal, signal_order, state, level, urgency, rank, label_de, label_en, sign, tone, colour from core.level;
comment on view api.level is
    'What each signal can say (level 0 in order, 1 watch, 2 act, 3 emergency, null unknown), and the states of devices and messages '
    '(signals device and fate); labels and colours.';

create view api.reason as
select signal, reason, label_de, label_en, level, urgency from core.reason;
comment on view api.reason is 'What may stand behind a state of a signal, in words. level: what a single value says that nothing has confirmed yet.';
