"""Reading YAML that people wrote."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

_MERGE = "tag:yaml.org,2002:merge"
#: No character of a text: halves of one, and those that only steer a machine. Written as an escape
#: they pass a reader of YAML, and fail wherever the text is stored or shown.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
#: Nodes that a text may stand for. A short text can name a list of lists often enough to fill any
#: memory ("billion laughs"), and what people write has no more than some ten thousand.
_MOST_NODES = 500_000


def is_text(text: str) -> bool:
    """Whether each character of it is one that can be stored and shown."""
    return _NO_TEXT.search(text) is None


def load_yaml(text: str) -> Any:
    """Return the content of a YAML text. A key that stands twice in one mapping is a mistake.

    Raises:
        yaml.YAMLError: it is no YAML, has such a key, a number or date that is none, or brackets
            within brackets without end, parts that stand within themselves or too often, or a
            character that is none.
    """
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - the safe loader, only stricter
    except ValueError as error:
        raise yaml.YAMLError(str(error)) from None
    except RecursionError:
        raise yaml.YAMLError("too many brackets within each other") from None


class Bounded(yaml.composer.Composer):
    """Before a loader: refuses texts whose aliases stand for more than anybody writes."""

    def get_single_node(self) -> yaml.Node | None:
        """The document.

        Raises:
            yaml.YAMLError: a part stands within itself, or all of them are too many.
        """
        node: yaml.Node | None = super().get_single_node()
        if node is not None and _size(node, {}) > _MOST_NODES:
            raise yaml.YAMLError(f"it stands for more than {_MOST_NODES} values")
        return node


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """How many nodes one stands for, where each alias counts as what it names."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        known[id(node)] = 0
        pairs = isinstance(node, yaml.MappingNode)
        inner = [one for pair in node.value for one in pair] if pairs else node.value
        known[id(node)] = 1 + sum(_size(one, known) for one in inner)
    elif not known[id(node)]:
        raise yaml.YAMLError("a part of it stands within itself")
    return known[id(node)]


class _Loader(Bounded, yaml.SafeLoader):
    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        """A text in which each character is one."""
        text = super().construct_scalar(node)
        if isinstance(text, str) and not is_text(text):
            raise yaml.constructor.ConstructorError(
                None, None, f"no character of a text in {text[:40]!r}", node.start_mark
            )
        return text

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """The pairs of a mapping; of two like keys PyYAML would let the last one win."""
        lines: dict[Hashable, int] = {}
        for key_node, _ in node.value:
            key = None if key_node.tag == _MERGE else self.construct_object(key_node, deep=True)
            if key is None or not isinstance(key, Hashable):
                continue  # merged, or refused by the loader itself
            if key in lines:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key} stands in line {lines[key]} and again", key_node.start_mark
                )
            lines[key] = key_node.start_mark.line + 1
        return super().construct_mapping(node, deep)
