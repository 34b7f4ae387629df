"""Warnings of the German weather service: a zip of messages of the Common Alerting Protocol 1.2.

Each message is one warning in several languages, for areas whose geocode WARNCELLID is "8" and the
AGS of a municipality ("1", that of a district and "000"). Layout: DWD, "CAP DWD Profile", version
2.1.13, and the files of COMMUNEUNION_DWD_STAT.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from xml.etree.ElementTree import Element, ParseError, fromstring

from regionhub.features.feeds.content import Content, UnusableFile, WarningArea
from regionhub.features.feeds.download import members
from regionhub.features.feeds.formats.numbers import aware_time
from regionhub.xml_text import has_document_type

_CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
_SEVERITIES = frozenset({"minor", "moderate", "severe", "extreme"})


def warnings(body: bytes, cells: Collection[str]) -> Content:
    """The warnings for some warn cells; of a message in several languages the German one.

    Raises:
        UnusableFile: it is no zip.
    """
    content = Content(warnings=[])
    for _, message in members(body, ".xml"):
        try:
            found = list(_of_message(parse_xml(message), cells))
        except (ParseError, ValueError, UnusableFile):
            content.others["unreadable"] += 1
            continue
        if not found:
            content.others["elsewhere"] += 1
        assert content.warnings is not None
        content.warnings += found
    return content


def parse_xml(body: bytes) -> Element:
    """A document without entities of its own, which could be made to grow without end.

    Raises:
        ParseError: it is no XML.
        UnusableFile: it declares a document type.
    """
    if has_document_type(body):
        raise UnusableFile("it has a document type")
    return fromstring(body)  # noqa: S314 - what could harm was refused above


def _of_message(alert: Element, cells: Collection[str]) -> Iterator[WarningArea]:
    if _text(alert, "status") != "Actual" or _text(alert, "msgType") == "Cancel":
        return
    infos = alert.findall(f"{_CAP}info")
    info = next((one for one in infos if (_text(one, "language") or "de").startswith("de")), None)
    if info is None:
        return
    severity = (_text(info, "severity") or "").lower()
    onset = _text(info, "onset") or _text(info, "effective")
    event, sent = _text(info, "event"), _text(alert, "sent")
    identifier = _text(alert, "identifier")
    if severity not in _SEVERITIES or not (onset and event and sent and identifier):
        raise ValueError("a part is missing")
    expires = _text(info, "expires")
    for cell in sorted(_cells(info) & set(cells)):
        yield WarningArea(
            cell,
            identifier,
            event,
            _text(info, "headline") or event,
            _text(info, "description"),
            _text(info, "instruction"),
            severity,
            aware_time(onset),
            aware_time(expires) if expires else None,
            aware_time(sent),
        )


def _cells(info: Element) -> set[str]:
    return {
        _text(code, "value") or ""
        for code in info.iterfind(f"{_CAP}area/{_CAP}geocode")
        if _text(code, "valueName") == "WARNCELLID"
    }


def _text(parent: Element, name: str) -> str | None:
    return (parent.findtext(f"{_CAP}{name}") or "").strip() or None
