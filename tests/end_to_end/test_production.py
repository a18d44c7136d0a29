"""What gunicorn makes of requests that browsers do not send, with this project's settings."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.end_to_end.instances import Instance, production

pytest.importorskip("gunicorn")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    folder: Path = tmp_path_factory.mktemp("production")
    variables = {"DJANGO_SETTINGS_MODULE": "jss_site.settings", "SECURE_HSTS_SECONDS": "60"}
    with production(folder, **variables) as site:
        yield site


def test_a_probe_that_asks_for_the_head_leaves_no_warning(site: Instance) -> None:
    answer = requests.head(f"{site.url}/healthz", timeout=10)
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, "7")
    assert " WARNING " not in site.log.read_text()


def test_no_header_says_which_part_of_the_address_is_the_sites(site: Instance) -> None:
    # As a visitor may, through a proxy on the same machine that passes names with underscores.
    answer = requests.get(f"{site.url}/healthz", headers={"SCRIPT_NAME": "/healthz"}, timeout=10)
    assert (answer.status_code, answer.text) == (200, "Healthy")


def test_only_the_setting_says_which_header_tells_of_https(site: Instance) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on"}
    answer = requests.get(f"{site.url}/healthz", headers=headers, timeout=10)
    assert answer.status_code == 200
    assert "Strict-Transport-Security" not in answer.headers
