"""What was learnt, as bytes: arrays of numbers and names (numpy's .npz), and nothing that runs.

Whoever could write into the database could otherwise make the worker run a program of theirs
(docs/decisions/0009).
"""

from __future__ import annotations

from dataclasses import fields
from io import BytesIO
from typing import Any

import numpy as np

from regionhub.features.gauges.forecast.bands import Correction
from regionhub.features.gauges.forecast.model import Boosted, Line, Model, Trend
from regionhub.features.gauges.forecast.trees import Forest


def packed(model: Model, correction: Correction) -> bytes:
    """The numbers of a model and of the correction of its band."""
    arrays: dict[str, Any] = {"correction": [correction.move, correction.least]}
    match model:
        case Trend():
            arrays |= {"trend": [model.lead, model.share], "spread": model.spread}
        case Boosted():
            arrays |= {"columns": np.array(model.columns), "lowest": model.lowest}
            arrays |= {"highest": model.highest}
            arrays |= _numbers("trees", model.trees) | _numbers("line", model.line)
        case _:
            raise TypeError(f"{model} cannot be kept")
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpacked(data: bytes) -> tuple[Model, Correction]:
    """The same again.

    Raises:
        ValueError: the bytes hold something else than arrays.
    """
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        move, least = (float(value) for value in arrays["correction"])
        correction = Correction(move, least)
        if "trend" in arrays:
            lead, share = arrays["trend"]
            return Trend(int(lead), float(share), arrays["spread"]), correction
        line = _read("line", Line, arrays) | {"at_zero": float(arrays["line.at_zero"])}
        trees = _read("trees", Forest, arrays) | {"depth": int(arrays["trees.depth"])}
        return Boosted(
            columns=tuple(map(str, arrays["columns"])),
            lowest=arrays["lowest"],
            highest=arrays["highest"],
            trees=Forest(**trees),
            line=Line(**line),
        ), correction


def _numbers(name: str, part: Forest | Line) -> dict[str, Any]:
    return {f"{name}.{field.name}": getattr(part, field.name) for field in fields(part)}


def _read(name: str, kind: type[Forest | Line], arrays: Any) -> dict[str, Any]:
    return {field.name: arrays[f"{name}.{field.name}"] for field in fields(kind)}
