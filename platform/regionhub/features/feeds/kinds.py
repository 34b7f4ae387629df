"""The kinds of feeds that are known: what is fetched of each, from where and on what terms."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from regionhub.errors import InputError
from regionhub.features.feeds.content import Asking, Content, Observation, Station, no_value
from regionhub.features.feeds.download import only_member, unbz2
from regionhub.features.feeds.formats import cap, cdc, mosmix, nrw, pegelonline, radolan, wbi
from regionhub.readings import Measurement
from regionhub.web.portal.texts import mark

_DWD = "Deutscher Wetterdienst"
_DWD_LICENCE = "CC BY 4.0"
_CDC = "https://opendata.dwd.de/climate_environment/CDC/"
_ZERO = "Datenlizenz Deutschland – Zero – Version 2.0"
#: From so many stations one feed fetches files of their own.
MOST_STATIONS = 60
#: So far back radar pictures are asked for, in hours.
_RADAR_HOURS = 12
_WARNINGS = "Z_CAP_C_EDZW_LATEST_PVW_STATUS_PREMIUMDWD_COMMUNEUNION_DE.zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of feed, with what is usual for it.

    `interval_seconds` is how often its stations measure, None if it has no readings. Without
    anything new for `stale_seconds` something is wrong. `needs_stations`: somebody has to choose.
    `whole`: of a station a file has everything between its first and its last row.
    """

    name: str
    title: str
    short: str
    read: Callable[[Asking], Content]
    address: str
    list_address: str | None = None
    every_seconds: int
    stale_seconds: int
    interval_seconds: int | None = None
    licence: str
    origin: str
    reach_km: float = 40
    needs_stations: bool = False
    whole: bool = False


def _nrw_gauges(asking: Asking) -> Content:
    found: list[Station] = []
    if asking.lists_due:
        found = nrw.stations(asking.get_list("hygon/OpenHygon-Pegel-Stationen_EPSG4326.txt"))
        zeros = asking.get_list("hydro/Hydrologische-Stationen-NRW_EPSG25832_CSV.zip")
        found = [
            one for one in nrw.with_zeros(found, only_member(zeros, ".csv")) if asking.takes(one)
        ]
    body = asking.get("messwerte.zip")
    codes = asking.known | {station.code for station in found}
    content = Content() if body is None else nrw.levels(only_member(body, ".txt"), codes)
    content.stations = found
    return content


def _pegelonline(asking: Asking) -> Content:
    content = Content()
    if asking.lists_due:
        listed = pegelonline.stations(asking.get_list(pegelonline.LIST))
        content.stations = [station for station in listed if asking.takes(station)]
    paths = {code: pegelonline.measurements_of(code) for code in _codes(asking, content)}
    return _joined(
        content, (pegelonline.levels(code, body) for code, body in asking.get_each(paths))
    )


def _dwd_stations(asking: Asking) -> Content:
    content = Content()
    if asking.lists_due:
        listed = cdc.stations(asking.get_list(cdc.LIST))
        content.stations = [station for station in listed if asking.takes(station)]
    paths = {
        (code, folder): cdc.file_of(folder, code)
        for code in _codes(asking, content)
        for folder in cdc.FILES
    }
    files = asking.get_each(paths)
    return _joined(content, (cdc.observations(key[0], body) for key, body in files))


def _dwd_fire_danger(asking: Asking) -> Content:
    content = Content()
    if asking.lists_due:
        listed = wbi.stations(asking.get_list(wbi.LIST))
        content.stations = [station for station in listed if asking.takes(station)]
    paths = {code: wbi.file_of(code) for code in _codes(asking, content)}
    return _joined(content, (wbi.days(code, body) for code, body in asking.get_each(paths)))


def _dwd_forecast(asking: Asking) -> Content:
    paths = {code: mosmix.file_of(code) for code in sorted(asking.wanted)}
    files = asking.get_each(paths)
    return _joined(Content(), (mosmix.forecast(code, body) for code, body in files))


def _dwd_warnings(asking: Asking) -> Content:
    body = asking.get(_WARNINGS)
    return Content() if body is None else cap.warnings(body, asking.cells)


def _dwd_radar(asking: Asking) -> Content:
    """The hours of half a day: sums are published more often than they end, and would overlap."""
    ends = radolan.hours(datetime.now(UTC), _RADAR_HOURS)
    paths = {end: f"raa01-rw_10000-{end:%y%m%d%H%M}-dwd---bin.bz2" for end in ends}
    pictures = (radolan.picture(unbz2(body)) for _, body in asking.get_each(paths))
    towns = [town for town in asking.towns if not asking.wanted or town.slug in asking.wanted]
    content = Content()
    content.stations = [
        Station(
            code=town.slug,
            name=f"Regenradar {town.name}",
            latitude=town.latitude,
            longitude=town.longitude,
        )
        for town in towns
    ]
    for picture in pictures:
        for town in towns:
            rain = picture.at(town.latitude, town.longitude)
            said = "no value" if rain is None else f"{rain:.2f}"
            value = no_value("precipitation", "mm")
            if rain is not None:
                value = Measurement("precipitation", rain, "mm")
            row = f"{picture.product} {picture.time:%Y-%m-%dT%H:%MZ} {said}".encode()
            content.observations.append(Observation(town.slug, picture.time, (value,), row))
    return content


