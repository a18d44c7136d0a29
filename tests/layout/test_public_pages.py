"""Which pages any cache may keep, and what Sitecore is told of the visitor then."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils.cache import patch_vary_headers

from jss_layout.exceptions import CouldNotContact, LayoutServiceError
from jss_layout.layout import parse_layout
from jss_layout.request import LayoutRequest, LayoutResponse
from jss_layout.sites import SiteDefinition
from jss_layout.sources import LayoutSource
from tests.layout.pages import component, layout_json, templates

Answer = Callable[[HttpRequest], HttpResponse]

OFF = SiteDefinition(name="shop", enable_tracking=False)
PUBLIC = "public, max-age=60"
PRIVATE = "private, no-cache"
FILES = {
    "page.html": '{{ route.name }} {% placeholder "main" %}',
    "404.html": "gone",
    "503.html": "down",
    "components/Text.html": "{% text fields.heading %}",
    "components/Greeting.html": "{% uses_request %}{{ request.path }}",
}
MIDDLEWARE = "jss_layout.middleware.PublicPageMiddleware"


class FakeSource(LayoutSource):
    """Answers every page alike, and knows what it was asked."""

    def __init__(self) -> None:
        self.asked: list[LayoutRequest] = []
        self.answer: LayoutResponse | LayoutServiceError = of("Text")

    def fetch(self, request: LayoutRequest) -> LayoutResponse:
        self.asked.append(request)
        if isinstance(self.answer, LayoutServiceError):
            raise self.answer
        return self.answer

    def fetch_dictionary(self, request: LayoutRequest) -> dict[str, str]:
        return {}


def of(name: str, **rest: Any) -> LayoutResponse:
    """The answer with a page of one component."""
    elements = [component(name, {"heading": "hello"})]
    return LayoutResponse(parse_layout(layout_json({"main": elements}, **rest)))


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[FakeSource]:
    fake = FakeSource()
    monkeypatch.setattr("jss_layout.views.layout_source", lambda: fake)
    on_site(monkeypatch, OFF)
    settings.PAGE_MAX_AGE = 60
    with templates(FILES, ROOT_URLCONF="jss_layout.urls", MIDDLEWARE=[MIDDLEWARE]):
        yield fake


def on_site(monkeypatch: pytest.MonkeyPatch, site: SiteDefinition) -> None:
    for module in ("jss_layout.request", "jss_layout.headers.down"):
        monkeypatch.setattr(f"{module}.site_of", lambda _request: site)


def behind(settings: Any, *names: str) -> None:
    """Put middleware of this module behind the one that gives pages their lifetime."""
    settings.MIDDLEWARE = [MIDDLEWARE, *(f"{__name__}.{name}" for name in names)]


def lifetime(path: str = "/", **headers: str) -> tuple[str, str | None]:
    """``Cache-Control`` and ``Vary`` of a page."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Client().get(path, headers=names)
    return answer["Cache-Control"], answer.get("Vary")


def sets_cookie(get_response: Answer) -> Answer:
    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.set_cookie("own", "1")
        return response

    return answer


def varies(get_response: Answer) -> Answer:
    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        patch_vary_headers(response, ["Cookie"])
        return response

    return answer


def forbids(get_response: Answer) -> Answer:
    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Cache-Control"] = "no-store"
        return response

    return answer


def fails(get_response: Answer) -> Answer:
    def answer(request: HttpRequest) -> HttpResponse:
        get_response(request)
        return HttpResponse("broken", status=500)

    return answer


def test_a_page_of_a_site_that_tracks_nobody_has_the_lifetime(source: FakeSource) -> None:
    assert lifetime() == (PUBLIC, None)


def test_without_the_setting_it_is_private(source: FakeSource, settings: Any) -> None:
    settings.PAGE_MAX_AGE = 0
    assert lifetime() == (PRIVATE, "Cookie")


