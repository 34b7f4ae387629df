"""The change of a level in the next hours: its mean and its quantiles.

Quantiles are learnt by gradient boosting. Their mean is that of boosting and of a ridge regression:
trees follow thresholds of a catchment but cannot say more than they have seen, a line can, and each
alone was worse on two rivers. The upper end is at least what the line says. Where there is too
little history, the level itself with its trend, and the changes that were seen, stand in for a
model and say so.

What is learnt is plain numbers; scikit-learn is needed to learn, not to forecast.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from regionhub.errors import InputError
from regionhub.features.gauges.forecast.terms import QUANTILES
from regionhub.features.gauges.forecast.trees import Floats, Forest

#: A model needs this much: less shows no season and no flood.
NEEDED_DAYS = 60
NEEDED_EVENTS = 3
#: A trend of the last hours is carried on for no longer than an hour: further it does harm.
_TREND_HOURS = 3
_TREND_LEAD = 1


@dataclass(frozen=True, slots=True)
class Changes:
    """Forecast changes of the level, in its unit: `mean` (rows), `quantiles` (rows, quantiles)."""

    mean: Floats
    quantiles: Floats


class Model(Protocol):
    """Something that forecasts changes of a level for one lead."""

    @property
    def name(self) -> str:
        """How it is called where people read it."""

    def forecast(self, known: pd.DataFrame) -> Changes:
        """The change for each row of predictors; quantiles rise."""

    def is_outside(self, known: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Whether a row has a level, or a rise of it, unlike all that was learnt from."""


def train(known: pd.DataFrame, level: pd.Series[float], lead: int, *, boosted: bool) -> Model:
    """A model of the change in so many hours.

    Args:
        known: predictors of hours, see `predictors`.
        level: of the same hours.
        lead: hours ahead.
        boosted: by boosting; else a trend.

    Raises:
        InputError: scikit-learn, the extra `forecast`, is not installed.
    """
    change = level.shift(-lead) - level
    usable = change.notna()
    if boosted:
        return Boosted.of(known[usable], change[usable])
    return Trend.of(known[usable], change[usable], lead)


def has_enough(level: pd.Series[float]) -> bool:
    """Whether a model can be learnt from these hours of a level."""
    return level.notna().sum() >= NEEDED_DAYS * 24 and _events(level) >= NEEDED_EVENTS


def _events(level: pd.Series[float]) -> int:
    """How often the level rose over what it exceeds in a twentieth of the time, a day apart."""
    high = level > level.quantile(0.95)
    hours = np.flatnonzero(high.to_numpy())
    return int(1 + np.count_nonzero(np.diff(hours) > 24)) if len(hours) else 0


