"""Why a message could not be processed, in words; portal and dashboards show the same."""

from __future__ import annotations

from dataclasses import dataclass

from regionhub.errors import UNEXPECTED
from regionhub.web.portal.texts import mark


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a message became a dead letter, in German, and what to do about it."""

    label: str
    advice: str


#: By the word that is kept with the dead letter (regionhub.errors.DEAD_LETTER_REASONS).
REASONS = {
    "unknown_device": Reason(
        mark("Unbekanntes Gerät"),
        mark(
            "Melden Sie das Gerät mit seiner DevEUI an. "
            "Danach lassen sich seine wartenden Nachrichten hier nachholen."
        ),
    ),
    "wrong_tenant": Reason(
        mark("Gerät einer anderen Stadt"),
        mark(
            "Diese DevEUI ist für eine andere Stadt angemeldet. "
            "Prüfen Sie, ob das Gerät im richtigen Netzwerkserver steht."
        ),
    ),
    "not_decodable": Reason(
        mark("Nutzdaten nicht lesbar"),
        mark(
            "Geräteprofil und Firmware des Geräts passen nicht zusammen. "
            "Prüfen Sie das Profil des Geräts, und holen Sie die Nachrichten danach nach."
        ),
    ),
    "unusable_profile": Reason(
        mark("Geräteprofil nicht brauchbar"),
        mark(
            "Das Geräteprofil des Geräts fehlt, oder eine Angabe zum Gerät passt nicht dazu. "
            "Berichtigen Sie das Gerät, und holen Sie die Nachrichten danach nach."
        ),
    ),
    UNEXPECTED: Reason(
        mark("Fehler der Plattform"),
        mark("Wenden Sie sich mit dem Grund im Einzelnen an den Betrieb der Plattform."),
    ),
    "not_parseable": Reason(
        mark("Nachricht nicht lesbar"),
        mark(
            "Format der Quelle und Netzwerkserver passen nicht zusammen. "
            "Prüfen Sie das Format und das Topic der Quelle."
        ),
    ),
    "too_large": Reason(
        mark("Nachricht zu groß"),
        mark(
            "So groß ist keine LoRaWAN-Nachricht. "
            "Prüfen Sie, ob das Topic der Quelle zu weit gefasst ist."
        ),
    ),
    "store_rejected": Reason(
        mark("Von der Datenbank abgelehnt"),
        mark("Wenden Sie sich mit dem Grund im Einzelnen an den Betrieb der Plattform."),
    ),
}
