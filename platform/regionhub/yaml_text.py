"""Reading YAML that people wrote."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

_MERGE = "tag:yaml.org,2002:merge"


def load_yaml(text: str) -> Any:
    """Return the content of a YAML text. A key that stands twice in one mapping is a mistake.

    Raises:
        yaml.YAMLError: it is no YAML, has such a key, a number or date that is none, or brackets
            within brackets without end.
    """
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - the safe loader, only stricter
    except ValueError as error:
        raise yaml.YAMLError(str(error)) from None
    except RecursionError:
        raise yaml.YAMLError("too many brackets within each other") from None


class _Loader(yaml.SafeLoader):
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
