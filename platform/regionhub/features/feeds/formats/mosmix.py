"""Point forecasts of the German weather service: MOSMIX, a KML in a zip for each station.

Elements used: TTT and Td (K), FF (m/s at 10 m), RR1c (kg/m² of the hour before), Rad1h (kJ/m² of
the hour before); `-` is no value. Layout: opendata.dwd.de/weather/lib/MetElementDefinition.xml and
the schema pointforecast_dwd_extension_V1_0.xsd.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from regionhub.features.feeds.content import Content, ForecastHour, Station, UnusableFile
from regionhub.features.feeds.download import only_member
from regionhub.features.feeds.formats.cap import parse_xml
from regionhub.features.feeds.formats.numbers import aware_time, number

_KML = "{http://www.opengis.net/kml/2.2}"
_DWD = "{https://opendata.dwd.de/weather/lib/pointforecast_dwd_extension_V1_0.xsd}"
_KELVIN = 273.15


def file_of(code: str) -> str:
    """Where the forecast of a station stands."""
    return f"{code}/kml/MOSMIX_L_LATEST_{code}.kmz"


def forecast(code: str, body: bytes) -> Content:
    """What is forecast for a station, hour by hour.

    Raises:
        UnusableFile: it is another file.
    """
    try:
        root = parse_xml(only_member(body, ".kml"))
        return _forecast(code, root)
    except (ParseError, ValueError, IndexError, AttributeError) as error:
        raise UnusableFile(f"it is no point forecast: {error}") from None


def _forecast(code: str, root: Element) -> Content:
    issued = aware_time(root.findtext(f".//{_DWD}IssueTime") or "")
    times = [aware_time(step.text or "") for step in root.iter(f"{_DWD}TimeStep")]
    mark = root.find(f".//{_KML}Placemark")
    if mark is None or not times:
        raise UnusableFile("it holds no place or no times")
    place = (mark.findtext(f".//{_KML}coordinates") or "").split(",")
    longitude, latitude = float(place[0]), float(place[1])
    values = {
        element.get(f"{_DWD}elementName") or "": _values(element, len(times))
        for element in mark.iter(f"{_DWD}Forecast")
    }
    none: list[float | None] = [None] * len(times)
    hours = zip(
        times,
        *(values.get(name, none) for name in ("TTT", "Td", "FF", "RR1c", "Rad1h")),
        strict=True,
    )
    content = Content(
        stations=[
            Station(
                code=code,
                name=_name(mark.findtext(f"{_KML}description") or code),
                latitude=latitude,
                longitude=longitude,
                elevation_m=float(place[2]) if len(place) > 2 else None,
            )
        ]
    )
    for time, temperature, dew_point, wind, rain, radiation in hours:
        content.forecasts.append(
            ForecastHour(
                code,
                time,
                issued,
                None if temperature is None else temperature - _KELVIN,
                None if dew_point is None else dew_point - _KELVIN,
                wind,
                rain,
                radiation,
            )
        )
    return content


def _values(element: Element, count: int) -> list[float | None]:
    found = [number(word) for word in (element.findtext(f"{_DWD}value") or "").split()]
    if len(found) != count:
        raise UnusableFile(f"an element has {len(found)} values for {count} times")
    return found


def _name(text: str) -> str:
    """They write everything in capitals."""
    return text.strip().title() if text.isupper() else text.strip()