def test_a_site_that_tracks_has_private_pages(
    source: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_site(monkeypatch, replace(OFF, enable_tracking=True))
    assert lifetime() == (PRIVATE, "Cookie")


def test_page_views_that_are_not_counted_are_no_tracking_that_is_off(
    source: FakeSource, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    on_site(monkeypatch, replace(OFF, enable_tracking=True))
    settings.LAYOUT_SERVICE_TRACKING = False
    assert lifetime() == (PRIVATE, "Cookie")


def test_without_the_middleware_pages_stay_private(source: FakeSource, settings: Any) -> None:
    settings.MIDDLEWARE = []
    assert lifetime() == (PRIVATE, "Cookie")


def test_a_cookie_of_sitecore_makes_the_page_private(source: FakeSource) -> None:
    source.answer = replace(of("Text"), cookies=("shop=1; path=/",))
    assert lifetime() == (PRIVATE, "Cookie")


def test_a_cookie_that_does_not_go_down_does_not(source: FakeSource) -> None:
    source.answer = replace(of("Text"), cookies=("SC_ANALYTICS_GLOBAL_COOKIE=x; path=/",))
    assert lifetime() == (PUBLIC, None)


@pytest.mark.parametrize("name", ["sets_cookie", "varies"])
def test_what_middleware_makes_a_visitors_own_is_private(
    source: FakeSource, settings: Any, name: str
) -> None:
    behind(settings, name)
    assert lifetime() == (PRIVATE, "Cookie")


def test_a_lifetime_that_stands_already_stays(source: FakeSource, settings: Any) -> None:
    behind(settings, "forbids")
    assert lifetime() == ("no-store", None)


def test_an_answer_that_takes_the_pages_place_gets_no_lifetime(
    source: FakeSource, settings: Any
) -> None:
    behind(settings, "fails")
    assert "Cache-Control" not in Client().get("/")


def test_a_page_that_is_gone_is_private(source: FakeSource) -> None:
    source.answer = LayoutResponse(parse_layout(layout_json(None)), status=404)
    assert lifetime() == (PRIVATE, "Cookie")


def test_a_page_that_sitecore_fails_to_give_is_private(source: FakeSource) -> None:
    source.answer = CouldNotContact("gone")
    assert lifetime() == (PRIVATE, "Cookie")


def test_a_copy_is_private(source: FakeSource) -> None:
    source.answer = replace(of("Text"), kept_since=time.time())
    assert lifetime() == (PRIVATE, "Cookie")


def test_a_page_with_a_component_that_sees_the_request_is_private(source: FakeSource) -> None:
    source.answer = of("Greeting")
    assert lifetime() == (PRIVATE, "Cookie")


@pytest.mark.parametrize("context", [{"pageEditing": True}, {"pageState": "preview"}])
def test_a_page_that_somebody_works_on_is_private(
    source: FakeSource, context: dict[str, Any]
) -> None:
    source.answer = of("Text", context=context)
    assert lifetime() == (PRIVATE, "Cookie")


def test_a_page_behind_a_password_is_private(source: FakeSource) -> None:
    assert lifetime(authorization="Basic x") == (PRIVATE, "Cookie")


def test_such_a_page_is_asked_for_in_nobodys_name(source: FakeSource) -> None:
    lifetime(cookie="a=1", user_agent="Mozilla", referer="/x", x_forwarded_for="192.0.2.1")
    assert source.asked[0].headers == {"X-Forwarded-Proto": "http"}


def test_listed_headers_pass_up_and_vary_the_page(source: FakeSource, settings: Any) -> None:
    settings.LAYOUT_SERVICE_HEADERS = ["Accept-Language", "Connection"]
    assert lifetime(accept_language="da") == (PUBLIC, "Accept-Language")
    assert source.asked[0].headers == {"Accept-Language": "da", "X-Forwarded-Proto": "http"}


def test_the_filter_has_its_word_as_ever(source: FakeSource, settings: Any) -> None:
    settings.LAYOUT_SERVICE_HEADER_FILTER = f"{__name__}.with_tenant"
    lifetime()
    assert source.asked[0].headers == {"X-Forwarded-Proto": "http", "X-Tenant": "shop"}


def with_tenant(headers: dict[str, str], _request: HttpRequest) -> dict[str, str]:
    return {**headers, "X-Tenant": "shop"}


def test_a_private_page_goes_up_with_its_visitor(source: FakeSource, settings: Any) -> None:
    settings.PAGE_MAX_AGE = 0
    lifetime(user_agent="Mozilla")
    assert source.asked[0].headers["User-Agent"] == "Mozilla"


@pytest.mark.django_db
def test_the_sample_site_gives_its_pages_the_lifetime(settings: Any) -> None:
    settings.PAGE_MAX_AGE = 60
    settings.SITECORE_ENABLE_TRACKING = False
    assert lifetime("/about") == (PUBLIC, None)
    assert lifetime("/no/such/page") == (PRIVATE, "Cookie")
    settings.SITECORE_ENABLE_TRACKING = True
    assert lifetime("/about")[0] == PRIVATE
