"""Files as their publishers lay them out, with values of our own.

Layouts: the downloads of hochwasserportal.nrw and opengeodata.nrw.de (2026-09), PEGELONLINE REST v2
(aiopegelonline), DWD CAP profile 2.1, CDC fire_danger_index (2026), RADOLAN format 2.5, the DWD
extension of KML for MOSMIX, CDC 10_minutes and hourly.
"""

# ruff: noqa: E501, ISC004 - lines of files are as long as they are
from __future__ import annotations

import bz2
import gzip
import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone

import numpy as np

from regionhub.features.feeds.formats.radolan import project

ALTENA = "2766700000100"
_WINTER = timezone(timedelta(hours=1))


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return body.getvalue()


def packed(content: bytes) -> tuple[bytes, bytes]:
    """With gzip and with bzip2."""
    return gzip.compress(content), bz2.compress(content)


def nrw_levels(rows: Iterable[tuple[str, datetime, str]]) -> bytes:
    """`messwerte.txt`: blocks of stations, times with +01:00, a row with the number alone."""
    lines, before = ["station_no;time;value(cm)"], ""
    for code, time, value in rows:
        if before and before != code:
            lines.append(f"{before};")
        before = code
        lines.append(f"{code};{time.astimezone(_WINTER):%Y-%m-%dT%H:%M:%S}.000+01:00;{value}")
    if before:
        lines.append(f"{before};")
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def nrw_zip(rows: Iterable[tuple[str, datetime, str]]) -> bytes:
    """`messwerte.zip`."""
    return zipped({"messwerte.txt": nrw_levels(rows)})


