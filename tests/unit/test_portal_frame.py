"""The frame around all pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes

FRAME = Path(__file__).parents[2] / "platform/regionhub/web/portal/templates/base.html"


def test_the_frame_takes_no_name_from_a_page() -> None:
    """What is set at its top reaches into the blocks, in place of a value of that name."""
    assert list(_names(Environment().parse(FRAME.read_text(encoding="utf-8")))) == []


def _names(node: nodes.Node) -> Iterator[str]:
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Macro):
            yield child.name
        elif isinstance(child, nodes.Assign) and isinstance(child.target, nodes.Name):
            yield child.target.name
        elif not isinstance(child, nodes.With | nodes.Block):
            yield from _names(child)
