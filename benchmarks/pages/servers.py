"""The servers that are measured, and the processes that they run in."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.end_to_end.instances import ROOT, free_port

# Of the cores that this process may use; on one alone, all share it.
_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
SERVER_CORE, LOAD_CORE = str(_CORES[0]), str(_CORES[:2][-1])
START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """How a server is started; ``{port}`` in its command is where it listens."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    folder: Path = ROOT


@dataclass(frozen=True)
class Running:
    """A server that answers on a port."""

    name: str
    port: int
    process: "subprocess.Popen[bytes]"

    def get(self, path: str) -> tuple[int, list[tuple[str, str]], str]:
        """Status, headers and text of a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read().decode()
        finally:
            connection.close()

    def cpu_seconds(self) -> float:
        """Seconds that its processes have computed so far."""
        return sum(_ticks(pid) for pid in self._members()) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """Memory of all its processes, in MB; what they share counts once."""
        return sum(self._megabytes())

    def worker_megabytes(self) -> float:
        """Memory of the largest of its processes, in MB."""
        return max(self._megabytes())

    def _megabytes(self) -> Iterator[float]:
        for pid in self._members():
            yield _proportional_kilobytes(pid) / 1024

    def _members(self) -> Iterator[int]:
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(ProcessLookupError):
                if os.getpgid(int(entry.name)) == self.process.pid:
                    yield int(entry.name)


def _ticks(pid: int) -> int:
    # proc(5): what follows the name, which may hold blanks, begins with the third field.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _proportional_kilobytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


@contextmanager
def running(server: Server, first_path: str, core: str = SERVER_CORE) -> Iterator[Running]:
    """The server, on one core, from its first 200 on.

    Raises ``RuntimeError`` with the end of its log if it does not start.
    """
    port = free_port()
    command = [part.replace("{port}", str(port)) for part in server.command]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            ["taskset", "--cpu-list", core, *command],
            cwd=server.folder,
            env=os.environ | {"PORT": str(port)} | server.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        found = Running(server.name, port, process)
        try:
            if not _answers(found, first_path):
                log.seek(0)
                raise RuntimeError(f"{server.name} does not start: {log.read()[-2000:].decode()}")
            yield found
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)


def _answers(server: Running, path: str) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            if server.get(path)[0] == 200:
                return True
        except OSError:
            pass
        time.sleep(0.1)
    return False


def stub(delay: float = 0) -> Server:
    """The stub Layout Service."""
    return Server("stub", [sys.executable, "-m", "benchmarks.pages.stub", "{port}", str(delay)])


def django(
    name: str,
    layout_host: str,
    folder: Path,
    transport: str,
    threads: int = 4,
    calls: int = 0,
    python: str = sys.executable,
) -> Server:
    """The sample site as in production, one worker, connected to the stub.

    So many ``calls`` run at a time, half of the threads unless said otherwise.
    """
    return Server(
        name,
        [
            *(python, "-m", "gunicorn", "--workers", "1", "--backlog", "2048"),
            *("--threads", str(threads), "--bind", "127.0.0.1:{port}", "jss_site.wsgi"),
        ],
        {
            "MALLOC_ARENA_MAX": "2",
            "DJANGO_SETTINGS_MODULE": "benchmarks.pages.settings",
            "JSS_READ_DOT_ENV": "false",
            "DEBUG": "false",
            "SECRET_KEY": "benchmark",
            "ALLOWED_HOSTS": "127.0.0.1",
            "SECURE_SSL_REDIRECT": "false",
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
            "JSS_MODE": "connected",
            "SITECORE_API_HOST": layout_host,
            "SITECORE_API_KEY": "b1e2d3c4-0000-4000-8000-000000000000",
            "SITECORE_SITE_NAME": "bench",
            "LAYOUT_TRANSPORT": transport,
            **({"SITECORE_MAX_CALLS": str(calls)} if calls else {}),
        },
    )
