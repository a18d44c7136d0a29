"""The Python that serves the pages: the fastest that this machine has.

The peers run on Node as its makers build it, with all optimizations. So do distributions and
Docker's images build CPython; what pyenv builds has none of them and takes an eighth more.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from functools import cache

from tests.end_to_end.instances import ROOT

FOLDER = ROOT / ".benchmark" / "python"
SYSTEM = "/usr/bin/python3"
# Calls, attributes, dicts, texts: what a page is made of.
TIMED = """
import sys, timeit
class A:
    def __init__(self, x): self.x = x
    def get(self): return {"x": self.x, "y": f"<p>{self.x}</p>"}
def work():
    return "".join(A(number).get()["y"] for number in range(1000))
assert sys.version_info >= (3, 11)
print(min(timeit.repeat(work, number=20, repeat=15)))
"""


@cache
def interpreter() -> str:
    """The path of the fastest one, the project and its server installed."""
    own, system = _seconds(sys.executable), _seconds(SYSTEM)
    if system is None or own is None or system > own * 0.95:
        return sys.executable
    return _installed() or sys.executable


def version(python: str) -> str:
    """What it says of itself."""
    return _printed(python, "import platform; print(platform.python_version())") or "?"


def _seconds(python: str) -> float | None:
    printed = _printed(python, TIMED)
    return float(printed) if printed else None


def _printed(python: str, code: str) -> str:
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _installed() -> str | None:
    """The system's Python with the project, in a virtual environment; None if none can be made."""
    mark = FOLDER / "installed"
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    python = FOLDER / "bin" / "python"
    if not mark.exists() or mark.read_text() != digest:
        shutil.rmtree(FOLDER, ignore_errors=True)
        has_venv = _printed(SYSTEM, "import ensurepip; print(True)")
        if not has_venv and os.geteuid() == 0 and shutil.which("apt-get"):
            subprocess.run(["apt-get", "install", "--quiet", "--yes", "python3-venv"], check=False)
        try:
            subprocess.run([SYSTEM, "-m", "venv", str(FOLDER)], check=True)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--editable"]
            subprocess.run([*pip, f"{ROOT}[fast,server]"], check=True)
        except subprocess.CalledProcessError:
            return None
        mark.write_text(digest)
    return str(python)
