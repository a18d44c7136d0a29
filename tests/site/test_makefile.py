"""What ``make`` does, with a Python that only writes down what it is asked."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = f"""#!/bin/sh
case "$1" in
    -c) exec {sys.executable} "$@" ;;
esac
echo "$@" >> calls
if [ "$2" = venv ]; then mkdir -p .venv/bin && cp "$0" .venv/bin/python; fi
"""
INSTALL = "-m pip install --quiet --disable-pip-version-check --editable"


class Checkout:
    """A fresh clone, as far as ``make`` sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "Makefile").symlink_to(ROOT / "Makefile")
        (folder / "pyproject.toml").touch()
        python = folder / "fake-python"
        python.write_text(PYTHON)
        python.chmod(0o755)

    def make(self, *arguments: str) -> str:
        done = subprocess.run(
            ["make", "PYTHON=./fake-python", *arguments],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout

    def calls(self) -> list[str]:
        """What Python was asked since the last time."""
        path = self.folder / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    def dot_env(self) -> dict[str, str]:
        lines = (self.folder / ".env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_help_comes_first_and_names_every_target(checkout: Checkout) -> None:
    targets = re.findall(r"(?m)^\.PHONY: ([\w-]+)$", (ROOT / "Makefile").read_text())
    assert re.findall(r"(?m)^make ([\w-]+) +\S", checkout.make()) == targets
    assert {"help", "serve", "test", "check", "format", "clean"} <= set(targets)


def test_serve_does_all_that_a_fresh_clone_needs(checkout: Checkout) -> None:
    printed = checkout.make("serve", "PORT=9000")
    assert checkout.calls() == [
        "-m venv .venv",
        f"{INSTALL} .",
        "manage.py migrate --verbosity 0",
        "manage.py runserver 127.0.0.1:9000",
    ]
    assert "http://127.0.0.1:9000/\n" in printed
    assert "http://127.0.0.1:9000/admin/\n" in printed
    assert ".venv/bin/python manage.py createsuperuser\n" in printed


def test_the_production_server_has_its_files_and_tables_before_it_starts(
    checkout: Checkout,
) -> None:
    checkout.make("serve-production", "PORT=9000", "WORKERS=3")
    assert checkout.calls() == [
        "-m venv .venv",
        f"{INSTALL} .[fast,postgres,redis,server]",
        "manage.py migrate --verbosity 0",
        "manage.py collectstatic --verbosity 0 --no-input",
        "manage.py check --deploy",
        "-m gunicorn --workers 3 --bind 127.0.0.1:9000 jss_site.wsgi",
    ]
    assert not (checkout.folder / ".env").exists()


def test_what_is_installed_is_not_installed_again(checkout: Checkout) -> None:
    checkout.make("serve")
    checkout.calls()
    checkout.make("serve")
    assert checkout.calls() == [
        "manage.py migrate --verbosity 0",
        "manage.py runserver 127.0.0.1:8000",
    ]


def test_a_changed_project_file_is_installed_again(checkout: Checkout) -> None:
    checkout.make("serve")
    checkout.calls()
    os.utime(checkout.folder / ".venv" / "site-installed", (0, 0))
    checkout.make("serve")
    assert checkout.calls()[0] == f"{INSTALL} ."


def test_serve_writes_keys_of_its_own_where_there_are_none(checkout: Checkout) -> None:
    checkout.make(".env")
    written = checkout.dot_env()
    assert list(written) == ["DEBUG", "SECRET_KEY", "SITECORE_API_KEY", "TRACKER_SERVICE_ENABLED"]
    assert (written["DEBUG"], written["TRACKER_SERVICE_ENABLED"]) == ("true", "true")
    assert len(written["SECRET_KEY"]) >= 50
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", written["SITECORE_API_KEY"])
    assert (checkout.folder / ".env").stat().st_mode & 0o077 == 0


def test_a_file_of_settings_that_is_there_stays(checkout: Checkout) -> None:
    (checkout.folder / ".env").write_text("SECRET_KEY=mine\n")
    checkout.make("serve")
    assert checkout.dot_env() == {"SECRET_KEY": "mine"}


def test_the_tests_install_their_tools_and_need_no_settings(checkout: Checkout) -> None:
    checkout.make("test")
    assert checkout.calls() == [
        "-m venv .venv",
        f"{INSTALL} .[dev]",
        "-m pytest --numprocesses auto --dist loadgroup",
    ]
    assert not (checkout.folder / ".env").exists()


def test_clean_keeps_settings_data_and_installation(checkout: Checkout) -> None:
    checkout.make("serve")
    (checkout.folder / "db.sqlite3").touch()
    (checkout.folder / "jss_site" / "__pycache__").mkdir(parents=True)
    checkout.make("clean")
    left = {path.name for path in checkout.folder.iterdir()}
    assert {".env", ".venv", "db.sqlite3"} <= left
    assert not (checkout.folder / "jss_site" / "__pycache__").exists()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [("", "16 curl"), ("WORKER_THREADS=64\nLAYOUT_TRANSPORT='requests'\n", "64 requests")],
)
def test_the_production_server_heeds_threads_and_transport_of_the_file_of_settings(
    checkout: Checkout, lines: str, expected: str
) -> None:
    python = (checkout.folder / "fake-python").read_text()
    python = python.replace('"$@" >>', '"$@" $WORKER_THREADS $LAYOUT_TRANSPORT >>')
    (checkout.folder / "fake-python").write_text(python)
    (checkout.folder / ".env").write_text(lines)
    checkout.make("serve-production")
    assert checkout.calls()[-1].endswith(f"jss_site.wsgi {expected}")
