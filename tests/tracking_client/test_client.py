"""The browser's client as a file: its size, its sources, its types, and its part under Node."""

import gzip
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import jss_tracking

SOURCES = Path(jss_tracking.__file__).parent / "client"
BUILT = Path(jss_tracking.__file__).parent / "static" / "jss_tracking"
FILES = ("tracker.js", "tracker.classic.js")
MAX_BYTES = 3072

in_ci = bool(os.environ.get("CI"))
needs_node = pytest.mark.skipif(
    not in_ci and shutil.which("node") is None, reason="Node is not installed"
)
needs_tools = pytest.mark.skipif(
    not in_ci and not (SOURCES / "node_modules").is_dir(),
    reason="npm ci --prefix jss_tracking/client was not run",
)


def run(*command: str) -> None:
    """Fails with what the command prints."""
    done = subprocess.run(command, cwd=SOURCES, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", FILES)
def test_the_client_is_small(name: str) -> None:
    assert len(gzip.compress((BUILT / name).read_bytes(), 9)) <= MAX_BYTES


@pytest.mark.browser
@needs_tools
@pytest.mark.parametrize("name", FILES)
def test_what_ships_is_what_the_sources_build(name: str, tmp_path: Path) -> None:
    run("node", "build.js", f"{tmp_path}/")
    assert (tmp_path / name).read_text() == (BUILT / name).read_text()


@pytest.mark.browser
@needs_tools
def test_types_and_sources_hold_under_strict_typescript() -> None:
    run("node_modules/.bin/tsc", "--project", "tsconfig.json")


@pytest.mark.browser
@needs_node
def test_what_needs_no_browser_holds_under_node() -> None:
    run("node", "--test", str(Path(__file__).parent / "client.test.js"))
