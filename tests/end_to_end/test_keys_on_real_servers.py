"""API keys at the tracker, as Django's server and gunicorn hand a request on."""

import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
import requests

from tests.end_to_end.instances import Instance, free_port, instance

pytestmark = pytest.mark.xdist_group("keys_on_real_servers")

KEY = str(uuid4())
APP = "https://app.example.com"
EVENT = "/sitecore/api/jss/track/event"
MAKE_KEY = (
    "from jss_layout.models import ApiKey; "
    f"ApiKey.objects.create(name='app', key='{KEY}', cors_origins='{APP}', opens_tracking=True)"
)


@pytest.fixture(scope="module", params=["runserver", "gunicorn"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Instance]:
    port, folder = free_port(), tmp_path_factory.mktemp("keys")
    gunicorn = [sys.executable, "-m", "gunicorn", "jss_site.wsgi", "--bind", f"127.0.0.1:{port}"]
    command = gunicorn if request.param == "gunicorn" else []
    with instance(folder, port, command, SITECORE_API_KEY=str(uuid4())) as site:
        site.manage("shell", "-c", MAKE_KEY)
        yield site


def post(site: Instance, query: str = "", **headers: str) -> requests.Response:
    return requests.post(
        f"{site.url}{EVENT}{query}",
        json=[{"eventId": "Download"}],
        headers={"User-Agent": "Firefox/140.0"} | headers,
        timeout=10,
    )


def test_the_key_may_come_in_the_query_or_as_a_header_without_an_underscore(
    site: Instance,
) -> None:
    assert post(site, f"?sc_apikey={KEY}").json() == {"tracked": 1, "errors": []}
    assert post(site, **{"sc-apikey": f"{{{KEY.upper()}}}"}).status_code == 200


def test_a_header_with_an_underscore_does_not_arrive(site: Instance) -> None:
    refused = post(site, sc_apikey=KEY)
    assert refused.status_code == 401
    assert "sc-apikey" in refused.json()["errors"][0]["message"]


def test_a_page_of_a_listed_origin_may_post_and_read_the_answer(site: Instance) -> None:
    asks = {"Origin": APP, "Access-Control-Request-Method": "POST"}
    preflight = requests.options(f"{site.url}{EVENT}", headers=asks, timeout=10)
    assert preflight.headers["Access-Control-Allow-Origin"] == APP
    answer = post(site, f"?sc_apikey={KEY}", Origin=APP)
    assert answer.json() == {"tracked": 1, "errors": []}
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "origin" in answer.headers["Vary"].lower()


def test_a_page_of_another_origin_may_do_neither(site: Instance) -> None:
    other = "https://other.example.com"
    asks = {"Origin": other, "Access-Control-Request-Method": "POST"}
    preflight = requests.options(f"{site.url}{EVENT}", headers=asks, timeout=10)
    assert "Access-Control-Allow-Origin" not in preflight.headers
    answer = post(site, f"?sc_apikey={KEY}", Origin=other)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
