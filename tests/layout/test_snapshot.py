"""Copies of pages that stand in for a Sitecore that fails."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from jss_layout.exceptions import (
    CouldNotContact,
    InvalidRequest,
    InvalidResponse,
    LayoutServiceError,
    RequestNotPrepared,
    ServerError,
    TooManyCalls,
)
from jss_layout.layout import Layout, parse_layout
from jss_layout.request import LayoutRequest, LayoutResponse
from jss_layout.sites import SiteDefinition
from jss_layout.sources import LayoutSource, layout_source
from jss_layout.sources.rest import RestSource
from jss_layout.sources.snapshot import SnapshotSource, _key
from tests.layout.fault_server import FaultServer, answer
from tests.layout.pages import component, layout_json, templates

SITE = SiteDefinition(name="shop", sitecore_host="https://cd.example.com")
ABOUT = LayoutRequest(
    "/about", SITE, "en", headers={"Cookie": "a=1", "User-Agent": "x"}, query={"sc_camp": "c"}
)


class Live(LayoutSource):
    """Says who asked, so that a copy shows for whom it was made."""

    def __init__(self) -> None:
        self.asked: list[LayoutRequest] = []
        self.error: Exception | None = None
        self.found = True
        self.status = 200
        self.background_error: Exception | None = None

    def fetch(self, request: LayoutRequest) -> LayoutResponse:
        self.asked.append(request)
        error = self.error if request.headers else self.background_error
        if error:
            raise error
        body = layout_json({}, context={"for": request.headers.get("Cookie", "nobody")})
        if not self.found:
            body = b'{"sitecore":{"route":null}}'
        return LayoutResponse(parse_layout(body), self.status, body=body, cookies=("b=2",))

    def fetch_dictionary(self, request: LayoutRequest) -> dict[str, str]:
        return {"key": request.language}


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def live() -> Live:
    return Live()


@pytest.fixture
def source(live: Live) -> SnapshotSource:
    return SnapshotSource(live)


def fetch(source: SnapshotSource, request: LayoutRequest = ABOUT) -> LayoutResponse:
    """An answer, and the end of what it began in the background."""
    found = source.fetch(request)
    with source._taking:
        return found


def test_the_visitor_gets_their_own_answer(source: SnapshotSource) -> None:
    found = fetch(source)
    assert (found.layout.context["for"], found.kept_since, found.cookies) == ("a=1", None, ("b=2",))


def test_a_copy_is_of_what_nobody_sees(source: SnapshotSource, live: Live) -> None:
    fetch(source)
    own, anonymous = live.asked
    assert own == ABOUT
    assert (anonymous.tracking, anonymous.headers, anonymous.query) == (False, {}, {})
    assert (anonymous.item, anonymous.language, anonymous.site) == ("/about", "en", SITE)


@pytest.mark.parametrize("kind", [CouldNotContact, ServerError, InvalidResponse, TooManyCalls])
def test_the_copy_stands_in_while_the_live_call_fails(
    kind: type[LayoutServiceError], source: SnapshotSource, live: Live
) -> None:
    fetch(source)
    live.error = kind("gone", cookies=("c=3",))
    found = fetch(source)
    assert found.layout.context["for"] == "nobody"
    assert found.cookies == ("c=3",), "those of the failed call, not of the copy"
    assert found.kept_since is not None
    assert time.time() - 5 < found.kept_since <= time.time()
    live.error = None
    assert fetch(source).kept_since is None


@pytest.mark.parametrize("kind", [InvalidRequest, RequestNotPrepared])
def test_a_refusal_is_no_failure(
    kind: type[LayoutServiceError], source: SnapshotSource, live: Live
) -> None:
    fetch(source)
    live.error = kind("no")
    with pytest.raises(kind):
        fetch(source)


@pytest.mark.parametrize(
    "other",
    [
        LayoutRequest("/other", SITE, "en", headers={"a": "b"}),
        LayoutRequest("/about", SITE, "da", headers={"a": "b"}),
        LayoutRequest("/about", SiteDefinition(name="other"), "en", headers={"a": "b"}),
    ],
)
def test_a_page_without_a_copy_fails(
    other: LayoutRequest, source: SnapshotSource, live: Live
) -> None:
    fetch(source)
    live.error = CouldNotContact("gone")
    with pytest.raises(CouldNotContact):
        fetch(source, other)


def test_a_copy_that_is_too_old_is_not_shown(
    source: SnapshotSource, live: Live, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    fetch(source)
    live.error = CouldNotContact("gone")
    settings.LAYOUT_SNAPSHOT_MAX_AGE = -1
    with pytest.raises(CouldNotContact):
        fetch(source)


def test_a_page_is_copied_once_in_a_while_and_in_one_process(
    source: SnapshotSource, live: Live
) -> None:
    for _ in range(3):
        fetch(source)
    fetch(SnapshotSource(live))
    assert len([one for one in live.asked if not one.headers]) == 1


def test_what_sitecore_shows_in_place_of_a_missing_page_is_not_copied(
    source: SnapshotSource, live: Live
) -> None:
    live.status = 404
    fetch(source)
    assert [one for one in live.asked if not one.headers] == []


def test_it_is_copied_again_later(source: SnapshotSource, live: Live, settings: Any) -> None:
    settings.LAYOUT_SNAPSHOT_INTERVAL = 0.05
    fetch(source)
    time.sleep(0.1)
    fetch(source)
    assert len([one for one in live.asked if not one.headers]) == 2


@pytest.mark.parametrize("shows_another", [False, True])
def test_a_page_that_is_gone_leaves_no_copy(
    shows_another: bool, source: SnapshotSource, live: Live
) -> None:
    fetch(source)
    live.found, live.status = shows_another, 404
    assert fetch(source).is_page is False
    live.error = CouldNotContact("gone")
    with pytest.raises(CouldNotContact):
        fetch(source)


@pytest.mark.parametrize("background", [False, True])
def test_a_404_that_is_no_layout_leaves_the_copy(
    background: bool, source: SnapshotSource, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(source)
    original = live.fetch

    def fetch_for(request: LayoutRequest) -> LayoutResponse:
        answer = original(request)
        if background and request.headers:
            return answer
        return LayoutResponse(Layout(), status=404, error=InvalidResponse("no JSON"))

    monkeypatch.setattr(live, "fetch", fetch_for)
    cache.delete(f"{_key(ABOUT)}.taken")
    source._asked_again_at.clear()
    fetch(source)
    live.error = CouldNotContact("gone")
    assert fetch(source).kept_since


def test_a_page_that_nobody_but_its_visitor_may_see_is_not_kept(
    source: SnapshotSource, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = live.fetch

    def fetch_for(request: LayoutRequest) -> LayoutResponse:
        live.found = bool(request.headers)
        return original(request)

    monkeypatch.setattr(live, "fetch", fetch_for)
    fetch(source)
    live.error = CouldNotContact("gone")
    with pytest.raises(CouldNotContact):
        fetch(source)


@pytest.mark.parametrize("error", [CouldNotContact("gone"), ZeroDivisionError()])
def test_a_background_call_that_fails_disturbs_nobody(
    error: Exception, source: SnapshotSource, live: Live
) -> None:
    live.background_error = error
    assert fetch(source).kept_since is None
    assert fetch(source).kept_since is None


def test_a_cache_that_fails_disturbs_nobody(
    source: SnapshotSource, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise ConnectionError("the cache is gone")

    for name in ("add", "get", "delete"):
        monkeypatch.setattr(cache, name, fail, raising=False)
    assert fetch(source).layout.route
    assert fetch(source, LayoutRequest("/b", SITE, "en", headers={"a": "b"})).layout.route
    live.error = CouldNotContact("gone")
    with pytest.raises(CouldNotContact):
        fetch(source)


def test_what_is_noted_has_an_end(source: SnapshotSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jss_layout.sources.snapshot.MAX_NOTED", 2)
    for number in range(5):
        fetch(source, LayoutRequest(f"/{number}", SITE, "en", headers={"a": "b"}))
    assert len(source._asked_again_at) <= 2


def test_one_copy_is_taken_at_a_time(source: SnapshotSource, live: Live) -> None:
    with source._taking:
        source.fetch(ABOUT)
    assert len(live.asked) == 1
    fetch(source)
    assert len(live.asked) == 3


def test_the_dictionary_is_the_live_sources(source: SnapshotSource) -> None:
    assert source.fetch_dictionary(ABOUT) == {"key": "en"}


def test_a_connected_site_keeps_copies_by_setting(settings: Any) -> None:
    settings.JSS_MODE = "connected"
    assert type(layout_source()) is RestSource
    settings.LAYOUT_SNAPSHOT = True
    assert type(layout_source()) is SnapshotSource
    settings.JSS_MODE = "disconnected"
    assert type(layout_source()) is not SnapshotSource


@pytest.mark.django_db
def test_the_page_says_that_it_is_a_copy(
    fault_server: Callable[..., FaultServer], settings: Any
) -> None:
    settings.JSS_MODE = "connected"
    settings.LAYOUT_SNAPSHOT = True
    settings.SITECORE_API_KEY = "0b8a9d5e-6a3c-4f0e-8f2b-1c2d3e4f5a6b"
    two_calls = threading.Event()

    def behave(connection: Any) -> None:
        cookie = "personal" if b"Cookie" in server.requests[-1] else "common"
        body = layout_json({"main": [component("Text", {"heading": cookie})]})
        connection.sendall(answer(body, "Set-Cookie: SC_ANALYTICS_GLOBAL_COOKIE=x|False"))
        if len(server.requests) == 2:
            two_calls.set()

    server = fault_server(behave)
    settings.SITECORE_API_HOST = server.url
    files = {
        "page.html": '{{ counted }} {{ kept_since|date:"Y" }} {% placeholder "main" %}',
        "components/Text.html": "{% text fields.heading %}",
    }
    visitor = Client(headers={"Cookie": "b=2"})
    with templates(files, ROOT_URLCONF="jss_layout.urls", MIDDLEWARE=[]):
        page = visitor.get("/about")
        assert page.content.decode().split() == ["true", "personal"]
        assert "Warning" not in page
        assert two_calls.wait(5)
        source = layout_source()
        assert isinstance(source, SnapshotSource)
        with source._taking:
            server.behaviour = lambda connection: connection.close()
        copy = visitor.get("/about")
    assert copy.status_code == 200
    assert copy.content.decode().split() == ["false", time.strftime("%Y"), "common"]
    assert copy["Warning"] == '110 - "Response is Stale"'
    assert int(copy["Age"]) < 5
    assert copy["Cache-Control"] == "private, no-cache"
    assert not copy.cookies
    assert b"tracking=false" in server.requests[1]