def _codes(asking: Asking, content: Content) -> list[str]:
    """The stations that there are, those from before too: one that is named no more may be back."""
    every = sorted(asking.known | {station.code for station in content.stations})
    if len(every) > MOST_STATIONS:
        content.others["too_many_stations"] += len(every) - MOST_STATIONS
    return every[:MOST_STATIONS]


def _joined(content: Content, parts: Iterable[Content]) -> Content:
    for part in parts:
        content.stations += part.stations
        content.observations += part.observations
        content.forecasts += part.forecasts
        content.dangers += part.dangers
        content.others += part.others
    return content


_ALL = (
    Kind(
        name="nrw-gauges",
        title=mark("Pegel des Landes NRW (LANUK)"),
        short="LANUK-Pegel",
        read=_nrw_gauges,
        address="https://www.hochwasserportal.nrw/data/downloads/",
        list_address="https://www.opengeodata.nrw.de/produkte/umwelt_klima/wasser/"
        "oberflaechengewaesser/",
        every_seconds=300,
        stale_seconds=3 * 3600,
        interval_seconds=900,
        licence=_ZERO,
        origin="Landesamt für Natur, Umwelt und Klima NRW (LANUK)",
        reach_km=25,
        whole=True,
    ),
    Kind(
        name="pegelonline",
        title=mark("Pegel der Bundeswasserstraßen (PEGELONLINE)"),
        short="PEGELONLINE",
        read=_pegelonline,
        address="https://www.pegelonline.wsv.de/webservices/rest-api/v2/",
        every_seconds=900,
        stale_seconds=3 * 3600,
        interval_seconds=900,
        licence=_ZERO,
        origin="Wasserstraßen- und Schifffahrtsverwaltung des Bundes (WSV)",
        reach_km=25,
        whole=True,
    ),
    Kind(
        name="dwd-stations",
        title=mark("Wetterstationen des DWD"),
        short="DWD-Stationen",
        read=_dwd_stations,
        address=f"{_CDC}observations_germany/climate/10_minutes/",
        every_seconds=1800,
        stale_seconds=6 * 3600,
        interval_seconds=600,
        licence=_DWD_LICENCE,
        origin=_DWD,
        whole=True,
    ),
    Kind(
        name="dwd-radar",
        title=mark("Regen aus dem Radar des DWD (RADOLAN)"),
        short="DWD-Regen",
        read=_dwd_radar,
        address="https://opendata.dwd.de/weather/radar/radolan/rw/",
        every_seconds=600,
        stale_seconds=3 * 3600,
        interval_seconds=3600,
        licence=_DWD_LICENCE,
        origin=_DWD,
    ),
    Kind(
        name="dwd-forecast",
        title=mark("Wettervorhersage des DWD (MOSMIX)"),
        short="DWD-Vorhersage",
        read=_dwd_forecast,
        address="https://opendata.dwd.de/weather/local_forecasts/mos/MOSMIX_L/single_stations/",
        every_seconds=3600,
        stale_seconds=18 * 3600,
        licence=_DWD_LICENCE,
        origin=_DWD,
        needs_stations=True,
    ),
    Kind(
        name="dwd-warnings",
        title=mark("Wetterwarnungen des DWD"),
        short="DWD-Warnungen",
        read=_dwd_warnings,
        address="https://opendata.dwd.de/weather/alerts/cap/COMMUNEUNION_DWD_STAT/",
        every_seconds=300,
        stale_seconds=3600,
        licence=_DWD_LICENCE,
        origin=_DWD,
    ),
    Kind(
        name="dwd-fire-danger",
        title=mark("Waldbrandgefahrenindex des DWD (WBI)"),
        short="DWD-Waldbrandindex",
        read=_dwd_fire_danger,
        address=f"{_CDC}derived_germany/fire_danger_index/woodland/forecast/recent/",
        every_seconds=6 * 3600,
        # outside of the season nothing may come for months
        stale_seconds=200 * 86400,
        licence=_DWD_LICENCE,
        origin=_DWD,
    ),
)
#: By name.
KINDS = {kind.name: kind for kind in _ALL}


def named(name: str) -> Kind:
    """A kind.

    Raises:
        InputError: there is none of that name.
    """
    if name not in KINDS:
        raise InputError(
            f"there is no kind of feed called {name!r}: it is one of {', '.join(KINDS)}",
            de=f"Diese Art gibt es nicht; es gibt {', '.join(KINDS)}.",
        )
    return KINDS[name]


def check_stations(kind: Kind, stations: Collection[str]) -> None:
    """Refuse a choice that a feed of this kind cannot work with.

    Raises:
        InputError: it needs one, or a number holds signs that no number has.
    """
    if kind.needs_stations and not stations:
        raise InputError(
            f"{kind.name} needs the numbers of its stations, such as 10418",
            de="Nennen Sie die Nummern der Stationen, etwa 10418.",
        )
    for station in stations:
        if not station.replace("-", "").isalnum() or not station.isascii() or len(station) > 64:
            raise InputError(f"{station[:80]!r} is no number of a station")
