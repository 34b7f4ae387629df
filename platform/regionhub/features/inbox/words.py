"""Why a message could not be processed, in words; portal and dashboards show the same."""

from __future__ import annotations

from dataclasses import dataclass

from regionhub.archive import runs
from regionhub.errors import UNEXPECTED
from regionhub.web.portal.texts import mark


@dataclass(frozen=True, slots=True)
class LetterWords:
    """Why a message became a dead letter, in a word and a sentence, and what to do about it."""

    label: str
    sentence: str
    advice: str


#: What stands as the reason of a run where nobody gave one.
UNASKED = {
    runs.BY_API: mark("über die Schnittstelle (API) angefordert"),
    runs.BY_OPERATOR: mark("der Betreiber der Messstellen hat sie korrigiert"),
    runs.BY_COMMAND: mark("an der Befehlszeile angefordert"),
}
#: By the word that is kept with the dead letter (regionhub.errors.DEAD_LETTER_REASONS).
REASONS = {
    "unknown_device": LetterWords(
        mark("Unbekanntes Gerät"),
        mark("Diese DevEUI ist nicht angemeldet."),
        mark(
            "Melden Sie das Gerät mit seiner DevEUI an. "
            "Danach lassen sich seine wartenden Nachrichten hier nachholen."
        ),
    ),
    "not_decodable": LetterWords(
        mark("Nutzdaten nicht lesbar"),
        mark("Das Geräteprofil kann die Nutzdaten nicht lesen."),
        mark(
            "Geräteprofil und Firmware des Geräts passen nicht zusammen. "
            "Prüfen Sie das Profil des Geräts, und holen Sie die Nachrichten danach nach."
        ),
    ),
    "unusable_profile": LetterWords(
        mark("Geräteprofil nicht brauchbar"),
        mark("Mit dem Geräteprofil oder einer Angabe zum Gerät lässt sich nichts lesen."),
        mark(
            "Das Geräteprofil des Geräts fehlt, oder eine Angabe zum Gerät passt nicht dazu. "
            "Berichtigen Sie das Gerät, und holen Sie die Nachrichten danach nach."
        ),
    ),
    UNEXPECTED: LetterWords(
        mark("Fehler der Plattform"),
        mark("An dieser Nachricht ist die Plattform gescheitert."),
        mark("Wenden Sie sich mit den Einzelheiten an den Betrieb der Plattform."),
    ),
    "not_parseable": LetterWords(
        mark("Nachricht nicht lesbar"),
        mark("Die Nachricht hat nicht das Format der Quelle."),
        mark(
            "Format der Quelle und Netzwerkserver passen nicht zusammen. "
            "Prüfen Sie das Format und das Topic der Quelle."
        ),
    ),
    "too_large": LetterWords(
        mark("Nachricht zu groß"),
        mark("Die Nachricht ist größer, als ein Netzwerkserver sie sendet."),
        mark(
            "So groß ist keine LoRaWAN-Nachricht. "
            "Prüfen Sie, ob das Topic der Quelle zu weit gefasst ist."
        ),
    ),
    "store_rejected": LetterWords(
        mark("Von der Datenbank abgelehnt"),
        mark("Die Datenbank nimmt die Werte nicht an."),
        mark("Wenden Sie sich mit den Einzelheiten an den Betrieb der Plattform."),
    ),
}
