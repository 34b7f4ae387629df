"""What can be wrong with a source, and what to do about it.

Ingest and `regionhub doctor` report a code; the sentence for people stands here and nowhere else.
`docs/operation.md` lists all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, Protocol

Language = Literal["de", "en"]
LANGUAGES: tuple[Language, ...] = ("de", "en")
_PLACE = re.compile(r"\{(\w+)\}")
#: What a system said in its own words, which are English.
_QUOTE = " ({detail})"
_NOBODY: dict[Language, str] = {"de": "(anonym)", "en": "(anonymous)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One sentence in each language.

    May name {broker}, {username}, {protocol} and {format} of the source and the {detail} that came
    with the problem.
    """

    de: str
    en: str


class Reached(Protocol):
    """What a sentence may name of a source."""

    @property
    def broker_url(self) -> str: ...
    @property
    def username(self) -> str | None: ...
    @property
    def protocol(self) -> str: ...
    @property
    def format(self) -> str: ...


class Reported(Reached, Protocol):
    """A source with what ingest says of it: a code, and what came with it."""

    @property
    def problem(self) -> str | None: ...
    @property
    def problem_detail(self) -> str | None: ...


SOURCE_PROBLEMS: dict[str, Problem] = {
    "connecting": Problem(
        de="Die Verbindung zu {broker} wird gerade aufgebaut; dauert das länger als eine Minute, "
        "antwortet der Broker nicht.",
        en="The connection to {broker} is being made; if that takes longer than a minute, the "
        "broker does not answer.",
    ),
    "ingest_not_running": Problem(
        de="Von der Annahme (regionhub ingest) kommt nichts mehr: starten Sie sie; was der Broker "
        "inzwischen annimmt, bewahrt er auf.",
        en="Nothing is heard from `regionhub ingest`: start it; the broker keeps what arrives "
        "meanwhile.",
    ),
    "session_unheld": Problem(
        de="Ein Teil der Verbindungen zu {broker} fehlt, ihre Nachrichten warten dort: starten Sie "
        "die Annahme (regionhub ingest) neu, die nicht mehr antwortet.",
        en="Some of the sessions at {broker} are held by nobody and their messages wait there: "
        "restart the `regionhub ingest` that does not answer any more.",
    ),
    "address_invalid": Problem(
        de="Die Adresse {broker} ist keine Adresse eines Brokers: schreiben Sie mqtt://name:port, "
        "mqtts://name:port oder wss://name:port/pfad.",
        en="{broker} is no address of a broker: write mqtt://host:port, mqtts://host:port or "
        "wss://host:port/path.",
    ),
    "address_unknown": Problem(
        de="Der Rechnername in {broker} ist unbekannt: prüfen Sie die Schreibweise und die "
        "Namensauflösung (DNS).",
        en="The host name in {broker} is not known: check its spelling and the DNS of this "
        "machine.",
    ),
    "broker_unreachable": Problem(
        de="Der Broker {broker} ist nicht erreichbar ({detail}): prüfen Sie, ob er läuft, den Port "
        "und die Firewall dazwischen.",
        en="The broker {broker} cannot be reached ({detail}): check that it runs, the port and the "
        "firewall in between.",
    ),
    "tls_failed": Problem(
        de="Mit {broker} kommt keine verschlüsselte Verbindung zustande ({detail}): prüfen Sie das "
        "Zertifikat und ob dieser Port TLS spricht; ohne TLS heißt die Adresse mqtt://.",
        en="There is no TLS connection with {broker} ({detail}): check the certificate and whether "
        "this port speaks TLS; without TLS the address is mqtt://.",
    ),
    "closed_at_once": Problem(
        de="Der Broker {broker} schließt die Verbindung sofort: prüfen Sie, ob er MQTT {protocol} "
        "spricht und ob der Port TLS verlangt (mqtts://).",
        en="The broker {broker} closes the connection at once: check whether it speaks MQTT "
        "{protocol} and whether the port wants TLS (mqtts://).",
    ),
    "protocol_refused": Problem(
        de="Der Broker {broker} spricht MQTT {protocol} nicht: stellen Sie die andere "
        "MQTT-Version ein (regionhub source set).",
        en="The broker {broker} does not speak MQTT {protocol}: set the other version of MQTT "
        "(`regionhub source set`).",
    ),
    "wrong_password": Problem(
        de="Der Broker {broker} weist den Benutzer {username} ab: Benutzername oder Passwort "
        "stimmt nicht (regionhub source set), oder der Benutzer ist dort gesperrt.",
        en="The broker {broker} turns the user {username} away: user name or password is wrong "
        "(`regionhub source set`), or the user is locked there.",
    ),
    "login_missing": Problem(
        de="Der Broker {broker} verlangt eine Anmeldung: hinterlegen Sie Benutzername und Passwort "
        "der Quelle (regionhub source set).",
        en="The broker {broker} wants a login: give the source its user name and password "
        "(`regionhub source set`).",
    ),
    "client_refused": Problem(
        de="Der Broker {broker} lässt dieses Programm nicht zu ({detail}): lassen Sie dort seine "
        "Client-ID und Adresse zu.",
        en="The broker {broker} does not let this program in ({detail}): permit its client id and "
        "address there.",
    ),
    "broker_unavailable": Problem(
        de="Der Broker {broker} nimmt gerade niemanden an ({detail}): es wird weiter versucht; "
        "hält es an, fragen Sie den Betrieb des Brokers.",
        en="The broker {broker} takes nobody at the moment ({detail}): this goes on trying; if it "
        "lasts, ask who runs the broker.",
    ),
    "broker_refuses": Problem(
        de="Der Broker {broker} lehnt die Verbindung ab ({detail}): fragen Sie den Betrieb des "
        "Brokers nach diesem Grund.",
        en="The broker {broker} refuses the connection ({detail}): ask who runs the broker about "
        "this reason.",
    ),
    "topic_invalid": Problem(
        de="{detail} ist kein Topic-Filter: # steht nur am Ende, + nur allein zwischen "
        "Schrägstrichen.",
        en="{detail} is no topic filter: # stands only at the end, + only alone between slashes.",
    ),
    "topic_not_permitted": Problem(
        de="Der Benutzer {username} darf {detail} beim Broker {broker} nicht lesen: geben Sie ihm "
        "dort dieses Recht, oder berichtigen Sie das Topic.",
        en="The user {username} may not read {detail} at the broker {broker}: grant it there, or "
        "set the topic right.",
    ),
    "sharing_not_supported": Problem(
        de="Der Broker {broker} verteilt Nachrichten nicht auf mehrere Verbindungen "
        "(shared subscriptions): stellen Sie eine einzige Sitzung ein "
        "(regionhub source sessions).",
        en="The broker {broker} knows no shared subscriptions: set a single session with "
        "`regionhub source sessions`.",
    ),
    "session_taken_over": Problem(
        de="Der Broker {broker} trennt die Verbindung immer wieder, weil sich wohl ein anderes "
        "Programm mit derselben Client-ID anmeldet, etwa die Annahme eines zweiten Hubs: beenden "
        "Sie es.",
        en="The broker {broker} ends the connection again and again, most likely because another "
        "program has the same client id, such as ingest of a second hub: stop it.",
    ),
    "connection_lost": Problem(
        de="Die Verbindung zu {broker} ist abgebrochen ({detail}): sie wird von selbst neu "
        "aufgebaut; hält es an, prüfen Sie das Netz und den Broker.",
        en="The connection to {broker} was lost ({detail}): it is made again by itself; if it "
        "lasts, check the network and the broker.",
    ),
    "format_unknown": Problem(
        de="Diese Version kennt das Format {format} nicht: aktualisieren Sie die Plattform; der "
        "Broker bewahrt die Nachrichten auf.",
        en="This version does not know the format {format}: upgrade regionhub; the broker keeps "
        "the messages.",
    ),
    "mapping_invalid": Problem(
        de="Die Zuordnung der Felder dieser Quelle ist nicht brauchbar ({detail}): berichtigen Sie "
        "sie mit `regionhub source mapping`; der Broker bewahrt die Nachrichten auf.",
        en="The field mapping of this source cannot be used ({detail}): set it right with "
        "`regionhub source mapping`; the broker keeps the messages.",
    ),
    "secrets_sealed": Problem(
        de="Das Passwort dieser Quelle lässt sich nicht öffnen ({detail}): geben Sie der Annahme "
        "die Schlüsseldatei, mit der es versiegelt wurde, oder setzen Sie es neu.",
        en="The password of this source cannot be opened ({detail}): give ingest the key file that "
        "it was sealed with, or set it anew with `regionhub source set`.",
    ),
    "certificate_invalid": Problem(
        de="Zertifikat oder Schlüssel für {broker} sind nicht lesbar ({detail}): geben Sie beide "
        "neu an, als PEM und ohne Passwort.",
        en="The certificate or key for {broker} cannot be read ({detail}): give both anew with "
        "`regionhub source set`, as PEM and without a password.",
    ),
    "packet_too_large": Problem(
        de="Der Broker {broker} schickt eine Nachricht von mehr als 1 MiB, so groß ist keine eines "
        "Netzwerkservers: grenzen Sie die Topics ein oder löschen Sie die Nachricht dort.",
        en="The broker {broker} sends a message of more than 1 MiB, and no network server's is as "
        "large: narrow the topics, or delete the message there.",
    ),
    "database_full": Problem(
        de="Die Datenbank hat keinen Platz mehr, Nachrichten warten: schaffen Sie Platz auf ihrem "
        "Datenträger, dann geht es ohne Verlust weiter.",
        en="The database has no room left and messages wait: make room on its disk, then it goes "
        "on without loss.",
    ),
    "database_unavailable": Problem(
        de="Die Datenbank nimmt gerade nichts an ({detail}), Nachrichten warten: sehen Sie nach "
        "der Datenbank; verloren geht nichts.",
        en="The database takes nothing at the moment ({detail}) and messages wait: look after the "
        "database; nothing is lost.",
    ),
    "storing_fails": Problem(
        de="Nachrichten warten, weil sich keine speichern lässt ({detail}): melden Sie das dem "
        "Betrieb der Plattform; verloren geht nichts.",
        en="Messages wait because none can be stored ({detail}): look into the log of `regionhub "
        "ingest` and run `regionhub doctor`; nothing is lost.",
    ),
}


