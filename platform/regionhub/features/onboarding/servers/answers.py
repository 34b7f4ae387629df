"""What a network server can have against a device, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from regionhub.problems import Language, Problem


class ServerError(Exception):
    """The device is not registered there: a code of `PROBLEMS`, and what the server said."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = " ".join(detail.split())[:200]


#: Until one of these is mended, no other device can be registered either.
FOR_ALL = frozenset(
    {"unreachable", "untrusted", "not_allowed", "wrong_token", "unreadable", "no_key", "late"}
)

#: Name the {address} of the server and the {detail} that came with the problem.
PROBLEMS: Mapping[str, Problem] = {
    "unreachable": Problem(
        de="Der Netzserver {address} ist nicht erreichbar ({detail}): prüfen Sie, ob er läuft, den "
        "Port und die Firewall, und versuchen Sie es dann noch einmal.",
        en="The network server {address} cannot be reached ({detail}): check that it runs, the "
        "port and the firewall, then try again.",
    ),
    "not_allowed": Problem(
        de="Der Hub darf {address} nicht erreichen, weil die Adresse nicht im Internet liegt: der "
        "Betrieb der Plattform kann ihr Netz freigeben (REGIONHUB_SERVER_NETWORKS).",
        en="This hub may not reach {address}, which is not in the internet: whoever runs it can "
        "allow its network (REGIONHUB_SERVER_NETWORKS).",
    ),
    "untrusted": Problem(
        de="Der Hub traut dem Zertifikat des Netzservers {address} nicht ({detail}): der Betrieb "
        "der Plattform prüft den Namen in der Adresse und gibt, wenn der Netzserver eine eigene "
        "Zertifizierungsstelle hat, deren Zertifikat an (regionhub source registration --ca).",
        en="The hub does not trust the certificate of the network server {address} ({detail}): "
        "whoever runs the hub checks the name in the address and, if the server has a certificate "
        "authority of its own, gives its certificate (`regionhub source registration --ca`).",
    ),
    "wrong_token": Problem(
        de="Der Netzserver {address} weist den Hub ab: sein API-Schlüssel ist falsch, abgelaufen "
        "oder darf in dieser Anwendung keine Geräte anlegen. Der Betrieb der Plattform hinterlegt "
        "einen neuen (regionhub source registration).",
        en="The network server {address} turns the hub away: its API key is wrong, has expired or "
        "may not create devices in this application. Whoever runs the hub sets a new one "
        "(`regionhub source registration`).",
    ),
    "unknown_target": Problem(
        de="Der Netzserver {address} kennt die Anwendung oder das Geräteprofil nicht ({detail}): "
        "der Betrieb der Plattform prüft beide (regionhub source registration).",
        en="The network server {address} does not know the application or the device profile "
        "({detail}): whoever runs the hub checks both (`regionhub source registration`).",
    ),
    "taken": Problem(
        de="Diese DevEUI ist im Netzserver {address} schon anderswo angelegt, in einer anderen "
        "Anwendung: löschen Sie sie dort, oder lassen Sie das Gerät, wo es ist, wenn seine "
        "Nachrichten hier ankommen.",
        en="This DevEUI is registered elsewhere at the network server {address}, in another "
        "application: delete it there, or leave the device where it is if its messages arrive.",
    ),
    "busy": Problem(
        de="Der Netzserver {address} nimmt gerade nicht mehr an ({detail}): versuchen Sie es in "
        "einer Minute noch einmal.",
        en="The network server {address} takes no more at the moment ({detail}): try again in a "
        "minute.",
    ),
    "refused": Problem(
        de="Der Netzserver {address} lehnt das Gerät ab ({detail}): prüfen Sie DevEUI, JoinEUI und "
        "AppKey, und versuchen Sie es noch einmal.",
        en="The network server {address} refuses the device ({detail}): check DevEUI, JoinEUI and "
        "AppKey, then try again.",
    ),
    "unreadable": Problem(
        de="Unter {address} antwortet keine Schnittstelle dieses Netzservers ({detail}): der "
        "Betrieb der Plattform prüft die Adresse (regionhub source registration).",
        en="No API of this network server answers at {address} ({detail}): whoever runs the hub "
        "checks the address (`regionhub source registration`).",
    ),
    "no_key": Problem(
        de="Der API-Schlüssel für {address} ist nicht zu öffnen ({detail}): der Betrieb der "
        "Plattform hinterlegt ihn neu (regionhub source registration).",
        en="The API key for {address} cannot be opened ({detail}): whoever runs the hub sets it "
        "again (`regionhub source registration`).",
    ),
    "late": Problem(
        de="Der Netzserver {address} war zu langsam für so viele Geräte auf einmal: geben Sie die "
        "übrigen noch einmal (regionhub device register), sie sind hier schon angelegt.",
        en="The network server {address} was too slow for so many devices at once: give the rest "
        "again (`regionhub device register`), here they are registered.",
    ),
}


def explain(code: str, *, address: str, detail: str, language: Language) -> str:
    """The sentence for a problem."""
    problem = PROBLEMS[code]
    said = problem.de if language == "de" else problem.en
    return said.replace("{address}", address).replace("{detail}", detail or "–")
