"""The tracker's endpoint and client under names of the site's own."""

import sys
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest
from django.contrib.staticfiles.finders import find
from django.core.management import call_command
from django.template import Context, Template
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from jss_layout.layout import Route
from jss_layout.models import ApiKey
from jss_layout.sites import SiteDefinition
from jss_tracking import finders
from jss_tracking.urls import tracker_urlpatterns
from tests.sensitive import API_KEY

JSON = "application/json"
STATIC = Path(finders.__file__).parent / "static" / "jss_tracking"

pytestmark = pytest.mark.usefixtures("service")


@pytest.fixture
def renamed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TRACKER_SERVICE_PATH = "site/visits"
    settings.TRACKER_SCRIPT = "site/visits.js"
    site = ModuleType("renamed_urls")
    site.urlpatterns = [path("", include((tracker_urlpatterns(), "jss_tracking")))]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, site.__name__, site)
    settings.ROOT_URLCONF = site.__name__


def tag(markup: str) -> str:
    context = {"site": SiteDefinition("shop"), "route": Route()}
    return Template("{% load jss_tracking %}" + markup).render(Context(context))


@pytest.mark.parametrize("folder", ["/site/visits", "/sitecore/api/jss/track"])
@pytest.mark.parametrize("action", ["event", "event/", "flush"])
def test_the_stock_path_answers_beside_the_own(
    renamed: None, client: Client, folder: str, action: str
) -> None:
    assert client.put(f"{folder}/{action}").status_code == 405


APP = "https://app.example.com"


@pytest.mark.parametrize("folder", ["/site/visits", "/sitecore/api/jss/track"])
def test_pages_of_other_origins_may_call_either_path(
    renamed: None, client: Client, folder: str
) -> None:
    ApiKey.objects.create(name="App", key=API_KEY, cors_origins=APP, opens_tracking=True)
    asks = {"origin": APP, "access-control-request-method": "POST"}
    answer = client.options(f"{folder}/event", headers=asks)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, APP)
    answer = client.post(f"{folder}/event?sc_apikey={API_KEY}", [], JSON, headers={"origin": APP})
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, APP)
    assert answer["Access-Control-Allow-Credentials"] == "true"
    assert answer["Access-Control-Expose-Headers"] == "Retry-After"


@pytest.mark.parametrize(
    ("path", "origin"),
    [("/site/visits/event", "https://evil.example"), ("/site/visits-of-others", APP), ("/", APP)],
)
def test_no_other_origin_and_no_other_path_is_allowed(
    renamed: None, client: Client, path: str, origin: str
) -> None:
    ApiKey.objects.create(name="App", cors_origins=APP, opens_tracking=True)
    asks = {"origin": origin, "access-control-request-method": "POST"}
    answer = client.options(path, headers=asks)
    assert not answer.has_header("Access-Control-Allow-Origin")


def test_pages_are_told_the_own_names(renamed: None) -> None:
    markup = tag("{% tracker %}")
    assert 'src="/static/site/visits.js"' in markup
    assert 'data-service-url="/site/visits"' in markup
    assert 'src="/static/site/visits.classic.js"' in tag("{% tracker classic=True %}")


@pytest.mark.parametrize("build", ["js", "classic.js"])
def test_both_builds_are_found_by_the_own_name_and_the_stock_one(renamed: None, build: str) -> None:
    shipped = str(STATIC / f"tracker.{build}")
    assert find(f"site/visits.{build}") == shipped
    assert find(f"site/visits.{build}", find_all=True) == [shipped]
    assert find(f"jss_tracking/tracker.{build}") == shipped


def test_other_files_are_not_the_clients(renamed: None) -> None:
    assert find("site/other.js") is None


def test_the_client_is_collected_under_its_own_name(
    renamed: None, settings: Settings, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_FINDERS = ["jss_tracking.finders.TrackerScriptFinder"]
    call_command("collectstatic", interactive=False, stdout=StringIO())
    collected = {file.name: file.read_bytes() for file in (tmp_path / "site").iterdir()}
    assert collected == {
        "visits.js": (STATIC / "tracker.js").read_bytes(),
        "visits.classic.js": (STATIC / "tracker.classic.js").read_bytes(),
    }


def test_with_the_stock_name_nothing_is_collected_twice(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_FINDERS = ["jss_tracking.finders.TrackerScriptFinder"]
    call_command("collectstatic", interactive=False, stdout=StringIO())
    assert list(tmp_path.iterdir()) == []
