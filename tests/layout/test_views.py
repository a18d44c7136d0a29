import gc
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext
from django.test import Client, RequestFactory
from django.utils import translation
from hypothesis import HealthCheck, given, settings

from jss_layout.context import Page
from jss_layout.deadline import Deadline, time_left
from jss_layout.exceptions import DeadlineExceeded, LayoutServiceError, RequestNotPrepared
from jss_layout.layout import parse_layout
from jss_layout.request import LayoutRequest, LayoutResponse
from jss_layout.signals import layout_requested, layout_served
from jss_layout.sites import SiteDefinition
from jss_layout.sources import LayoutSource
from jss_layout.views import page
from tests.layout.pages import component, layout_json, nested_json, templates
from tests.layout.test_layout import JSON

SITE = SiteDefinition(name="shop", languages=("en", "da"))
FILES = {
    "page.html": "<html lang={{ language }} data-counted={{ counted }}>{{ site.name }} "
    '{{ route.name }} {{ context.custom }} {{ request.path }} {% placeholder "main" %}',
    "404.html": "gone {{ context.custom }} {{ layout.route }} {{ site.name }} {{ counted }}",
    "503.html": "down {{ site.name }} {{ language }} {{ counted }} {{ error }}",
    "components/Text.html": "{% text fields.heading %}",
    "components/Box.html": '<div>{% placeholder "inner" %}</div>',
    "components/Date.html": '{% date fields.date format="F" %}',
}


class FakeSource(LayoutSource):
    """Answers every page alike, and knows what it was asked."""

    answer: LayoutResponse | LayoutServiceError

    def __init__(self) -> None:
        self.asked: list[LayoutRequest] = []
        elements = [component("Text", {"heading": "hello"})]
        self.layout(layout_json({"main": elements}, context={"custom": "own"}))

    def layout(self, body: bytes, **rest: Any) -> None:
        self.answer = LayoutResponse(parse_layout(body), **rest)

    def fetch(self, request: LayoutRequest) -> LayoutResponse:
        self.asked.append(request)
        if isinstance(self.answer, LayoutServiceError):
            raise self.answer
        return self.answer

    def fetch_dictionary(self, request: LayoutRequest) -> dict[str, str]:
        return {}


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSource]:
    fake = FakeSource()
    monkeypatch.setattr("jss_layout.views.layout_source", lambda: fake)

    def site_of(request: HttpRequest) -> SiteDefinition:
        request.get_host()
        return SITE

    for module in ("jss_layout.request", "jss_layout.headers.down"):
        monkeypatch.setattr(f"{module}.site_of", site_of)
    with templates(FILES, ROOT_URLCONF="jss_layout.urls", MIDDLEWARE=[]):
        yield fake


def text(response: HttpResponse) -> str:
    return response.content.decode().strip()


def get(path: str, **extra: Any) -> Any:
    return Client(raise_request_exception=True).get(path, **extra)


def test_a_page_shows_what_the_source_says(source: FakeSource) -> None:
    response = get("/about")
    assert response.status_code == 200
    assert text(response) == "<html lang=en data-counted=true>shop home own /about hello"
    assert [request.item for request in source.asked] == ["/about"]


def test_a_page_in_another_language_speaks_it(source: FakeSource) -> None:
    before = translation.get_language()
    date = component("Date", {"date": "2012-05-04T10:00:00Z"})
    source.layout(layout_json({"main": [date]}))
    assert text(get("/da/om")).endswith("maj")
    assert source.asked[0].language == "da"
    assert translation.get_language() == before


