"""Boosted trees as plain arrays: what is learnt is numbers, which can be kept and read safely.

All nodes of all trees stand in one row. A leaf leads to itself, so every value takes the same
number of steps and many trees are gone through at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
#: Rows that are gone through at once; more take memory and no less time.
_ROWS = 512


@dataclass(frozen=True, slots=True)
class Forest:
    """Several boosted models of the same predictors.

    `roots` has a row for each model with the node its trees begin at, `begins` the value it begins
    with. Of a node: `feature` is the predictor that is asked, up to `threshold` it goes on at
    `left`, else at `right`, without a value at `missing`; `value` is what a leaf adds. No value is
    further than `depth` steps.
    """

    begins: Floats
    roots: npt.NDArray[np.int32]
    feature: npt.NDArray[np.int16]
    threshold: Floats
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    missing: npt.NDArray[np.int32]
    value: npt.NDArray[np.float32]
    depth: int

    @classmethod
    def of(cls, models: Sequence[Any]) -> Forest:
        """What `HistGradientBoostingRegressor`s have learnt, without categories."""
        # what is private there may change with a version: a test compares the forecasts
        trees = [[stage[0].nodes for stage in model._predictors] for model in models]  # noqa: SLF001
        sizes = np.array([[len(nodes) for nodes in forest] for forest in trees])
        roots = np.concatenate([[0], np.cumsum(sizes.ravel())[:-1]]).reshape(sizes.shape)
        nodes = np.concatenate([nodes for forest in trees for nodes in forest])
        first = np.repeat(roots.ravel(), sizes.ravel())
        leaf = nodes["is_leaf"].astype(bool)
        here = np.arange(len(nodes))

        def child(name: str) -> npt.NDArray[np.int32]:
            return np.where(leaf, here, first + nodes[name]).astype(np.int32)

        left, right = child("left"), child("right")
        return cls(
            begins=np.array(
                [float(np.ravel(one._baseline_prediction)[0]) for one in models]  # noqa: SLF001
            ),
            roots=roots.astype(np.int32),
            feature=np.where(leaf, 0, nodes["feature_idx"]).astype(np.int16),
            threshold=np.where(leaf, np.inf, nodes["num_threshold"]),
            left=left,
            right=right,
            missing=np.where(nodes["missing_go_to_left"].astype(bool), left, right),
            value=nodes["value"].astype(np.float32),
            depth=int(nodes["depth"].max()),
        )

    def predict(self, x: Floats) -> Floats:
        """What each model says (columns) about each row of predictors; NaN where one is unknown."""
        said = np.empty((len(x), len(self.begins)))
        for start in range(0, len(x), _ROWS):
            some = x[start : start + _ROWS]
            for number, roots in enumerate(self.roots):
                leaves = self._leaves(some, roots)
                said[start : start + _ROWS, number] = self.value[leaves].sum(axis=1, dtype=float)
        return said + self.begins

    def _leaves(self, x: Floats, roots: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        flat, width = x.ravel(), x.shape[1]
        begin = np.arange(0, len(flat), width, dtype=np.int64)[:, None]
        gaps = bool(np.isnan(flat).any())
        node = np.repeat(roots[None, :], len(x), axis=0)
        for _ in range(self.depth):
            value = flat.take(begin + self.feature.take(node))
            go_left = value <= self.threshold.take(node)
            onward = np.where(go_left, self.left.take(node), self.right.take(node))
            node = np.where(np.isnan(value), self.missing.take(node), onward) if gaps else onward
        return node
