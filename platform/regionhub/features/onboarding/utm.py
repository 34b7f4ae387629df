"""Coordinates as German surveyors write them: ETRS89 in UTM, to degrees."""

from __future__ import annotations

import math

from regionhub.errors import BadValue

#: GRS 80, and what UTM makes of the middle of a zone.
_RADIUS, _FLATTENING = 6_378_137.0, 1 / 298.257222101
_SCALE, _FALSE_EASTING = 0.9996, 500_000.0
#: Of Südwestfalen; another zone stands before the easting: 33391390.
_ZONE = 32
_ZONES = range(31, 34)
#: Degrees are less than this, and metres of any place in Germany more.
LARGEST_DEGREES = 1000.0


def from_utm(easting: float, northing: float) -> tuple[float, float]:
    """Latitude and longitude in degrees, right to a centimetre within Germany.

    Series of Krüger (1912) to the third order in n, as in Kawase, Bulletin of the Geospatial
    Information Authority of Japan 59 (2011).

    Raises:
        BadValue: these are no metres of UTM, such as those of Gauß-Krüger.
    """
    zone, east = divmod(easting, 1_000_000)
    zone = zone or _ZONE
    if zone not in _ZONES or not 5_000_000 < northing < 6_200_000:
        raise BadValue(
            "must be degrees (WGS 84) or metres of UTM zone 32 (ETRS89, EPSG:25832)",
            de="müssen Grad (WGS 84) oder Meter in UTM Zone 32 (ETRS89, EPSG:25832) sein; "
            "Gauß-Krüger-Werte rechnen Sie vorher um",
        )
    n = _FLATTENING / (2 - _FLATTENING)
    radius = _RADIUS / (1 + n) * (1 + n**2 / 4 + n**4 / 64) * _SCALE
    xi, eta = northing / radius, (east - _FALSE_EASTING) / radius
    beta = (n / 2 - 2 * n**2 / 3 + 37 * n**3 / 96, n**2 / 48 + n**3 / 15, 17 * n**3 / 480)
    delta = (2 * n - 2 * n**2 / 3 - 2 * n**3, 7 * n**2 / 3 - 8 * n**3 / 5, 56 * n**3 / 15)
    terms = list(enumerate(beta, 1))
    true_xi = xi - sum(b * math.sin(2 * j * xi) * math.cosh(2 * j * eta) for j, b in terms)
    true_eta = eta - sum(b * math.cos(2 * j * xi) * math.sinh(2 * j * eta) for j, b in terms)
    chi = math.asin(math.sin(true_xi) / math.cosh(true_eta))
    latitude = chi + sum(d * math.sin(2 * j * chi) for j, d in enumerate(delta, 1))
    longitude = math.atan2(math.sinh(true_eta), math.cos(true_xi))
    middle = 6 * zone - 183
    return round(math.degrees(latitude), 7), round(middle + math.degrees(longitude), 7)
