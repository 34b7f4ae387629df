"""Every setting, its default and its environment variable. Read by entry points only."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings come from the environment, REGIONHUB_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="REGIONHUB_", extra="ignore")

    database_url: str = Field(
        default="", description="PostgreSQL URL of the database; its user decides what may be done."
    )
    device_profiles: Path | None = Field(
        default=None, description="Folder of device profiles instead of the shipped ones."
    )
    http_host: str = Field(
        default="127.0.0.1", description="Address that API and portal listen on."
    )
    http_port: int = Field(default=8080, description="Port that API and portal listen on.")
    secure_cookies: bool = Field(
        default=True, description="Send the session cookie over HTTPS only. Off for plain HTTP."
    )
    trusted_proxies: str = Field(
        default="127.0.0.1",
        description="Addresses or networks, comma separated, whose X-Forwarded-For is believed.",
    )
    metrics_token: str = Field(
        default="",
        description="Bearer token for /metrics; without one it answers this machine only.",
    )
    ingest_metrics_port: int = Field(
        default=0, description="Port on which ingest serves its own metrics; 0 serves none."
    )
    ingest_metrics_host: str = Field(
        default="127.0.0.1",
        description="Address that this port listens on. Whoever reaches it reads them.",
    )
    tile_url: str = Field(
        default="https://sgx.geodatenzentrum.de/wmts_topplus_open/tile/1.0.0/web_grau/default/"
        "WEBMERCATOR/{z}/{y}/{x}.png",
        description="Map tiles, {z} {x} {y} are filled in; empty shows maps without a background.",
    )
    tile_attribution: str = Field(
        default="© Bundesamt für Kartographie und Geodäsie (TopPlusOpen)",
        description="Credit shown on every map.",
    )
    ingest_password: str = Field(
        default="",
        description="`migrate` lets <prefix>_ingest log in with it; empty: no login. Whoever "
        "decodes messages (`ingest`, `work`, `replay`) logs in with it.",
    )
    api_password: str = Field(
        default="", description="`migrate` lets <prefix>_api log in with it; empty: no login."
    )
    operator_password: str = Field(
        default="",
        description="`migrate` lets <prefix>_operator log in with it, and `serve` shows who "
        "operates the hub the pages that set up towns; empty: no login, no such pages.",
    )
    key_file: Path | None = Field(
        default=None,
        description="File with at least 32 random characters that seal passwords and keys of "
        "sources in the database; keep it apart from backups.",
    )
    broker_url: str = Field(
        default="", description="The hub's own broker, for network servers that push to it."
    )
    broker_password: str = Field(
        default="", description="Password of its user `ingest`, who reads what they push."
    )
    broker_access: Path | None = Field(
        default=None,
        description="Folder from which it takes who may do what; `regionhub work` keeps the files "
        "there as the database says.",
    )
    portal_url: str = Field(
        default="",
        description="Address under which people open the portal; dashboards and alarms link to it.",
    )
    heartbeat_url: str = Field(
        default="",
        description="Asked each time the chain of alarms was tried and works: an address of a "
        "service elsewhere that tells people when it stops.",
    )
    operator_address: str = Field(
        default="",
        description="Channel that is told when the chain of alarms does not work, as in "
        "docs/alarms.md.",
    )
    alarm_networks: str = Field(
        default="",
        description="Networks, comma separated, that channels of towns may lead to beside the "
        "internet, such as 10.20.0.0/16 for a mail server or an Alamos FE2 of their own.",
    )
    feed_networks: str = Field(
        default="",
        description="Networks, comma separated, that feeds may be fetched from beside the "
        "internet, such as 10.20.0.0/16 for a mirror of their files.",
    )
    server_networks: str = Field(
        default="",
        description="Networks, comma separated, in which network servers of towns may be asked to "
        "register devices, beside the internet, such as 10.20.0.0/16 for a town's ChirpStack.",
    )
    grafana_url: str = Field(
        default="", description="Grafana, into which solutions are brought: http://grafana:3000."
    )
    grafana_login: str = Field(
        default="",
        description="A server administrator of Grafana. Its name should not be guessable: five "
        "wrong passwords lock it for five minutes.",
    )
    grafana_login_password: str = Field(default="", description="Its password.")
    grafana_database: str = Field(
        default="",
        description="Host and port at which Grafana reaches the database, where they are not "
        "those of the database's URL.",
    )
    grafana_password: str = Field(
        default="", description="`migrate` lets <prefix>_g_region log in with it; empty: no login."
    )
    log_format: str = Field(default="text", pattern="^(text|json)$", description="text or json.")
