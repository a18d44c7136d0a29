"""What watches over a server, and asks for nothing but heads."""

from pathlib import Path

import pytest
import requests

from tests.end_to_end.instances import production

pytest.importorskip("gunicorn")


def test_a_probe_that_asks_for_the_head_leaves_no_warning(tmp_path: Path) -> None:
    with production(tmp_path, DJANGO_SETTINGS_MODULE="jss_site.settings") as site:
        answer = requests.head(f"{site.url}/healthz", timeout=10)
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, "7")
    assert " WARNING " not in site.log.read_text()
