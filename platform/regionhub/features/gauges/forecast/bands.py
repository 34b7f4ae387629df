"""Bands that hold what they say: quantiles corrected by how far they were off lately.

Conformalized quantile regression (Romano, Patterson and Candès 2019), with scores relative to the
width of the band, and with weights that halve within a week, because rivers change their seasons
(Barber, Candès, Ramdas and Tibshirani 2023, beyond exchangeability).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regionhub.features.gauges.forecast.terms import QUANTILES
from regionhub.features.gauges.forecast.trees import Floats

#: Scores of so many hours decide about the next hour ...
_WINDOW = 60 * 24
#: ... and count half as much for each so many hours that they are older.
_HALVED = 7 * 24
#: The correction is made anew so often: as the job does.
_HOURS_A_DAY = 24
_MIDDLE = len(QUANTILES) // 2
#: What the band shall cover.
COVERAGE = QUANTILES[-1] - QUANTILES[0]


@dataclass(frozen=True, slots=True)
class Correction:
    """How far the ends of a band are moved outwards.

    `move` is in widths of the band; one that is narrower than `least` counts as that wide.
    """

    move: float
    least: float

    def applied(self, quantiles: Floats) -> Floats:
        """Corrected quantiles; no end passes the middle."""
        return _moved(quantiles, np.full(len(quantiles), self.move), self.least)


def least_width(quantiles: Floats) -> float:
    """A tenth of the usual width: what was calm lately is not calm for ever."""
    widths = quantiles[:, -1] - quantiles[:, 0]
    return max(float(np.nanmedian(widths)) / 10 if len(widths) else 0.0, 1e-9)


def scores(quantiles: Floats, came: Floats, least: float) -> Floats:
    """How far values lay outside of the band (positive) or inside (negative), in its widths."""
    low, high = quantiles[:, 0], quantiles[:, -1]
    return np.maximum(low - came, came - high) / _width(quantiles, least)


def correction(known: Floats, least: float) -> Correction:
    """That of the last scores, the newest last; of none, none."""
    return Correction(_move(known[-_WINDOW:]), least)


def corrected(quantiles: Floats, before: Floats, lead: int, came: Floats, least: float) -> Floats:
    """Quantiles of consecutive hours, each corrected by the scores known at it.

    Args:
        quantiles: shape (hours, quantiles).
        before: scores of the hours before the first, the newest last.
        lead: hours until the truth about a forecast is known.
        came: what came, for each hour; only what lies `lead` hours back is used.
        least: see `least_width`.
    """
    every = np.concatenate([before[-_WINDOW:], scores(quantiles, came, least)])
    offset = len(every) - len(quantiles)
    move = np.empty(len(quantiles))
    for start in range(0, len(quantiles), _HOURS_A_DAY):
        end = max(0, start + offset - lead + 1)
        move[start : start + _HOURS_A_DAY] = _move(every[max(0, end - _WINDOW) : end])
    return _moved(quantiles, move, least)


def _move(known: Floats) -> float:
    """What as much of the scores stays within as the band shall cover; the newest is the last."""
    weights = 0.5 ** (np.arange(len(known))[::-1] / _HALVED)
    there = np.isfinite(known)
    known, weights = known[there], weights[there]
    if not len(known):
        return 0.0
    order = np.argsort(known)
    within = np.cumsum(weights[order]) / weights.sum()
    place = min(int(np.searchsorted(within, COVERAGE)), len(known) - 1)
    return float(known[order[place]])


def _moved(quantiles: Floats, move: Floats, least: float) -> Floats:
    shift = move * _width(quantiles, least)
    result = quantiles.copy()
    result[:, 0] = np.minimum(quantiles[:, 0] - shift, quantiles[:, _MIDDLE])
    result[:, -1] = np.maximum(quantiles[:, -1] + shift, quantiles[:, _MIDDLE])
    return np.sort(result, axis=1)


def _width(quantiles: Floats, least: float) -> Floats:
    return np.maximum(quantiles[:, -1] - quantiles[:, 0], least)