@dataclass(frozen=True, slots=True)
class Trend:
    """The level stays, or for an hour goes on as in the last hours, as far as that did good."""

    lead: int
    share: float
    spread: Floats
    name: str = field(default="trend", init=False)

    @classmethod
    def of(cls, known: pd.DataFrame, change: pd.Series[float], lead: int) -> Trend:
        """Learn how much of the trend goes on, and how far changes were off."""
        came, trend = change.to_numpy(float), _trend(known, lead)
        both = np.isfinite(came)
        square = float(trend[both] @ trend[both])
        share = float(np.clip(trend[both] @ came[both] / square, 0, 1)) if square else 0.0
        off = came[both] - share * trend[both]
        spread = np.quantile(off, QUANTILES) if len(off) else np.zeros(len(QUANTILES))
        return cls(lead, share, spread - spread[len(QUANTILES) // 2])

    def forecast(self, known: pd.DataFrame) -> Changes:
        """See `Model`."""
        middle = self.share * _trend(known, self.lead)
        return Changes(middle, middle[:, None] + self.spread)

    def is_outside(self, known: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """See `Model`; a trend goes on from anywhere."""
        return np.zeros(len(known), dtype=bool)


def _trend(known: pd.DataFrame, lead: int) -> Floats:
    if lead > _TREND_LEAD:
        return np.zeros(len(known))
    trend = known[f"level_change_{_TREND_HOURS}"] / _TREND_HOURS * lead
    return trend.fillna(0.0).to_numpy(float)


@dataclass(frozen=True, slots=True)
class Line:
    """A ridge regression; `usual` is what stands for a predictor without a value."""

    usual: Floats
    slopes: Floats
    at_zero: float

    @classmethod
    def of(cls, fitted: Any) -> Line:
        """That of a pipeline of imputer, scaler and ridge."""
        usual, scaler, ridge = (part for _, part in fitted.steps)
        slopes = ridge.coef_ / scaler.scale_
        at_zero = float(ridge.intercept_ - scaler.mean_ @ slopes)
        return cls(np.asarray(usual.statistics_), np.asarray(slopes), at_zero)

    def predict(self, x: Floats) -> Floats:
        """What the line says of each row."""
        return np.asarray(np.where(np.isnan(x), self.usual, x) @ self.slopes + self.at_zero)


@dataclass(frozen=True, slots=True)
class Boosted:
    """Gradient boosting for the mean and each quantile, with a ridge regression beside it.

    `columns` are the predictors it knows, `lowest` and `highest` what they were; the models of
    `trees` are that of the mean, then those of the quantiles.
    """

    columns: tuple[str, ...]
    lowest: Floats
    highest: Floats
    trees: Forest
    line: Line
    name: str = field(default="gradient boosting", init=False)

    @classmethod
    def of(cls, known: pd.DataFrame, change: pd.Series[float]) -> Boosted:
        """Train on rows of predictors and the changes that followed."""
        parts = _parts()
        x, y = known.to_numpy(float), change.to_numpy(float)
        with parts.threads(1):  # a gauge is too small for more; several are trained side by side
            models = [parts.trees(loss="squared_error").fit(x, y)]
            models += [parts.trees(loss="quantile", quantile=q).fit(x, y) for q in QUANTILES]
            line = parts.line().fit(x, y)
        some = np.where(np.isnan(x).all(axis=0), 0.0, x)  # never measured: nothing is like it
        return cls(
            columns=tuple(map(str, known.columns)),
            lowest=np.nanmin(some, axis=0),
            highest=np.nanmax(some, axis=0),
            trees=Forest.of(models),
            line=Line.of(line),
        )

    def forecast(self, known: pd.DataFrame) -> Changes:
        """See `Model`."""
        x = self._read(known)
        line, said = self.line.predict(x), self.trees.predict(x)
        mean, quantiles = (said[:, 0] + line) / 2, np.sort(said[:, 1:], axis=1)
        quantiles[:, -1] = np.maximum(quantiles[:, -1], line)
        return Changes(np.clip(mean, quantiles[:, 0], quantiles[:, -1]), quantiles)

    def is_outside(self, known: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """See `Model`."""
        own = [place for place, name in enumerate(self.columns) if name.startswith("level")]
        x = self._read(known)[:, own]
        beyond = (x < self.lowest[own]) | (x > self.highest[own])
        return np.asarray(beyond.any(axis=1))

    def _read(self, known: pd.DataFrame) -> Floats:
        return known.reindex(columns=list(self.columns)).to_numpy(float)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What scikit-learn gives; imported only where a model is trained, because that takes time."""

    trees: Callable[..., Any]
    line: Callable[[], Any]
    threads: Callable[[int], AbstractContextManager[object]]


def can_learn() -> bool:
    """Whether the extra `forecast` is installed."""
    try:
        _parts()
    except InputError:
        return False
    return True


@cache
def _parts() -> _Parts:
    try:
        from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415
        from sklearn.impute import SimpleImputer  # noqa: PLC0415
        from sklearn.linear_model import Ridge  # noqa: PLC0415
        from sklearn.pipeline import make_pipeline  # noqa: PLC0415
        from sklearn.preprocessing import StandardScaler  # noqa: PLC0415
        from threadpoolctl import threadpool_limits  # noqa: PLC0415
    except ImportError as error:
        raise InputError(
            "forecasts of levels need the extra: pip install 'regionhub[forecast]'"
        ) from error
    return _Parts(
        trees=partial(
            HistGradientBoostingRegressor,
            max_iter=100,
            learning_rate=0.1,
            max_leaf_nodes=16,
            min_samples_leaf=30,
            early_stopping=False,
            random_state=0,
        ),
        line=lambda: make_pipeline(
            SimpleImputer(keep_empty_features=True), StandardScaler(), Ridge(10.0)
        ),
        threads=threadpool_limits,
    )