def explain(code: str, language: Language, source: Reached, detail: str | None = None) -> str:
    """The sentence for a problem of a source; a code of a newer version stands for itself.

    A German sentence quotes nobody, see `quoted`.

    Args:
        code: the problem.
        language: of the sentence.
        source: whose problem it is.
        detail: what came with the problem.
    """
    problem = SOURCE_PROBLEMS.get(code)
    if problem is None:
        return f"{code}: {detail}" if detail else code
    known = {
        "broker": source.broker_url,
        "username": source.username or _NOBODY[language],
        "protocol": source.protocol,
        "format": source.format,
        "detail": detail or "–",
    }
    sentence = problem.de.replace(_QUOTE, "") if language == "de" else problem.en
    # one pass and not `format`: a detail comes from outside
    return _PLACE.sub(lambda place: str(known[place[1]]), sentence)


def explain_source(source: Reported, language: Language) -> str | None:
    """What ingest says is wrong with a source; None if nothing is."""
    if source.problem is None:
        return None
    return explain(source.problem, language, source, source.problem_detail)


def quoted(source: Reported) -> str | None:
    """What broker, network or database said in English, where a sentence has a place for it."""
    problem = SOURCE_PROBLEMS.get(source.problem or "")
    return source.problem_detail if problem is not None and _QUOTE in problem.de else None


