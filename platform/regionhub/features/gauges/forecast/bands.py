"""Bands that hold what they say: quantiles corrected by how far they were off lately.

Conformalized quantile regression (Romano, Patterson and Candès 2019), with scores relative to the
width of the band, and over a window that moves with time, because rivers change their seasons.
"""

from __future__ import annotations

import numpy as np

from regionhub.features.gauges.forecast.model import QUANTILES, Floats

#: Scores of so many hours decide about the next hour.
_WINDOW = 60 * 24
#: What the band shall cover.
COVERAGE = QUANTILES[-1] - QUANTILES[0]


def scores(quantiles: Floats, came: Floats) -> Floats:
    """How far values lay outside of the band (positive) or inside (negative), in its widths."""
    low, high = quantiles[:, 0], quantiles[:, -1]
    return np.maximum(low - came, came - high) / _width(quantiles)


def corrected(quantiles: Floats, before: Floats, lead: int, came: Floats) -> Floats:
    """Quantiles whose outer two are moved by the scores known at each hour.

    Args:
        quantiles: of consecutive hours, shape (hours, quantiles).
        before: scores of the hours before the first, the newest last.
        lead: hours until the truth about a forecast is known.
        came: what came, for each hour; only what lies `lead` hours back is used.
    """
    every = np.concatenate([before[-_WINDOW:], scores(quantiles, came)])
    offset = len(every) - len(quantiles)
    move = np.empty(len(quantiles))
    for start in range(0, len(quantiles), 24):  # once a day, as the job does
        known = every[max(0, start + offset - lead - _WINDOW + 1) : start + offset - lead + 1]
        known = known[np.isfinite(known)]
        move[start : start + 24] = np.quantile(known, COVERAGE) if len(known) else 0.0
    shift = move * _width(quantiles)
    result = quantiles.copy()
    result[:, 0] = np.minimum(quantiles[:, 0] - shift, quantiles[:, len(QUANTILES) // 2])
    result[:, -1] = np.maximum(quantiles[:, -1] + shift, quantiles[:, len(QUANTILES) // 2])
    return np.sort(result, axis=1)


def _width(quantiles: Floats) -> Floats:
    width = quantiles[:, -1] - quantiles[:, 0]
    least = np.nanmedian(width) / 10 if len(width) else 0.0
    return np.maximum(width, max(least, 1e-9))
