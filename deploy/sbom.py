"""The bill of materials of a release: Python packages, and the browser libraries in the wheel.

python deploy/sbom.py VENV DIST reads the environment with the installed wheel and writes
DIST/regionhub-<version>.cdx.json. Run by deploy/release, with deploy/requirements-release.txt.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).parents[1]
#: Tools of every new environment, no part of the release.
NOT_OURS = {"pip", "setuptools"}


def main() -> None:
    """Write the file, or end with what its schema refuses."""
    environment, dist = Path(sys.argv[1]), Path(sys.argv[2])
    bom = python_packages(environment)
    [wheel] = dist.glob("regionhub-*.whl")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    bom["metadata"]["component"]["hashes"] = [{"alg": "SHA-256", "content": digest}]
    bom["components"] += browser_libraries()
    text = json.dumps(bom, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    refused = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if refused:
        sys.exit(f"no valid CycloneDX: {refused}")
    version = bom["metadata"]["component"]["version"]
    (dist / f"regionhub-{version}.cdx.json").write_text(text, "utf-8")


def python_packages(environment: Path) -> dict[str, Any]:
    """What is installed beside the wheel, with licences and what needs what."""
    command = [
        *(sys.executable, "-m", "cyclonedx_py", "environment", "--pyproject"),
        *(str(ROOT / "pyproject.toml"), "--short-PURLs", "--output-reproducible"),
        *("--spec-version", "1.6", "--output-format", "JSON"),
        str(environment / "bin" / "python"),
    ]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603
    bom: dict[str, Any] = json.loads(said)
    others = {part["bom-ref"] for part in bom["components"] if part["name"] in NOT_OURS}
    bom["components"] = [part for part in bom["components"] if part["bom-ref"] not in others]
    bom["dependencies"] = [part for part in bom["dependencies"] if part["ref"] not in others]
    return bom


def browser_libraries() -> list[dict[str, Any]]:
    """What hatch_build.py copies into the wheel; of each the published archive's hash."""
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    return [
        _library(path.removeprefix("node_modules/"), package)
        for path, package in sorted(lock["packages"].items())
        # types are read by compilers, of which there is none
        if path and not package.get("dev") and "/@types/" not in path
    ]


def _library(name: str, package: dict[str, Any]) -> dict[str, Any]:
    _, _, digest = package["integrity"].partition("sha512-")
    return {
        "type": "library",
        "bom-ref": f"npm {name}",
        "name": name,
        "version": package["version"],
        "purl": f"pkg:npm/{name}@{package['version']}",
        "licenses": [{"license": {"name": package["license"], "acknowledgement": "declared"}}],
        "hashes": [{"alg": "SHA-512", "content": base64.b64decode(digest).hex()}],
    }


if __name__ == "__main__":
    main()
