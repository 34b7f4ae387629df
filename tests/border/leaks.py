"""What an expression of a reader meets below the views of schema api.

A view may give the right rows and still show others: an expression that fails tells by its error
what it was given, if the planner evaluates it before the tenant filter. So each column of each view
is given a cheap expression that fails on every value, under each setting of the planner: by a
reader who may see no row at all, and by one for whom it fails on rows of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

import psycopg
from psycopg import sql

from tests.border.catalog import Column
from tests.rows import Connection

Setting = dict[str, str]
#: Every way to join, to find rows, to sort and group them, and other orders of joins.
SETTINGS: tuple[Setting, ...] = (
    {},
    {"enable_hashjoin": "off", "enable_mergejoin": "off"},
    {"enable_nestloop": "off", "enable_hashjoin": "off"},
    {"enable_nestloop": "off", "enable_mergejoin": "off", "enable_sort": "off"},
    {"enable_indexscan": "off", "enable_bitmapscan": "off", "enable_indexonlyscan": "off"},
    {"enable_hashagg": "off", "enable_material": "off", "enable_memoize": "off"},
    {"from_collapse_limit": "1", "join_collapse_limit": "1", "geqo_threshold": "2"},
)


def statement(some: Sequence[Column], own: Sequence[int]) -> sql.Composed:
    """What fails on every row of a town that is not among these, whatever stands in it.

    The columns are of one view; the planner places each condition as it would place it alone.
    """
    fails = [sql.SQL("concat('x', {})::int = 1").format(sql.Identifier(one.name)) for one in some]
    if own:
        towns = sql.Literal(list(own))
        own_or = sql.SQL("case when tenant_id = any ({}) then true else {} end")
        fails = [own_or.format(towns, fail) for fail in fails]
    view = sql.Identifier("api", some[0].view)
    return sql.SQL("select 1 from {} where {}").format(view, sql.SQL(" and ").join(fails))


def leaks(
    reader: Connection, found: Sequence[Column], setting: Setting, own: Sequence[int]
) -> list[str]:
    """What leaks to a reader (autocommit) under a setting of the planner.

    As the planner is set by itself each column is tried alone, else all of a view together.

    Args:
        reader: a connection under its role.
        found: columns to try.
        setting: of the planner.
        own: towns whose rows the reader may meet; none if it sees no row anywhere.
    """
    leaked: list[str] = []
    for name, value in setting.items():
        reader.execute(sql.SQL("set {} = {}").format(sql.Identifier(name), sql.Literal(value)))
    tried = [column for column in found if column.tells_town or not own]
    for _, same in groupby(tried, attrgetter("view") if setting else None):
        some = list(same)
        try:
            reader.execute(statement(some, own))
        except psycopg.Error as error:
            which = "*" if setting else some[0].name
            leaked.append(f"{some[0].view}.{which} {setting}: {error}")
    for name in setting:
        reader.execute(sql.SQL("reset {}").format(sql.Identifier(name)))
    return leaked
