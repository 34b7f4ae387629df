"""`regionhub serve`."""

from __future__ import annotations

from contextlib import ExitStack

from regionhub.cli.assembly import web_app
from regionhub.cli.hub import broker, hub, operator_database
from regionhub.cli.run import StopWithParent, start, switch_threads_often
from regionhub.confined import read_networks
from regionhub.features.onboarding.servers.register import NETWORKS
from regionhub.profiles import load_profiles
from regionhub.sealing import Secrets
from regionhub.store.database import Database
from regionhub.web.api.server import Server


def serve(stop_with_parent: StopWithParent = False) -> None:
    """Serve API and portal."""
    settings = start(stop_with_parent)
    switch_threads_often()
    with ExitStack() as stack:
        database = stack.enter_context(Database(settings.database_url, size=20, role="api"))
        towns = operator_database(settings)
        app = web_app(
            database,
            profiles=load_profiles(settings.device_profiles),
            secure_cookies=settings.secure_cookies,
            metrics_token=settings.metrics_token,
            tile_url=settings.tile_url,
            tile_attribution=settings.tile_attribution,
            secrets=Secrets(settings.key_file),
            hub=None if towns is None else hub(stack.enter_context(towns), broker(settings)),
            server_networks=read_networks(settings.server_networks, NETWORKS),
        )
        server = Server(
            app,
            host=settings.http_host,
            port=settings.http_port,
            trusted_proxies=settings.trusted_proxies,
        )
        server.run()
