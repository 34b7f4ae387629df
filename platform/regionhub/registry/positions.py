"""Where a position can be: degrees (WGS 84) in Germany, and near the town that it belongs to."""

from __future__ import annotations

import math

from regionhub.errors import InputError

#: Of Germany, generously: what lies outside is swapped, or zero, or a slip.
_LATITUDES, _LONGITUDES = (47.0, 55.2), (5.5, 15.5)
#: Larger than any town, and a town may look after a gauge upstream.
_FARTHEST_KM = 100.0
_KM_PER_DEGREE = 111.2
_SWAPPED = "are latitude and longitude swapped?"
_SWAPPED_DE = "Sind Breite und Länge vertauscht?"


def check_in_germany(latitude: float | None, longitude: float | None) -> None:
    """Refuse what cannot be; nothing at all is no fault.

    Raises:
        InputError: only one of the two, or outside of Germany.
    """
    if latitude is None and longitude is None:
        return
    if latitude is None or longitude is None:
        raise InputError(
            "Latitude and longitude go together: give both or none.",
            de="Breite und Länge gehören zusammen: geben Sie beide an oder keine.",
        )
    if not (_inside(latitude, _LATITUDES) and _inside(longitude, _LONGITUDES)):
        raise InputError(
            f"{latitude:g}, {longitude:g} lies outside of Germany: give latitude and longitude in "
            f"degrees such as 51.39 and 8.06; {_SWAPPED}",
            de=f"{_german(latitude)}; {_german(longitude)} liegt nicht in Deutschland: geben Sie "
            f"Breite und Länge in Grad an wie 51,39 und 8,06. {_SWAPPED_DE}",
        )


def check_near(latitude: float, longitude: float, town: str, centre: tuple[float, float]) -> None:
    """Refuse a position that is too far from the centre of its town.

    Raises:
        InputError: it is, and the sentence says how far.
    """
    distance = distance_km(centre, (latitude, longitude))
    if distance > _FARTHEST_KM:
        raise InputError(
            f"{latitude:g}, {longitude:g} lies {distance:.0f} km from {town}, and a site at most "
            f"{_FARTHEST_KM:.0f} km; {_SWAPPED}",
            de=f"{_german(latitude)}; {_german(longitude)} liegt {distance:.0f} km von {town} "
            f"entfernt, erlaubt sind {_FARTHEST_KM:.0f} km. {_SWAPPED_DE}",
        )


def distance_km(place: tuple[float, float], other: tuple[float, float]) -> float:
    """Between two places that are not far from each other; latitude and longitude in degrees."""
    north = (other[0] - place[0]) * _KM_PER_DEGREE
    east = (other[1] - place[1]) * _KM_PER_DEGREE * math.cos(math.radians(place[0]))
    return math.hypot(north, east)


def _german(degrees: float) -> str:
    return f"{degrees:g}".replace(".", ",")


def _inside(degrees: float, ends: tuple[float, float]) -> bool:
    return ends[0] <= degrees <= ends[1]