#: Why `regionhub doctor` cannot use the database; may name the {detail} that came with it.
DATABASE_PROBLEMS: dict[str, str] = {
    "database_not_set": "REGIONHUB_DATABASE_URL is not set: name the database, for example "
    "postgresql://regionhub@localhost/regionhub.",
    "database_host_unknown": "The host name in REGIONHUB_DATABASE_URL is not known ({detail}): "
    "check its spelling and the DNS of this machine.",
    "database_unreachable": "The database server cannot be reached ({detail}): check that it runs, "
    "host and port in REGIONHUB_DATABASE_URL and the firewall in between.",
    "database_wrong_password": "The database does not accept the password ({detail}): set the "
    "right one in REGIONHUB_DATABASE_URL.",
    "database_user_missing": "The database does not know this user ({detail}): create it, or set "
    "the right one in REGIONHUB_DATABASE_URL.",
    "database_missing": "The database is not there ({detail}): create it with `createdb`, or set "
    "the right name in REGIONHUB_DATABASE_URL.",
    "database_not_permitted": "The database does not let this user in ({detail}): permit it in "
    "pg_hba.conf, or let the role log in.",
    "database_starting": "The database server is just starting or stopping ({detail}): try again "
    "in a minute.",
    "database_connections": "The database has no connection left ({detail}): raise max_connections "
    "or stop what holds them.",
    "schema_missing": "The database is empty: run `regionhub migrate`.",
    "schema_differs": "{detail}.",
    "not_owner": "doctor is connected as {detail}, who may not see everything: give it the owner's "
    "REGIONHUB_DATABASE_URL.",
    "rights_missing": "A database role lacks a right that it needs ({detail}): grant it, or "
    "restore the roles from a backup made with pg_dumpall.",
    "settings_differ": "Statements run with other settings than they need ({detail}): run "
    "`regionhub migrate` as the owner of the database.",
    "logins_altered": "Somebody changed what holds for dashboards ({detail}): `regionhub work` "
    "sets it right within seconds; if it comes again, somebody sends statements of their own.",
    "notices_wait": "Somebody listens to the database and does not take notices ({detail} of the "
    "room for them is used): end the oldest sessions in pg_stat_activity.",
    "read_only": "The database is a replica that only reads: set the primary server in "
    "REGIONHUB_DATABASE_URL.",
    "disk_full": "The database has no room left ({detail}): make room on its disk, then ingest "
    "goes on without loss.",
    "disk_nearly_full": "The disk of the database is nearly full ({detail}): make room before it "
    "stops.",
}

