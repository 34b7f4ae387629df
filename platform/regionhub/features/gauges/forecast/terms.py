"""What every forecast of a level says: for which hours, and which quantiles."""

from __future__ import annotations

#: Hours ahead.
LEADS = (1, 3, 6, 12)
#: The outer two are the band, the middle one the forecast.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
