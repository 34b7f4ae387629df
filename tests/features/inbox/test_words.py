"""Why a message waits, in words: the same in the portal and in Grafana."""

from __future__ import annotations

import pytest

from regionhub.errors import DEAD_LETTER_REASONS, MessageError, StoreRejected
from regionhub.features.inbox.words import REASONS
from regionhub_dashboards.render import dashboards

#: What a person has to know to do the right thing, by the word kept with the dead letter.
KNOWN = {
    "not_parseable": ("Nachricht nicht lesbar", "Format"),
    "too_large": ("Nachricht zu groß", "Topic"),
    "unknown_device": ("Unbekanntes Gerät", "Melden Sie das Gerät"),
    "unusable_profile": ("Geräteprofil nicht brauchbar", "Berichtigen Sie das Gerät"),
    "not_decodable": ("Nutzdaten nicht lesbar", "Prüfen Sie das Profil"),
    "store_rejected": ("Von der Datenbank abgelehnt", "Betrieb der Plattform"),
    "unexpected": ("Fehler der Plattform", "Betrieb der Plattform"),
}


def test_every_reason_has_words() -> None:
    assert REASONS.keys() == KNOWN.keys() == set(DEAD_LETTER_REASONS)


def test_every_error_of_a_message_is_a_reason() -> None:
    def reasons(kind: type[MessageError]) -> set[str]:
        return {kind.reason}.union(*(reasons(sub) for sub in kind.__subclasses__()))

    raised = reasons(MessageError) - {MessageError.reason}
    assert raised | {StoreRejected.reason} <= set(DEAD_LETTER_REASONS)


@pytest.mark.parametrize("reason", KNOWN)
def test_label_and_advice(reason: str) -> None:
    label, advice = KNOWN[reason]
    assert REASONS[reason].label == label
    assert advice in REASONS[reason].advice


@pytest.mark.parametrize("title", ["Nicht verarbeitbare Nachrichten", "Geräteprofile mit Fehlern"])
def test_grafana_says_what_the_portal_says(title: str) -> None:
    board = dashboards("", "")["datenqualitaet"]
    [panel] = [panel for panel in board["panels"] if panel["title"] == title]
    [mapping] = [
        override["properties"][0]["value"][0]
        for override in panel["fieldConfig"]["overrides"]
        if override["matcher"]["options"] == "Grund"
    ]
    shown = {word: entry["text"] for word, entry in mapping["options"].items()}
    assert shown == {reason: label for reason, (label, _) in KNOWN.items()}
