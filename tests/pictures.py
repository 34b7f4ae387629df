"""Pictures of all dashboards for docs/: `python -m tests.pictures --town olpe --out docs/pictures`.

The database is that of the settings, such as a demo's. Chromium and Node make the pictures.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from PIL import Image

from regionhub.cli.run import owner_connection
from regionhub.registry.tenants import tenant_by_slug
from regionhub_dashboards.preview.app import preview_app, reader_of
from regionhub_dashboards.render import dashboards
from tests.chromium import find_chromium, modules

#: What is small enough for a repository, and still read.
_COLOURS = 96


@contextmanager
def _served(app: FastAPI) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def main() -> None:
    """Take the pictures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--town", required=True, help="as whom they are shown")
    options.add_argument("--days", type=float, default=7, help="how far they look back")
    options.add_argument("--out", type=Path, required=True, help="folder of the pictures")
    options.add_argument("uid", nargs="*", help="which dashboards; all that are for it")
    given = options.parse_args()
    boards = dashboards("", "")
    with owner_connection() as connection:
        town = reader_of(tenant_by_slug(connection, given.town))
    uids = given.uid or [uid for uid in boards if (uid == "region") == (town == "region")]
    given.out.mkdir(parents=True, exist_ok=True)
    app = preview_app(boards, town=town, days=given.days, connect=owner_connection)
    node, chromium = shutil.which("node"), find_chromium()
    if node is None or chromium is None:
        sys.exit("Node or Chromium is not here")
    with _served(app) as url:
        task = {
            "url": url,
            "modules": str(modules(without="no pictures") / "node_modules"),
            "chromium": chromium,
            "uids": uids,
            "out": str(given.out.resolve()),
        }
        script = Path(__file__).with_suffix(".mjs")
        subprocess.run([node, str(script), json.dumps(task)], check=True)
    for path in (given.out / f"{uid}-{width}.png" for uid in uids for width in (1280, 360)):
        with Image.open(path) as picture:
            small = picture.convert("RGB").quantize(_COLOURS)
        small.save(path, optimize=True)


if __name__ == "__main__":
    main()
