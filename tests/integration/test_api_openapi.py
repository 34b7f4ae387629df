"""The description of the API: every default and example is a value that its schema permits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.hub import Hub


@pytest.fixture(scope="module")
def document(hub: Hub) -> dict[str, Any]:
    found: dict[str, Any] = hub.client().get("/api/v1/openapi.json").json()
    return found


def test_defaults_and_examples_fit_their_schemas(document: dict[str, Any]) -> None:
    validator = Draft202012Validator(document)
    values = list(_values(document, "#"))
    assert len(values) > 50
    wrong = [
        f"{path}: {error.message}"
        for path, schema, value in values
        for error in validator.evolve(schema=schema).iter_errors(value)
    ]
    assert wrong == []


def _values(node: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Every default and example with the schema that it has to fit."""
    if isinstance(node, list):
        for number, one in enumerate(node):
            yield from _values(one, f"{path}/{number}")
    if not isinstance(node, dict):
        return
    # an example of a parameter or a body stands beside its schema, one of a schema inside
    schema = node.get("schema", node)
    if not path.endswith("/properties"):
        if "default" in node:
            yield f"{path}/default", schema, node["default"]
        examples = node.get("examples", [])
        for example in examples if isinstance(examples, list) else []:
            yield f"{path}/examples", schema, example
        if "example" in node:
            yield f"{path}/example", schema, node["example"]
    for name, child in node.items():
        if name not in {"default", "example", "examples"} or path.endswith("/properties"):
            yield from _values(child, f"{path}/{name}")


def test_what_changes_something_names_no_defaults(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    changes = [name for name in schemas if name.endswith("Changes")]
    assert {"SiteChanges", "DeviceChanges"} <= set(changes)
    for name in changes:
        assert schemas[name]["additionalProperties"] is False
        for value in schemas[name]["properties"].values():
            assert "default" not in value, "what is not named stays"
