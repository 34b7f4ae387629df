-- What each feature says about sites, in words. Written by every upgrade from the features.

create table core.level (
    signal          text not null,
    signal_order    smallint,
    state           text not null,
    level           smallint check (level between 0 and 3),
    urgency         real not null,
    rank            smallint not null,
    label_de        text not null,
    label_en        text not null,
    sign            text not null,
    tone            text not null,
    colour          text not null,
    primary key (signal, state)
);
comment on table core.level is
    'The states of a signal, and of devices and messages (signal_order null): level 0 in order, 1 watch, 2 act, 3 emergency, null unknown; the greatest urgency stands first '
    'among all signals, and rank 0 first in the lists of '
    'its signal, signal_order 0 first among signals of one level.';

create table core.reason (
    signal          text not null,
    reason          text not null,
    label_de        text not null,
    label_en        text not null,
    level           smallint check (level between 0 and 3),
    urgency         real not null,
    primary key (signal, reason)
);
comment on table core.reason is
    'What may stand behind a state of a signal, in words without since when. level: one above that of the state, which a single value says and '
    'nothing has confirmed yet; urgency as in core.level.';
