import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses
from django.test import Client
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pytest_django import Settings

from jss_layout import checks, exceptions, metrics, sitecore
from jss_layout.exceptions import CircuitOpen, CouldNotContact, ServerError
from jss_layout.metrics import SCRAPED, count_call
from jss_layout.sources.disconnected import DisconnectedSource

TOKEN = "m" * 32
BEARER = {"Authorization": f"Bearer {TOKEN}"}
COUNT_TWICE = """
import os, django
django.setup()
from django.test import Client
from jss_layout.metrics import count_page
count_page("kept")
if os.fork() == 0:
    count_page("kept")
    os._exit(0)
os.wait()
answer = Client().get("/metrics", headers={"Authorization": "Bearer " + "m" * 32})
print(answer.status_code, answer.text)
"""


@pytest.fixture
def token(settings: Settings) -> str:
    settings.METRICS_TOKEN = TOKEN
    return TOKEN


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.django_db
class TestExposition:
    def test_it_is_absent_unless_a_token_is_set(self, client: Client) -> None:
        assert client.get("/metrics", headers=BEARER).status_code == 404

    @pytest.mark.parametrize("value", [None, "", TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer mmm"])
    def test_nobody_sees_it_without_the_token(
        self, client: Client, token: str, value: str | None
    ) -> None:
        headers = {"Authorization": value} if value is not None else {}
        answer = client.get("/metrics", headers=headers)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
        assert "jss_pages" not in answer.text

    def test_a_token_of_other_characters_is_wrong(self, client: Client, token: str) -> None:
        assert client.get("/metrics", headers={"Authorization": "Bearer é"}).status_code == 401

    def test_the_token_opens_it(self, client: Client, token: str) -> None:
        answer = client.get("/metrics", headers=BEARER)
        assert answer["Content-Type"].startswith("text/plain; version=")
        assert "no-store" in answer["Cache-Control"]
        assert "# TYPE jss_pages_total counter" in answer.text

    def test_a_post_is_told_405(self, client: Client, token: str) -> None:
        assert client.post("/metrics", headers=BEARER).status_code == 405

    def test_what_is_read_at_a_scrape_stands_beside_it(self, client: Client, token: str) -> None:
        class Depth(Collector):
            def collect(self) -> Iterator[GaugeMetricFamily]:
                yield GaugeMetricFamily("depth_of_test", "Depth.", value=7)

        collector = Depth()
        SCRAPED.register(collector)
        try:
            assert "\ndepth_of_test 7.0\n" in client.get("/metrics", headers=BEARER).text
        finally:
            SCRAPED.unregister(collector)

    def test_processes_that_share_a_folder_are_shown_as_one(self, tmp_path: Path) -> None:
        variables = {
            "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "jss_site.settings",
            "JSS_READ_DOT_ENV": "false",
            "DEBUG": "true",
            "ALLOWED_HOSTS": "*",
            "METRICS_TOKEN": TOKEN,
            "DATABASE_URL": "sqlite://:memory:",
        }
        done = subprocess.run(
            [sys.executable, "-c", COUNT_TWICE],
            env={"PATH": os.environ["PATH"], **variables},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.startswith("200 ")
        assert 'jss_pages_total{outcome="kept"} 2.0' in done.stdout


@pytest.mark.django_db
class TestPages:
    def test_a_page_is_rendered(self, client: Client) -> None:
        before = sample("jss_pages_total", outcome="rendered")
        assert client.get("/").status_code == 200
        assert sample("jss_pages_total", outcome="rendered") == before + 1

    @pytest.mark.parametrize("path", ["/no-such-page", "/wp-login.php"])
    def test_a_page_is_not_found(self, client: Client, path: str) -> None:
        before = sample("jss_pages_total", outcome="not_found")
        assert client.get(path).status_code == 404
        assert sample("jss_pages_total", outcome="not_found") == before + 1

    def test_a_page_is_unavailable(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any) -> None:
            raise ServerError("broken")

        monkeypatch.setattr(DisconnectedSource, "fetch", fail)
        before = sample("jss_pages_total", outcome="unavailable")
        assert client.get("/").status_code == 503
        assert sample("jss_pages_total", outcome="unavailable") == before + 1


class TestCalls:
    HOST = "metered.example.com"

    def calls(self, outcome: str) -> float:
        return sample("jss_upstream_calls_total", host=self.HOST, outcome=outcome)

    def timed(self) -> float:
        return sample("jss_upstream_seconds_count", host=self.HOST)

    @pytest.mark.parametrize(("status", "outcome"), [(200, "2xx"), (404, "4xx"), (503, "5xx")])
    def test_a_call_counts_by_the_class_of_its_status(self, status: int, outcome: str) -> None:
        before = self.calls(outcome), self.timed()
        with responses.RequestsMock() as fake:
            fake.get(f"https://{self.HOST}/", status=status)
            sitecore.send("GET", f"https://{self.HOST}/", {})
        assert (self.calls(outcome), self.timed()) == (before[0] + 1, before[1] + 1)

    def test_a_call_that_fails_counts_by_the_name_of_the_error(self) -> None:
        before = self.calls("CouldNotContact")
        with responses.RequestsMock() as fake:
            fake.post(f"https://{self.HOST}/", body=ConnectionError("refused"))
            with pytest.raises(CouldNotContact):
                sitecore.send("POST", f"https://{self.HOST}/", {})
        assert self.calls("CouldNotContact") == before + 1

    def test_a_call_that_was_not_made_took_no_time(self) -> None:
        before = self.calls("CircuitOpen"), self.timed()
        count_call(self.HOST, CircuitOpen.__name__, 0.0)
        assert (self.calls("CircuitOpen"), self.timed()) == (before[0] + 1, before[1])


def test_a_short_token_is_warned_of(settings: Settings) -> None:
    settings.METRICS_TOKEN = "short"
    (warning,) = checks.check_metrics()
    assert warning.id == "jss_layout.W054"
    assert "short." not in str(warning.msg)


def test_a_long_token_and_none_are_fine(settings: Settings) -> None:
    assert list(checks.check_metrics()) == []
    settings.METRICS_TOKEN = TOKEN
    assert list(checks.check_metrics()) == []


def test_the_names_of_what_was_not_made_are_those_of_errors() -> None:
    assert all(hasattr(exceptions, name) for name in metrics.NOT_MADE)