#: What else `regionhub doctor` finds.
PROCESS_PROBLEMS: dict[str, str] = {
    "settings_unusable": "A setting cannot be used: {detail}.",
    "clock_wrong": "{detail}: set the clocks right with NTP, or ages and decisions are wrong.",
    "work_not_running": "`regionhub work` does not run ({detail}): start it, or nothing is decided "
    "and old data is never removed.",
    "decisions_behind": "Decisions do not follow the readings ({detail}): pages show sites as not "
    "judged; see whether `regionhub work` runs, and what its log says.",
    "alarms_broken": "The chain of alarms fails its own check ({detail}): alarms may not arrive; "
    "see docs/alarms.md.",
    "alarms_not_checked": "The chain of alarms is not checked: `regionhub work` needs the hub's "
    "own broker (REGIONHUB_BROKER_URL) to send itself a reading each hour.",
    "job_failing": "`regionhub work` runs, but not all of its work succeeds ({detail}); the whole "
    "error is in its log.",
    "ingest_silent": "Nothing is heard of `regionhub ingest` ({detail}): start it; the brokers "
    "keep what arrives meanwhile.",
    "no_source": "No source is set up: `regionhub source add` connects a town's network server.",
    "source_silent": "{detail}: check that the topics are right and that this user may read them "
    "(some brokers, such as Mosquitto, grant a forbidden subscription and stay silent).",
    "source_behind": "{detail}: ingest or the database is slower than the messages come.",
    "source_seen_only_by_ingest": "ingest is connected, but from this machine it does not work: "
    "{detail}",
    "rollups_behind": "The rollups do not follow the readings ({detail}): charts of long periods "
    "end there, look at the jobs of the database.",
    "jobs_stand_still": "The database does not run its jobs ({detail}): give TimescaleDB workers "
    "(timescaledb.max_background_workers), and schedule what was switched off.",
    "jobs_fail": "Jobs of the database end with an error ({detail}): rollups and columnstore stand "
    "still until it is mended.",
    "columnstore_behind": "Old chunks wait to be packed ({detail}): unpacked they take eight times "
    "as much room, look at the jobs of the database.",
    "feed_failing": "{detail}: see the page Abrufe of the portal, or `regionhub feed fetch`.",
    "letters_waiting": "{detail} could not be processed and wait: the page Eingang of the portal "
    "names reasons and remedies.",
    "profile_unusable": "A device profile cannot be used: {detail}.",
    "profile_missing": "Devices have a profile that is not there ({detail}): add its folder to "
    "REGIONHUB_DEVICE_PROFILES, or correct the devices.",
    "decode_errors": "Messages do not fit the profile of their devices ({detail}): check firmware "
    "and profile with `regionhub uplink`.",
}


def describe(code: str, detail: str | None = None) -> str:
    """The sentence of `regionhub doctor` for a problem that is not a source's own."""
    sentence = (DATABASE_PROBLEMS | PROCESS_PROBLEMS)[code]
    return sentence.replace("{detail}", detail or "–")
