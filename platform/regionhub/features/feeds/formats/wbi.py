"""The forest fire danger index of the German weather service (WBI): a file for each station.

- `..._stations_list.txt`: ISO-8859-1, `Stationsindex; Höhe in m;Breite;Länge;Name;Bundesland`.
- `..._<station>_<version>.csv.gz`: `StationsID;Termin;wbi_0;...;wbi_6`, a row for each run (UTC),
  the index of that day and of the six after it.

Layout: opendata.dwd.de, CDC/derived_germany/fire_danger_index/woodland/forecast/recent, 2026.
"""

from __future__ import annotations

from datetime import timedelta

from regionhub.features.feeds.content import Content, DangerDay, Station, UnusableFile
from regionhub.features.feeds.download import gunzip, text
from regionhub.features.feeds.formats.numbers import compact_time, number

_STEM = "derived_germany_fire_danger_index_woodland_forecast_recent"
_VERSION = "v2-3--0"
LIST = f"{_STEM}_{_VERSION}_stations_list.txt"


def file_of(code: str) -> str:
    """Where the index of a station stands."""
    return f"{_STEM}_{code}_{_VERSION}.csv.gz"


def stations(body: bytes) -> list[Station]:
    """All stations.

    Raises:
        UnusableFile: it is another file.
    """
    lines = text(body, "iso-8859-1").splitlines()
    if not lines or not lines[0].startswith("Stationsindex"):
        raise UnusableFile("it does not begin with Stationsindex")
    found = []
    for line in lines[1:]:
        fields = [field.strip() for field in line.split(";")]
        if len(fields) < 6 or not fields[0].isdigit():
            continue
        elevation, latitude, longitude = (number(field) for field in fields[1:4])
        if latitude is not None and longitude is not None and fields[4]:
            found.append(
                Station(
                    code=fields[0],
                    name=fields[4],
                    latitude=latitude,
                    longitude=longitude,
                    elevation_m=elevation,
                )
            )
    return found


def days(code: str, body: bytes) -> Content:
    """What the newest run says; older runs are history.

    Raises:
        UnusableFile: it is another file.
    """
    content = Content()
    rows = [line for line in text(gunzip(body), "iso-8859-1").splitlines() if line.strip()]
    header = [name.strip().lower() for name in rows[0].split(";")] if rows else []
    columns = [header.index(f"wbi_{ahead}") for ahead in range(7) if f"wbi_{ahead}" in header]
    if "termin" not in header or not columns:
        raise UnusableFile("it has no columns Termin and wbi_0")
    content.others["older_run"] += max(0, len(rows) - 2)
    if len(rows) < 2:
        return content
    newest = rows[-1].split(";")
    try:
        issued = compact_time(newest[header.index("termin")].strip())
        steps = [number(newest[column]) for column in columns]
    except (ValueError, IndexError):
        content.others["unreadable"] += 1
        return content
    for ahead, step in enumerate(steps):
        if step is None or step not in {1, 2, 3, 4, 5}:
            content.others["no_value"] += 1
        else:
            day = issued.date() + timedelta(days=ahead)
            content.dangers.append(DangerDay(code, day, issued, int(step)))
    return content
