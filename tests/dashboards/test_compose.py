"""compose.yaml and what it refers to, checked without Docker."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer.main
import yaml
from tests.requirement import not_here

from regionhub.cli import make_app
from regionhub.embedded import free_port
from regionhub.settings import Settings
from regionhub_dashboards.kit.parts import DATASOURCE_TYPE, MIN_INTERVAL

ROOT = Path(__file__).parents[2]
SCHEMA = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
PROVISIONING = ROOT / "deploy" / "grafana" / "provisioning"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOT = {"migrate", "dashboards", "broker-access"}
OURS = {name for name, service in SERVICES.items() if "build" in service}
_REFERENCE = re.compile(r"\$\{(\w+)(:\?[^}]+|:-[^}]*)?\}")
_SECRET = re.compile(r"PASSWORD|TOKEN|SECRET")


def environment() -> list[tuple[str, str, str]]:
    return [
        (name, key, value)
        for name, service in SERVICES.items()
        for key, value in service.get("environment", {}).items()
    ]


def test_it_is_a_compose_file() -> None:
    jsonschema.validate(COMPOSE, json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_images_are_pinned_and_ours_is_of_this_version() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    for name, service in SERVICES.items():
        tag = service["image"].rpartition(":")[2]
        assert re.search(r"\d+\.\d+\.\d+", tag), name
        if name in OURS:
            assert service["image"] == f"regionhub:{version[1]}"
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    bases = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", bases[0])
    assert re.search(r"^USER (?!root)\w+", dockerfile, re.MULTILINE)


def test_what_runs_on_is_watched_and_restarted() -> None:
    for name, service in SERVICES.items():
        if name in ONE_SHOT:
            assert service["restart"] == "no"
        else:
            assert service["restart"] == "unless-stopped", name
            assert "healthcheck" in service, name
        assert "no-new-privileges:true" in service["security_opt"], name
    for name in OURS:
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_dependencies_exist_and_wait_for_the_right_thing() -> None:
    for name, service in SERVICES.items():
        for target, how in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if target in ONE_SHOT else "service_healthy"
            assert how["condition"] == expected, (name, target)
            assert target in SERVICES
    needs = {
        name for name, service in SERVICES.items() if "migrate" in service.get("depends_on", {})
    }
    assert needs == {"broker-access", "ingest", "api", "worker", "grafana"}


def test_volumes_are_declared_and_files_exist() -> None:
    used = set()
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).exists(), (name, source)
            else:
                used.add(source)
        if "build" in service:
            assert (ROOT / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    assert used == set(COMPOSE["volumes"])


def test_only_the_two_web_interfaces_publish_a_port() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"api", "grafana"}
    for ports in published.values():
        assert all(port.startswith("${PUBLISH_ADDRESS:-127.0.0.1}:") for port in ports)


def test_no_password_has_a_default() -> None:
    for name, key, value in environment():
        references = _REFERENCE.findall(value)
        if _SECRET.search(key):
            assert re.fullmatch(_REFERENCE, value), (name, key)
        for variable, otherwise in references:
            if _SECRET.search(variable):
                assert otherwise.startswith(":?"), (name, variable)
        if "://" in value and "@" in value:
            assert re.fullmatch(
                r"postgresql://\w+:\$\{\w+:\?[^}]+\}@database:5432/regionhub", value
            )


def test_the_example_names_every_variable_and_no_value() -> None:
    example = (ROOT / "deploy" / ".env.example").read_text(encoding="utf-8")
    required = {
        variable
        for _, _, value in environment()
        for variable, otherwise in _REFERENCE.findall(value)
        if otherwise.startswith(":?")
    } | {secret["environment"] for secret in COMPOSE["secrets"].values()}
    assert set(re.findall(r"^([A-Z_]+)=$", example, re.MULTILINE)) == required
    assert not re.findall(r"^[A-Z_]+=.+$", example, re.MULTILINE)


def test_the_command_of_the_example_makes_every_password(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        not_here("openssl is not installed")
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    example = (ROOT / "deploy" / ".env.example").read_text(encoding="utf-8")
    commands = re.findall(r"^#   (.+)$", example, re.MULTILINE)
    subprocess.run(["sh", "-c", "\n".join(commands)], cwd=tmp_path, check=True)
    made = dict(line.split("=") for line in (tmp_path / ".env").read_text().splitlines())
    assert set(made) == set(re.findall(r"^([A-Z_]+)=$", example, re.MULTILINE))
    assert len(set(made.values())) == len(made)
    assert all(re.fullmatch(r"[0-9a-f]{48}", value) for value in made.values())


def test_every_setting_exists() -> None:
    known = {f"REGIONHUB_{name.upper()}" for name in Settings.model_fields}
    assert {key for _, key, _ in environment() if key.startswith("REGIONHUB_")} <= known


def test_each_process_has_its_own_database_role() -> None:
    users = {
        name: re.match(r"postgresql://(\w+):", value)[1]  # type: ignore[index]
        for name, key, value in environment()
        if key == "REGIONHUB_DATABASE_URL"
    }
    assert users == {
        "migrate": "regionhub",
        "broker-access": "regionhub",
        "ingest": "regionhub_ingest",
        "api": "regionhub_api",
        "worker": "regionhub",
    }


def test_grafana_reads_as_the_region_over_few_connections() -> None:
    text = (PROVISIONING / "datasources" / "regionhub.yaml").read_text(encoding="utf-8")
    (source,) = yaml.safe_load(text)["datasources"]
    assert source["uid"] == "pg"
    assert source["type"] == DATASOURCE_TYPE
    assert source["user"] == "regionhub_g_region"
    assert source["jsonData"]["maxOpenConns"] == 4
    # what one reader sets for a session soon holds for nobody
    assert source["jsonData"]["connMaxLifetime"] <= 60
    assert source["jsonData"]["timescaledb"] is True
    assert source["jsonData"]["timeInterval"] == MIN_INTERVAL
    password = source["secureJsonData"]["password"]
    assert password.removeprefix("$") in SERVICES["grafana"]["environment"]


def test_dashboards_take_neither_all_connections_nor_all_memory() -> None:
    database = SERVICES["database"]
    settings = dict(word.split("=") for word in database["command"] if "=" in word)
    assert int(settings["reserved_connections"]) >= 40
    assert int(settings["max_connections"]) - int(settings["reserved_connections"]) >= 59 * 4
    assert database["ulimits"]["data"] <= 4 * 2**30


def test_grafana_finds_the_rendered_dashboards() -> None:
    text = (PROVISIONING / "dashboards" / "regionhub.yaml").read_text(encoding="utf-8")
    (provider,) = yaml.safe_load(text)["providers"]
    folder = provider["options"]["path"]
    assert SERVICES["dashboards"]["command"][-1] == folder
    assert f"dashboards:{folder}:ro" in SERVICES["grafana"]["volumes"]
    assert f"dashboards:{folder}" in SERVICES["dashboards"]["volumes"]


def test_grafana_draws_the_maps_of_the_portal() -> None:
    variables = SERVICES["grafana"]["environment"]
    layer = json.loads(variables["GF_GEOMAP_DEFAULT_BASELAYER_CONFIG"])
    settings = Settings()
    assert layer == {
        "type": "xyz",
        "config": {"url": settings.tile_url, "attribution": settings.tile_attribution},
    }
    assert variables["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert variables["GF_USERS_DEFAULT_LANGUAGE"] == "de-DE"


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_command_exists(name: str) -> None:
    command: Any = typer.main.get_command(make_app())
    for word in SERVICES[name]["command"]:
        if word.startswith("-"):
            break
        command = command.commands[word]


@pytest.mark.mosquitto
def test_the_broker_lets_in_who_has_the_password_and_nobody_else(tmp_path: Path) -> None:
    if shutil.which("mosquitto") is None or shutil.which("mosquitto_sub") is None:
        not_here("mosquitto and its clients are not installed")
    port = free_port()
    for part in (ROOT / "deploy" / "mosquitto").iterdir():
        text = part.read_text(encoding="utf-8").replace(
            "listener 1883", f"listener {port} 127.0.0.1"
        )
        text = text.replace("/run/mosquitto", str(tmp_path)).replace(
            "/mosquitto/data", str(tmp_path)
        )
        if os.geteuid() == 0 and part.suffix == ".conf":
            text += "\nuser root\n"
        (tmp_path / part.name).write_text(text, encoding="utf-8")
    variables = os.environ | {
        "MQTT_INGEST_PASSWORD": "aa11",
        "MOSQUITTO_RUN": str(tmp_path / "run"),
        "MOSQUITTO_ACCESS": str(tmp_path / "access"),
    }
    for folder in ("run", "access"):
        (tmp_path / folder).mkdir()

    def allow(**users: str) -> None:
        """As `regionhub source acl` writes it."""
        access = tmp_path / "access"
        (access / "passwords").write_text("".join(f"{u}:{p}\n" for u, p in users.items()))
        subprocess.run(["mosquitto_passwd", "-U", access / "passwords"], check=True)
        rules = (
            "user ingest\ntopic read #\ntopic read $SYS/#\n\nuser town-1\ntopic write town-1/#\n"
        )
        (access / "acl").write_text(rules)

    allow(**{"ingest": "aa11", "town-1": "bb22"})
    conf = tmp_path / "mosquitto.conf"
    conf.write_text(
        conf.read_text()
        .replace(f"{tmp_path}/passwords", f"{tmp_path}/run/passwords")
        .replace(f"{tmp_path}/acl", f"{tmp_path}/run/acl")
    )

    def client(program: str, user: str, password: str, *rest: str) -> int:
        who = ["-u", user, "-P", password] if user else []
        return subprocess.run(
            [program, "-h", "127.0.0.1", "-p", str(port), *who, *rest],
            capture_output=True,
            check=False,
            timeout=20,
            env=variables,
        ).returncode

    hear = ("-t", "town-1/up", "-C", "1", "-W", "2")
    say = ("-t", "town-1/up", "-m", "x", "-r", "-q", "1")
    with subprocess.Popen(["sh", str(tmp_path / "start.sh")], env=variables) as broker:
        try:
            deadline = time.monotonic() + 10
            while client("mosquitto_pub", "town-1", "bb22", *say) and time.monotonic() < deadline:
                time.sleep(0.1)
            assert client("mosquitto_sub", "ingest", "aa11", *hear) == 0
            assert client("mosquitto_sub", "town-1", "bb22", *hear) != 0
            assert client("mosquitto_sub", "ingest", "bb22", *hear) != 0
            assert client("mosquitto_sub", "", "", *hear) != 0
            uptime = ("-t", "$SYS/broker/uptime", "-C", "1", "-W", "5")
            assert client("mosquitto_sub", "ingest", "aa11", *uptime) == 0
            # the health check knows the password from a file
            variables["XDG_CONFIG_HOME"] = str(tmp_path / "run")
            assert client("mosquitto_sub", "", "", *uptime) == 0
            del variables["XDG_CONFIG_HOME"]
            allow(**{"ingest": "aa11", "town-1": "cc33"})
            deadline = time.monotonic() + 15
            while client("mosquitto_pub", "town-1", "cc33", *say) and time.monotonic() < deadline:
                time.sleep(0.5)
            assert client("mosquitto_pub", "town-1", "cc33", *say) == 0
            assert client("mosquitto_pub", "town-1", "bb22", *say) != 0
            assert "aa11" not in (tmp_path / "run" / "passwords").read_text()
        finally:
            broker.terminate()


def test_only_the_gateway_of_the_hubs_network_is_believed_who_asks() -> None:
    """A whole network would let whoever is in it choose whose failed sign-ins count."""
    [network] = COMPOSE["networks"]["default"]["ipam"]["config"]
    trusted = SERVICES["api"]["environment"]["REGIONHUB_TRUSTED_PROXIES"]
    assert trusted == f"${{TRUSTED_PROXIES:-{network['gateway']}}}"
    assert f"TRUSTED_PROXIES={network['gateway']}" in (ROOT / "deploy" / ".env.example").read_text()
