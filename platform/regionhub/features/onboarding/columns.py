"""Which column of a table is what: by its name, in German or English, as suppliers call it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from regionhub.features.onboarding.servers.keys import join_eui, root_key
from regionhub.web.portal.texts import mark
from regionhub.web.tables import cells
from regionhub.web.tables.names import UNIT, plain
from regionhub.web.tables.sheets import Cell

#: Keys are kept nowhere. Where devices are registered at a network server, it gets what they join
#: with.
_SECRET = re.compile(r"(app|nwk|network|gen|session|join|root)\w*key$|schluessel|^(o?tp)?key\d*$")


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a column says: of a `site`, a `device` or its `installation`.

    `read` turns a cell into what the API takes; `units` are those its header may name.
    """

    part: str
    key: str
    label: str
    names: str
    read: Callable[[Cell], object] = cells.text
    units: Mapping[str, float] | None = None
    usual: str = ""


def _cm(part: str, key: str, label: str, names: str) -> Field:
    return Field(part, key, label, names, units=cells.CENTIMETRES, usual="cm")


#: In the order in which pages show them. `names` are plain, see `plain`.
FIELDS: tuple[Field, ...] = (
    Field("device", "dev_eui", mark("DevEUI"), "deveui eui deviceeui devid hardwareid",
          cells.dev_eui),
    Field("device", "name", mark("Gerät"),
          "geraet geraetename geraetebezeichnung device devicename sensor sensorname sensorid"),
    Field("device", "serial", mark("Seriennummer"),
          "seriennummer seriennr sn serial serialnumber serialno serialnr geraetenummer geraetenr"),
    Field("device", "profile_id", mark("Modell"),
          "modell model profil profile profileid deviceprofile geraeteprofil typ geraetetyp "
          "devicetype type sensortyp produkt product artikel artikelbezeichnung"),
    Field("device", "interval_seconds", mark("Sendeabstand"),
          "intervall sendeintervall sendeabstand interval uplinkinterval messintervall",
          units=cells.SECONDS, usual="min"),
    Field("site", "name", mark("Standort"),
          "standort standortname site sitename ort messstelle messort location pegel pegelname "
          "baumnummer baumnr baum objekt"),
    Field("site", "kind", mark("Art"), "art standortart kind sitekind kategorie kindofsite",
          cells.kind),
    Field("site", "latitude", mark("Breite"),
          "breite breitengrad geobreite lat latitude geographischebreite y wgs84lat gpsbreite "
          "hochwert nordwert northing utmn utmnord",
          cells.degrees),
    Field("site", "longitude", mark("Länge"),
          "laenge laengengrad geolaenge lon lng long longitude geographischelaenge x wgs84lon "
          "gpslaenge rechtswert ostwert easting utme utmost", cells.degrees),
    Field("site", "position", mark("Koordinaten"),
          "koordinaten koordinate position gps coordinates latlon latlng gpskoordinaten lage",
          cells.position),
    Field("site", "address", mark("Adresse"), "adresse anschrift strasse address street"),
    Field("site", "soil_texture", mark("Bodenart"), "bodenart boden soiltexture soil ka5"),
    Field("site", "planted_year", mark("Pflanzjahr"),
          "pflanzjahr planted plantedyear pflanzung yearplanted", cells.whole),
    Field("site", "water_body", mark("Gewässer"), "gewaesser gewaessername waterbody river fluss"),
    Field("site", "gauge_zero_m", mark("Pegelnullpunkt"),
          "pegelnull pegelnullpunkt pnp gaugezero gaugezerom nullpunkt", units=cells.METRES,
          usual="m"),
    Field("site", "gauge_datum", mark("Höhensystem"),
          "hoehensystem hoehenbezug hoehenbezugssystem hoehenstatus gaugedatum",
          cells.datum),
    _cm("site", "stage_1_cm", mark("Stufe 1"), "stufe1 meldestufe1 warnstufe1 stage1 stage1cm"),
    _cm("site", "stage_2_cm", mark("Stufe 2"), "stufe2 meldestufe2 warnstufe2 stage2 stage2cm"),
    _cm("site", "stage_3_cm", mark("Stufe 3"), "stufe3 meldestufe3 warnstufe3 stage3 stage3cm"),
    Field("site", "note", mark("Notiz"), "notiz bemerkung bemerkungen kommentar hinweis note notes "
          "comment remark"),
    _cm("installation", "mounting_height_cm", mark("Einbauhöhe"),
        "einbauhoehe montagehoehe hoehe hoeheueberpegelnull mountingheight mountingheightcm height "
        "sensorhoehe"),
    _cm("installation", "depth_cm", mark("Einbautiefe"),
        "tiefe einbautiefe depth depthcm sensortiefe messtiefe"),
    Field("installation", "from_time", mark("eingebaut seit"),
          "einbau einbaudatum eingebaut eingebautam eingebautseit seit installiert installiertam "
          "installationsdatum installed installedat installationdate fromtime datum", cells.moment),
)  # fmt: skip
#: What a network server needs to let a device join; read only where it is to get it.
JOIN_FIELDS: tuple[Field, ...] = (
    Field("join", "join_eui", mark("JoinEUI"), "joineui appeui applicationeui otaaappeui",
          join_eui),
    Field("join", "app_key", mark("AppKey"), "appkey applicationkey otaaappkey lorawanappkey "
          "otaakey", root_key),
    Field("join", "nwk_key", mark("NwkKey"), "nwkkey networkkey nwkrootkey networkrootkey "
          "otaanwkkey", root_key),
)  # fmt: skip
#: What "Name" is depends on the other columns.
_NAME = frozenset({"name", "bezeichnung"})
_BY_NAME = {name: field for field in FIELDS for name in field.names.split()}
_JOINING = {name: field for field in JOIN_FIELDS for name in field.names.split()}
_BY_KEY = {(field.part, field.key): field for field in FIELDS}


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read: where it stands, its name in the file, and what it says."""

    index: int
    name: str
    field: Field
    read: Callable[[Cell], object]


@dataclass(frozen=True, slots=True)
class Columns:
    """What is read of a table; names that nobody knows, and those of keys, which never are."""

    read: Sequence[Column]
    unknown: Sequence[str]
    secret: Sequence[str]

    def has(self, part: str, key: str = "") -> bool:
        """Whether something is said of a part, or whether one key of it is there."""
        return any(
            column.field.part == part and key in ("", column.field.key) for column in self.read
        )


def known(head: Sequence[str]) -> int:
    """How many of these are names of columns."""
    return sum(plain(name) in _BY_NAME or plain(name) in _NAME for name in head)


def columns(head: Sequence[str], parameters: Sequence[str] = (), *, join: bool = False) -> Columns:
    """What each column is; `parameters` are names of parameters of profiles.

    With `join` also those of what a device joins its network with.

    Of two columns that say the same the first is read.
    """
    found: dict[tuple[str, str], Column] = {}
    unknown, secret = [], []
    plain_parameters = {plain(name): name for name in parameters}
    for index, name in enumerate(head):
        word = plain(name)
        if not word:
            continue
        joining = _JOINING.get(word) if join else None
        if joining is None and _SECRET.search(word):
            secret.append(name)
            continue
        if word in _NAME:
            field = _named(head)
        elif word in plain_parameters:
            field = Field("parameter", plain_parameters[word], name, word)
        else:
            field = joining or _BY_NAME.get(word)
        if field is None or (field.part, field.key) in found:
            unknown.append(name)
            continue
        found[field.part, field.key] = Column(index, name, field, reader(field, name))
    return Columns(list(found.values()), unknown, secret)


def reader(field: Field, header: str = "") -> Callable[[Cell], object]:
    """Reads a cell of a field; the header may name another unit than the usual."""
    if field.units is None:
        return field.read
    match = UNIT.search(header)
    written = "" if match is None else "".join((match[1] or match[2] or "").split()).casefold()
    usual = written if written in field.units else field.usual
    return partial(cells.measure, units=field.units, usual=usual)


def _named(head: Sequence[str]) -> Field | None:
    """What a column "Name" names: a device where there are DevEUIs, else a site."""
    words = {plain(name) for name in head}
    devices = not words.isdisjoint(_BY_KEY["device", "dev_eui"].names.split())
    return _BY_KEY["device" if devices else "site", "name"]