def test_all_calls_of_a_page_share_one_deadline(
    source: FakeSource, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    left: list[float] = []

    def fetch(_request: LayoutRequest) -> LayoutResponse | LayoutServiceError:
        for _ in range(2):
            with Deadline(1000):
                left.append(time_left() or 0)
        return source.answer

    monkeypatch.setattr(source, "fetch", fetch)
    settings.LAYOUT_SERVICE_TIMEOUT = 10
    get("/")
    assert 9 < left[1] < left[0] <= 10
    with Deadline(1000):
        assert (time_left() or 0) > 999


def test_every_page_is_private_to_caches(source: FakeSource) -> None:
    assert "private" in get("/")["Cache-Control"]
    assert "private" in get("/wp-login.php")["Cache-Control"]
    source.answer = LayoutServiceError("x")
    assert "private" in get("/")["Cache-Control"]


def test_what_a_page_includes_with_only_is_on_the_page_from_the_first_tag(
    source: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "jss_layout.templatetags.jss.phrases", lambda site, language: {"k": site.name + language}
    )
    edited = {"componentName": "Text", "fields": {"heading": {"value": "a", "editable": "<i>"}}}
    source.layout(layout_json({"main": [edited]}, context={"pageEditing": True}))
    part = '{% phrase "k" %}{% placeholder "main" %}{% text field %}'
    files = {**FILES, "part.html": part}
    for name in ("page.html", "404.html", "503.html"):
        files[name] = '{% include "part.html" with field=route.fields.title only %}'
    with templates(files, ROOT_URLCONF="jss_layout.urls", MIDDLEWARE=[]):
        assert text(get("/")) == "shopen<span><i></span>"
        source.layout(b'{"sitecore": {"route": null}}', status=404)
        assert text(get("/da/gone")) == "shopda"
        source.answer = LayoutServiceError("x")
        assert text(get("/")) == "shopen"


COOKIE = "SC_ANALYTICS_GLOBAL_COOKIE=abc|True; path=/; HttpOnly"


def test_cookies_of_the_source_go_down_on_every_answer(source: FakeSource) -> None:
    source.layout(layout_json({}), cookies=(COOKIE,))
    assert COOKIE in get("/").cookies.output()
    source.layout(b'{"sitecore": {}}', cookies=(COOKIE,), status=404)
    assert COOKIE in get("/gone").cookies.output()
    source.answer = LayoutServiceError("x", cookies=(COOKIE,))
    assert COOKIE in get("/").cookies.output()


def test_an_item_that_does_not_exist_is_404_with_its_context(source: FakeSource) -> None:
    source.layout(b'{"sitecore": {"context": {"custom": "own"}, "route": null}}', status=404)
    response = get("/gone")
    assert response.status_code == 404
    assert text(response) == "gone own None shop false"


def test_a_page_that_sitecore_shows_in_place_of_a_missing_one_keeps_its_404(
    source: FakeSource,
) -> None:
    source.layout(layout_json({}), status=404)
    response = get("/gone")
    assert response.status_code == 404
    assert text(response).startswith("<html lang=en data-counted=true>shop home")


@pytest.mark.parametrize("error", [LayoutServiceError, DeadlineExceeded, RequestNotPrepared])
def test_trouble_upstream_is_503_and_says_when_to_try_again(
    source: FakeSource, error: type[LayoutServiceError]
) -> None:
    source.answer = error("no answer within 10 s")
    response = get("/da")
    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert text(response) == "down shop da false None"


def test_an_error_says_its_own_status(source: FakeSource) -> None:
    source.answer = LayoutServiceError("x")
    source.answer.http_status, source.answer.retry_after = 502, 3
    response = get("/")
    assert (response.status_code, response["Retry-After"]) == (502, "3")


def test_the_log_says_which_page_is_not_available_and_why(
    source: FakeSource, caplog: pytest.LogCaptureFixture
) -> None:
    source.answer = RequestNotPrepared("The site 'shop' has no Sitecore to ask.")
    get("/da/about?secret=1")
    assert caplog.record_tuples[0] == (
        "jss_layout.views",
        logging.ERROR,
        "/about is not available: The site 'shop' has no Sitecore to ask.",
    )


def test_in_debug_the_page_may_say_what_went_wrong(source: FakeSource) -> None:
    source.answer = LayoutServiceError("no answer <here>")
    with templates(FILES, DEBUG=True, ROOT_URLCONF="jss_layout.urls", MIDDLEWARE=[]):
        assert text(get("/")).endswith("no answer &lt;here&gt;")


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_a_page_is_read_only(source: FakeSource, method: str) -> None:
    response = getattr(Client(enforce_csrf_checks=True), method)("/about")
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert source.asked == []


def test_a_head_request_does_not_count(source: FakeSource) -> None:
    response = Client().head("/about")
    assert (response.status_code, response.content) == (200, b"")
    assert [request.tracking for request in source.asked] == [False]


def test_a_page_says_whether_it_was_counted(source: FakeSource) -> None:
    assert "data-counted=false" in text(get("/", headers={"sec-purpose": "prefetch"}))
    assert "data-counted=true" in text(get("/"))


@pytest.mark.parametrize(
    "path",
    [
        "/favicon.ico",
        "/.well-known/x",
        "/a/../b",
        "/a%00b",
        "/" + "a" * 3000,
        "/x.php",
        "/static/x.css",
    ],
)
def test_a_path_that_is_no_items_is_404_and_asks_nobody(source: FakeSource, path: str) -> None:
    response = get(path)
    assert response.status_code == 404
    assert text(response) == "gone"
    assert source.asked == []


@pytest.mark.usefixtures("source")
def test_an_unknown_host_is_400(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["shop.example"]
    response = Client(raise_request_exception=False).get("/", headers={"host": "evil.example"})
    assert response.status_code == 400


def test_others_hear_of_a_page_before_and_after(source: FakeSource) -> None:
    heard: list[tuple[str, dict[str, Any]]] = []

    def before(**arguments: Any) -> None:
        assert source.asked == []
        heard.append(("asked", arguments))

    def after(**arguments: Any) -> None:
        heard.append(("served", arguments))

    layout_requested.connect(before)
    layout_served.connect(after)
    try:
        get("/about")
    finally:
        layout_requested.disconnect(before)
        layout_served.disconnect(after)
    (_, first), (_, second) = heard
    assert first["sender"] is second["sender"] is FakeSource
    assert first["request"].path == "/about"
    assert first["layout_request"] is second["layout_request"] is source.asked[0]
    assert second["layout_response"] is source.answer


def test_nobody_hears_of_a_page_that_was_not_served(source: FakeSource) -> None:
    heard: list[Any] = []

    def after(**arguments: Any) -> None:
        heard.append(arguments)

    source.answer = LayoutServiceError("x")
    layout_served.connect(after)
    try:
        get("/about")
    finally:
        layout_served.disconnect(after)
    assert heard == []


def test_a_failing_component_leaves_the_page_at_200(source: FakeSource) -> None:
    good = component("Text", {"heading": "hello"})
    source.layout(layout_json({"main": [5, good]}))
    response = get("/")
    assert response.status_code == 200
    assert "sc-jss-placeholder-error" in text(response)
    assert text(response).endswith("hello")


@pytest.mark.parametrize("depth", [*range(270, 340, 5), 500, 5000])
def test_a_page_that_nests_without_end_is_still_a_page(source: FakeSource, depth: int) -> None:
    source.layout(nested_json(depth, "main"))
    response = get("/")
    assert response.status_code == 200
    assert text(response).count("sc-jss-placeholder-error") == 2


def test_a_page_stands_even_if_nobody_can_write_down_that_it_was_seen(source: FakeSource) -> None:
    def after(**arguments: Any) -> None:
        raise ZeroDivisionError

    layout_served.connect(after)
    try:
        assert text(get("/")).endswith("hello")
    finally:
        layout_served.disconnect(after)


@pytest.mark.usefixtures("source")
def test_health_is_told_without_asking_the_source(source: FakeSource) -> None:
    response = get("/healthz")
    assert (response.status_code, response.content) == (200, b"Healthy")
    assert response["Content-Type"] == "text/plain"
    assert source.asked == []


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (None, 200, '<html lang="en" data-counted="true">'),
        (LayoutResponse(parse_layout(b'{"sitecore": {}}'), status=404), 404, "<h1>Not found</h1>"),
        (LayoutServiceError("x"), 503, "<h1>Not available</h1>"),
    ],
)
def test_a_site_without_templates_of_its_own_has_plain_ones(
    source: FakeSource, answer: Any, status: int, words: str
) -> None:
    source.answer = answer or source.answer
    with templates({}, ROOT_URLCONF="jss_layout.urls", MIDDLEWARE=[]):
        response = get("/")
    assert response.status_code == status
    assert words in text(response)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON, JSON, JSON)
def test_any_layout_is_a_page(
    source: FakeSource, placeholders: Any, fields: Any, context: Any
) -> None:
    main = {"main": placeholders}
    for names in (placeholders, main):
        source.layout(layout_json(names, fields, context))
        assert get("/").status_code == 200


def test_a_page_that_was_answered_leaves_nothing_for_the_collector(
    rf: RequestFactory, source: FakeSource
) -> None:
    def left() -> int:
        return sum(type(one) in (Page, RequestContext) for one in gc.get_objects())

    page(rf.get("/about"))
    gc.collect()
    gc.disable()
    try:
        before = left()
        page(rf.get("/about"))
        assert left() == before
    finally:
        gc.enable()
