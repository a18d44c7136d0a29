"""Run it: ``python -m benchmarks.profile [contacts events]``, see ``benchmarks/README.md``."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.end_to_end.instances import ROOT
from tests.end_to_end.soak.strikes import own_database

HEAD = (
    "| page | median ms | longest ms | queries | tables read whole |\n"
    "| --- | --- | --- | --- | --- |"
)


def main(contacts: str, events: str) -> None:
    """Generate the visits in a PostgreSQL and in an SQLite, and time each page there."""
    server = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    with own_database(server) as database:
        measure("PostgreSQL", database, contacts, events)
    with tempfile.TemporaryDirectory() as folder:
        measure("SQLite", f"sqlite:///{Path(folder) / 'visits.sqlite3'}", contacts, events)


def measure(name: str, database: str, contacts: str, events: str) -> None:
    """Print the table of one database."""
    environment = os.environ | {
        "JSS_READ_DOT_ENV": "false",
        "SECRET_KEY": "benchmark",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "false",
        "DATABASE_URL": database,
    }

    def run(*command: str) -> None:
        subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True)

    print(f"### {name}, load {os.getloadavg()[0]:.1f}", flush=True)
    run("manage.py", "migrate", "--verbosity=0")
    run("manage.py", "generate_visits", "--contacts", contacts, "--events", events)
    print(HEAD, flush=True)
    run("-m", "benchmarks.profile.pages")


main(*(sys.argv[1:3] or ("100000", "1000000")))
