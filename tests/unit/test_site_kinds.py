"""A kind of site is known everywhere or nowhere."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import get_args

from regionhub.sites import SiteKind
from regionhub.web.portal.states import KINDS

ALL = set(get_args(SiteKind))


def test_it_has_a_word_and_a_shape() -> None:
    assert set(KINDS) == ALL
    shapes = (files("regionhub.web.portal") / "static" / "shapes.svg").read_text("utf-8")
    assert set(re.findall(r'<symbol id="(\w+)"', shapes)) == ALL


def test_the_database_takes_it() -> None:
    table = (files("regionhub.registry") / "migrations" / "0002_sites.sql").read_text("utf-8")
    [taken] = re.findall(r"check \(kind in \(([^)]*)\)\)", table)
    assert set(re.findall(r"'(\w+)'", taken)) == ALL
