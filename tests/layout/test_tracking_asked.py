"""Who may forbid that a visitor is tracked, and what that means for a page."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from jss_layout.headers import headers_up, relay_cookies
from jss_layout.request import layout_request
from jss_layout.signals import context_values, tracking_asked
from jss_layout.sites import SiteDefinition
from tests.sensitive import ANALYTICS_COOKIE

pytestmark = pytest.mark.django_db

SITE = SiteDefinition("shop")
COOKIES = {"cookie": f"SC_ANALYTICS_GLOBAL_COOKIE={ANALYTICS_COOKIE}; basket=3"}


@contextmanager
def heard_by(receiver: Callable[..., Any]) -> Iterator[None]:
    tracking_asked.connect(receiver, weak=False)
    try:
        yield
    finally:
        tracking_asked.disconnect(receiver)


def refuse(request: HttpRequest, site: SiteDefinition, **_: Any) -> bool:
    return False


def fail(**_: Any) -> bool:
    raise ZeroDivisionError


def test_who_is_refused_is_no_page_view_and_no_analytics_cookie_passes_up(
    rf: RequestFactory,
) -> None:
    with heard_by(refuse):
        asked = layout_request(rf.get("/", headers=COOKIES))
    assert asked.tracking is False
    assert asked.headers["Cookie"] == "basket=3"


def test_who_is_refused_gets_no_analytics_cookie(rf: RequestFactory) -> None:
    response = HttpResponse()
    with heard_by(refuse):
        lines = [f"SC_ANALYTICS_GLOBAL_COOKIE={ANALYTICS_COOKIE}; path=/", "lang=en; path=/"]
        relay_cookies(response, lines, rf.get("/"))
    assert [cookie.key for cookie in response.cookies.values()] == ["lang"]


@pytest.mark.parametrize("answer", [True, None])
def test_who_is_not_refused_is_tracked(rf: RequestFactory, answer: bool | None) -> None:
    with heard_by(lambda **_: answer):
        asked = layout_request(rf.get("/", headers=COOKIES))
    assert asked.tracking is True
    assert ANALYTICS_COOKIE in asked.headers["Cookie"]


def test_a_receiver_that_fails_refuses_and_is_logged(
    rf: RequestFactory, caplog: pytest.LogCaptureFixture
) -> None:
    with heard_by(fail), caplog.at_level(logging.ERROR):
        assert layout_request(rf.get("/", headers=COOKIES)).tracking is False
    assert "ZeroDivisionError" in caplog.text


def test_it_is_asked_once_a_request(rf: RequestFactory) -> None:
    asked: list[SiteDefinition] = []
    request = rf.get("/", headers=COOKIES)
    with heard_by(lambda site, **_: asked.append(site)):
        layout_request(request)
        headers_up(request, SITE)
        relay_cookies(HttpResponse(), ["a=b"], request)
    assert len(asked) == 1


def test_it_is_not_asked_where_nothing_would_be_tracked(rf: RequestFactory) -> None:
    asked: list[SiteDefinition] = []
    with heard_by(lambda site, **_: asked.append(site)):
        layout_request(rf.head("/", headers=COOKIES))
        headers_up(rf.get("/", headers=COOKIES), SiteDefinition("quiet", enable_tracking=False))
    assert asked == []


def test_what_receivers_of_a_layout_return_is_merged_unless_it_is_no_mapping() -> None:
    answers = [(None, {"a": 1, "b": 1}), (None, None), (None, {"b": 2}), (None, ValueError())]
    assert context_values(answers) == {"a": 1, "b": 2}
