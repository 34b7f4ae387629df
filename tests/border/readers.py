"""Who comes to the border, and what must not come out for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal

import httpx

from tests.border.towns import Border, BorderTown, Thing
from tests.served import Served, served
from tests.world import World

Rank = Literal["anyone", "viewer", "editor", "admin", "operator"]
#: Nobody who comes to the border has the last one: an operator sees the names of all towns.
RANKS: tuple[Rank, ...] = ("anyone", "viewer", "editor", "admin", "operator")


@dataclass(frozen=True)
class Reader:
    """Somebody who asks; `towns` are those whose rows are their own."""

    name: str
    client: httpx.Client
    rank: Rank
    towns: tuple[BorderTown, ...]
    granted: bool

    def may(self, rank: Rank) -> bool:
        """Whether they have these rights."""
        return RANKS.index(self.rank) >= RANKS.index(rank)


@dataclass
class Doors:
    """The interfaces of a hub, and all who come to them."""

    hub: Served
    border: Border
    readers: list[Reader]

    def hidden(self, towns: tuple[BorderTown, ...], *, granted: bool) -> list[str]:
        """Words, DevEUIs and values that nobody may see who sees these towns as their own.

        Args:
            towns: whose rows are the reader's own.
            granted: whether the reader has what was granted to `border.own`.
        """
        found: list[str] = []
        for town in self.border.towns:
            if town not in towns:
                given = granted and town is self.border.giver
                found.append(town.secret if given else town.word)
                found += [text for thing in town.things for text in marks(thing)]
                found += [
                    str(thing.mark)
                    for resolution, thing in self.border.granted.items()
                    if town is self.border.giver and not (given and resolution == "raw")
                ]
        return found


def marks(thing: Thing) -> tuple[str, str]:
    """What tells that something is of a thing: its DevEUI and its value."""
    return thing.device.dev_eui, str(thing.mark)


@contextmanager
def doors(owner_url: str, border: Border) -> Iterator[Doors]:
    """Serve the border, for readers of each kind."""
    with ExitStack() as stack:
        hub = stack.enter_context(served(owner_url, border.world))
        region = border.world.town("region", kind="region")
        own, nobody = (border.own,), border.nobody.account("admin")
        people = {rank: border.own.town.account(rank) for rank in RANKS[1:4]}
        reading, writing = border.own.town.key("read"), border.own.town.key()
        readers = [
            Reader("a stranger", hub.client(), "anyone", (), granted=False),
            Reader("a wrong key", hub.client(key="rhk_wrong"), "anyone", (), granted=False),
            Reader("a key that reads", hub.client(key=reading), "viewer", own, granted=True),
            Reader("a key that writes", hub.client(key=writing), "editor", own, granted=True),
            *(
                Reader(rank, hub.signed_in(login), rank, own, granted=True)
                for rank, login in people.items()
            ),
            # sees who shares with it, and what was granted to them
            Reader("region", hub.signed_in(region.account("admin")), "admin", own, granted=True),
            Reader("nobody's", hub.signed_in(nobody), "admin", (), granted=False),
        ]
        # no answer stands on what they do, which is refused: all is decided once
        border.world.decide()
        for reader in readers:
            reader.client.event_hooks["request"].clear()
        yield Doors(hub, border, readers)


def ids(town: BorderTown, thing: Thing) -> dict[str, int]:
    """What an address or a parameter can name."""
    return {
        "site_id": thing.site,
        "upstream_site_id": thing.site,
        "curve_id": town.ids["curve_id"],
        "device_id": thing.device.device_id,
        "datastream_id": thing.stream,
        "installation_id": thing.device.installation_id,
        "calibration_id": town.ids["calibration"],
        "replay_id": town.ids["replay"],
        "source_id": town.ids["source"],
        "account_id": town.ids["account"],
        "api_key_id": town.ids["api_key"],
        **{name: town.ids[name] for name in ("alarm_id", "rule_id", "chain_id", "contact_id")},
        "site_group_id": town.ids["site_group_id"],
        "ort": town.tenant_id,
    }


def fingerprint(world: World, towns: tuple[BorderTown, ...]) -> dict[str, str]:
    """All rows of towns, table by table."""
    ids = [town.tenant_id for town in towns]
    tables = world.select(
        "select a.attrelid::regclass::text as name "
        "from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind = 'r' "
        "join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('core', 'auth') "
        "where a.attname = 'tenant_id'"
    )
    return {
        table["name"]: world.select(
            f"select md5(string_agg(t::text, ';' order by t::text)) as rows "
            f"from {table['name']} t where tenant_id = any (%s)",
            ids,
        )[0]["rows"]
        for table in tables
    }
