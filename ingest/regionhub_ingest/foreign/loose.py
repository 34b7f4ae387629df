"""YAML and JSON as people write them in device repositories.

Numbers are those of YAML 1.2: 08 is eight and not a text, 010 is ten, 0x0A too; a date stays a
text, `on` a text. Of a key that stands twice both lists count.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from regionhub.yaml_text import Bounded
from regionhub_ingest.foreign.found import Unreadable

_HEX = re.compile(r"(?<=[\s\[,:])0x([0-9a-fA-F]+)")


class _TextLoader(Bounded, yaml.BaseLoader):
    """Leaves all scalars as they were written."""


class _Loader(Bounded, yaml.SafeLoader):
    """Reads scalars as YAML 1.2 does."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - as its base declares it


def _resolve(tag: str, pattern: str, first: str) -> None:
    begins = ["", *first] if tag == "null" else list(first)
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), begins)


_resolve("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolve("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0[xX][0-9a-fA-F]+)$", "-+0123456789")
_resolve(
    "float",
    r"^(?:[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
    "-+0123456789.",
)
_resolve("null", r"^(?:~|null|Null|NULL|)$", "~nN")
_resolve("merge", r"^(?:<<)$", "<")


def _int(loader: _Loader, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node).lower()

    return int(text, 0) if text.startswith(("0x", "0o")) else int(text)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        value = loader.construct_object(value_node, deep=True)
        try:
            before = found.get(key)
        except TypeError:
            raise yaml.constructor.ConstructorError(
                None, None, "a key that is a list", key_node.start_mark
            ) from None
        both = isinstance(before, list) and isinstance(value, list)
        found[key] = before + value if both else value
    return found


_Loader.add_constructor("tag:yaml.org,2002:int", _int)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load_yaml(text: str, name: str, *, texts: bool = False) -> dict[str, Any]:
    """Read a mapping; with `texts` all scalars stay as they were written ("1.0" is a version).

    Raises:
        Unreadable: no YAML, or no mapping.
    """
    try:
        content = yaml.load(text, _TextLoader if texts else _Loader)  # noqa: S506 - both are safe
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(f"{name} is no YAML: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(content, dict):
        raise Unreadable(f"{name} is empty" if content in (None, "") else f"{name} is no mapping")
    return content


def load_json(text: str, name: str) -> Any:
    """Read JSON in which numbers may be hexadecimal.

    Raises:
        Unreadable: it is none.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(_HEX.sub(lambda found: str(int(found[1], 16)), text))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{name} is no JSON: {error}") from None