def nrw_stations() -> bytes:
    """`OpenHygon-Pegel-Stationen_EPSG4326.txt`."""
    lines = [
        "station_latitude;station_longitude;station_name;station_no;catchment_no;catchment_name;"
        "LANUV_Info_1;LANUV_Info_2;LANUV_Info_3;LANUV_MNW;LANUV_MW;LANUV_MHW;station_carteasting;"
        "station_cartnorthing;CATCHMENT_SIZE;DIST_TO_CONFL",
        f"51.2944;7.6713;Altena;{ALTENA};276;Ruhreinzugsgebiet;190.0;235.0;380.0;40.0;80.0;160.0;"
        "407000.0;5683000.0;1190.0 km²;22.5",
        "50.8959;8.0206;Weidenau_1;2721190000100;272;Siegeinzugsgebiet;;;;12.0;30.0;110.0;;;134 km²;",
        "51.3466;7.4252;Hagen_Haspe;2768900000100;276;Ruhreinzugsgebiet;0.0;0.0;0.0;;;;;;;",
        "51.3502;8.2840;Meschede;2761990000100;276;Ruhreinzugsgebiet;150.0;;380.0;;;;;;;",
        "51.3551;8.4894;Olsberg;2761190000100;276;Ruhreinzugsgebiet;160.0;120.0;295.0;;;;;;;",
        "51.5712;8.1060;Soestbach;1234512345;278;Lippeeinzugsgebiet;;;;;;;;;;",
        "51.8328;6.2464;WSV_Emmerich;2790020;279;Rhein;;;;;;;;;;",
        ";;Ohne_Ort;2761190000200;276;Ruhreinzugsgebiet;;;;;;;;;;",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()


def nrw_zeros() -> bytes:
    """`Hydrologische-Stationen-NRW_EPSG25832.csv`."""
    lines = [
        "station_name;station_id;Meldepegel;Datenpfleger;Mittelwert;Zweck;Betreiber;KOORDX;KOORDYY;"
        "UTMZone;Errichtung;GewS;EZG;Nullpunkt;Kommune;Kreis;Name",
        f"Altena;{ALTENA};ja;x;ja;Hochwasser;LANUK;407000.0;5683000.0;32U;19500101;22.5;1190;152.34;"
        "Altena;Märkischer Kreis;Lenne",
        "Weidenau_1;2721190000100;ja;x;ja;x;LANUK;430000;5638000;32U;19500101;1;134;;Siegen;Siegen;Sieg",
    ]
    return "".join(f"{line}\n" for line in lines).encode("iso-8859-1")


def nrw_zeros_zip() -> bytes:
    """The same, as it is published."""
    return zipped({"Hydrologische-Stationen-NRW_EPSG25832.csv": nrw_zeros()})


PEGELONLINE_STATIONS = """[
 {"uuid": "3b6bb8c6-2d35-4d3e-8e5b-6f3f2b8e6a01", "number": "2769510", "shortname": "HATTINGEN",
  "longname": "HATTINGEN", "km": 56.55, "agency": "RUHRORT", "longitude": 7.17, "latitude": 51.4,
  "water": {"shortname": "RUHR", "longname": "RUHR"},
  "timeseries": [
   {"shortname": "W", "longname": "WASSERSTAND ROHDATEN", "unit": "cm", "equidistance": 15,
    "gaugeZero": {"unit": "m. ü. NHN", "value": 61.03, "validFrom": "2019-11-01"}},
   {"shortname": "Q", "longname": "ABFLUSS", "unit": "m³/s", "equidistance": 15}]},
 {"uuid": "x2", "number": "1", "shortname": "NIRGENDS", "longname": "NIRGENDS", "km": 1, "agency": "X",
  "water": {"shortname": "X", "longname": "X"},
  "timeseries": [{"shortname": "W", "longname": "W", "unit": "cm", "equidistance": 15}]},
 {"uuid": "x3", "number": "2", "shortname": "HOCH", "longname": "HOCH", "longitude": 7, "latitude": 51,
  "timeseries": [{"shortname": "W", "longname": "W", "unit": "m+NN", "equidistance": 15}]}
]""".encode()
PEGELONLINE_LEVELS = (
    b'[{"timestamp": "2026-09-30T14:00:00+02:00", "value": 203.0},'
    b'{"timestamp": "2026-09-30T14:15:00+02:00", "value": null},'
    b'{"timestamp": "2026-09-30T14:30:00", "value": 204.0}]'
)

_ALERT = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>{identifier}</identifier><sender>opendata@dwd.de</sender>
  <sent>2026-09-30T11:30:00+00:00</sent><status>Actual</status><msgType>{kind}</msgType>
  <source>PVW</source><scope>Public</scope>
  {info}
</alert>"""
_INFO = """<info><language>{language}</language><category>Met</category><event>{event}</event>
    <responseType>Prepare</responseType><urgency>Immediate</urgency>
    <severity>{severity}</severity><certainty>Likely</certainty>
    <eventCode><valueName>II</valueName><value>51</value></eventCode>
    <effective>2026-09-30T11:30:00+00:00</effective><onset>2026-09-30T14:00:00+02:00</onset>
    <expires>2026-09-30T20:00:00+02:00</expires><senderName>DWD / RZ Essen</senderName>
    <headline>Amtliche WARNUNG vor {event}</headline><description>Böen bis 65 km/h.</description>
    <instruction>Gegenstände sichern.</instruction>
    <area><areaDesc>Altena</areaDesc>
      <geocode><valueName>WARNCELLID</valueName><value>{cell}</value></geocode>
      <geocode><valueName>EXCLUDE_POLYGON</valueName><value>1,2 3,4</value></geocode></area>
    <area><areaDesc>Köln</areaDesc>
      <geocode><valueName>WARNCELLID</valueName><value>805315000</value></geocode></area></info>"""


def _alert(identifier: str, kind: str = "Alert", **info: str) -> bytes:
    usual = {"event": "STURMBÖEN", "severity": "Moderate", "cell": "805962004"}
    both = (
        _INFO.format(language=language, **usual | event | info)
        for language, event in (("en-GB", {"event": "gale-force gusts"}), ("de-DE", {}))
    )
    return _ALERT.format(identifier=identifier, kind=kind, info="".join(both)).encode()


def cap_zip() -> bytes:
    """Warnings as they stand, and some that cannot be used."""
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbb">]>' + _alert("6").partition(b"?>")[2]
    return zipped(
        {
            "1.xml": _alert("2.49.0.0.276.0.DWD.PVW.1"),
            "2.xml": _alert("2", kind="Cancel"),
            "3.xml": _alert("3", cell="805315001"),
            "4.xml": b"<alert",
            "5.xml": _alert("5", severity="Unknown"),
            "6.xml": bomb,
            "readme.txt": b"no warning",
        }
    )


WBI_STATIONS = (
    "Stationsindex; Höhe in m;Breite   ;Länge    ;Name                    ;Bundesland\n"
    "         1300;       351;    51.25;     8.16;Eslohe                  ;Nordrhein-Westfalen\n"
    "         2483;       839;    51.18;     8.49;Kahler Asten            ;Nordrhein-Westfalen\n"
    "            x;         1;    51.18;     8.49;Nichts                  ;Nordrhein-Westfalen\n"
).encode("iso-8859-1")


def wbi_file() -> bytes:
    """Two runs; the newest has steps that are none."""
    return gzip.compress(
        b"StationsID;Termin;wbi_0;wbi_1;wbi_2;wbi_3;wbi_4;wbi_5;wbi_6\n"
        b"2483;20260813 04:13;1;1;2;2;2;3;2\n"
        b"2483;20260814 04:13;4;5;0;9;3;-999;\n"
    )


def radar(
    values: Mapping[tuple[float, float], int],
    *,
    product: str = "RW",
    precision: str = "-01",
    minutes: int = 60,
    time: datetime = datetime(2026, 9, 30, 11, 50, tzinfo=UTC),
) -> bytes:
    """A composite of 900 x 900, packed: 16 bits for some places, no rain elsewhere."""
    grid = np.zeros((900, 900), dtype="<u2")
    for place, bits in values.items():
        east, north = project(*place)
        grid[int(north + 4658.645), int(east + 523.4622)] = bits
    header = (
        f"{product}{time:%d%H%M}10000{time:%m%y}BY1620130VS 5SW  P30003HPR E{precision}INT{minutes:4d}GP 900x 900"
        "MF 00000001MS 62<boo,ros,hnr,umd,pro,ess,drs,neu,nhb,oft,eis,tur,isn,fbg,mem>"
    )
    return bz2.compress(header.encode() + b"\x03" + grid.tobytes())


def mosmix_file(first: datetime = datetime(2026, 9, 30, 12, tzinfo=UTC)) -> bytes:
    """Two hours of a station, issued three hours before."""
    times = [f"{first + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S.000Z}" for hours in (-3, 0, 1)]
    elements = {
        "TTT": "     288.65     -",
        "Td": " 282.35  -",
        "FF": " 3.09  -",
        "RR1c": " 0.40 -",
        "Rad1h": " 810.00 -",
        "N": " 88.00 90.00",
    }
    forecasts = "".join(
        f'<dwd:Forecast dwd:elementName="{name}"><dwd:value>{value}</dwd:value></dwd:Forecast>'
        for name, value in elements.items()
    )
    return zipped(
        {
            "MOSMIX_L_2026093009_10418.kml": f"""<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>
<kml:kml xmlns:dwd="https://opendata.dwd.de/weather/lib/pointforecast_dwd_extension_V1_0.xsd"
 xmlns:kml="http://www.opengis.net/kml/2.2"><kml:Document><kml:ExtendedData>
<dwd:ProductDefinition><dwd:Issuer>Deutscher Wetterdienst</dwd:Issuer><dwd:ProductID>MOSMIX</dwd:ProductID>
<dwd:IssueTime>{times[0]}</dwd:IssueTime>
<dwd:ForecastTimeSteps><dwd:TimeStep>{times[1]}</dwd:TimeStep>
<dwd:TimeStep>{times[2]}</dwd:TimeStep></dwd:ForecastTimeSteps></dwd:ProductDefinition>
</kml:ExtendedData><kml:Placemark><kml:name>10418</kml:name><kml:description>LÜDENSCHEID</kml:description>
<kml:ExtendedData>{forecasts}</kml:ExtendedData>
<kml:Point><kml:coordinates>7.65,51.25,387.0</kml:coordinates></kml:Point>
</kml:Placemark></kml:Document></kml:kml>""".encode("iso-8859-1")
        }
    )


CDC_STATIONS = (
    "Stations_id von_datum bis_datum Stationshoehe geoBreite geoLaenge Stationsname Bundesland Abgabe\n"
    "----------- --------- --------- ------------- --------- --------- ----------- ---------- ------\n"
    "00044 20070208 20260930             44     52.9336    8.2370 Großenkneten                             "
    "Niedersachsen                            Frei\n"
    "03098 19970101 20260930            387     51.2452    7.6425 Lüdenscheid                              "
    "Nordrhein-Westfalen                      Frei\n"
).encode("iso-8859-1")


def cdc_file(columns: str, rows: Iterable[tuple[str, str]]) -> bytes:
    """A quantity of a station, as it is packed."""
    lines = [f"STATIONS_ID;MESS_DATUM;{columns};eor"]
    lines += [f"          1;{time};{row};eor" for time, row in rows]
    text = "".join(f"{line}\r\n" for line in lines)
    return zipped({"produkt_zehn_now_20260930_20260930_00001.txt": text.encode()})
