import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as django_settings
from django.contrib import messages
from django.contrib.admin.checks import check_dependencies
from django.contrib.auth import get_user_model
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from pytest_django import Settings

from jss_layout.middleware import (
    UNKNOWN_HOST,
    KnownHostMiddleware,
    LazyMessageMiddleware,
    LightAuthenticationMiddleware,
)
from jss_tracking.middleware import TrackerMiddleware


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/", "evil.example"),
        ("/", "shop.example.evil"),
        ("/", "<b>"),
        ("/", ""),
        ("/admin/", "evil.example"),
        ("/sitecore/api/jss/track/event", "evil.example"),
    ],
)
def test_an_unknown_host_is_400_in_a_sentence(
    settings: Settings, path: str, host: str, debug: bool, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS = debug, ["shop.example"]
    response = Client().get(path, headers={"host": host})
    assert (response.status_code, response["Content-Type"]) == (400, "text/plain")
    assert response.content.decode() == UNKNOWN_HOST
    assert "Invalid HTTP_HOST header" in caplog.text


def test_a_known_host_is_answered(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["shop.example"]
    assert Client().get("/healthz", headers={"host": "shop.example:8000"}).status_code == 200


# Messages


@pytest.fixture
def storages(monkeypatch: pytest.MonkeyPatch) -> list[HttpRequest]:
    """The requests for which a storage of messages was made."""
    made: list[HttpRequest] = []

    def storage(request: HttpRequest) -> FallbackStorage:
        made.append(request)
        return FallbackStorage(request)

    monkeypatch.setattr("jss_layout.middleware.default_storage", storage)
    return made


def answer_with(view: Callable[[HttpRequest], HttpResponse]) -> HttpResponseBase:
    request = RequestFactory().get("/")
    request.session = SessionStore()
    return LazyMessageMiddleware(view)(request)


def test_messages_are_not_made_for_a_page_that_has_none(storages: list[HttpRequest]) -> None:
    answer = answer_with(lambda _: HttpResponse("page"))
    assert not answer.cookies
    assert storages == []


def test_messages_that_are_added_are_kept_for_the_next_page(storages: list[HttpRequest]) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        messages.info(request, "saved")
        return HttpResponse("page")

    assert list(answer_with(view).cookies) == ["messages"]
    assert len(storages) == 1


def test_messages_are_seen_by_a_template(storages: list[HttpRequest]) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        messages.info(request, "one")
        messages.info(request, "two")
        return HttpResponse(", ".join(map(str, messages.get_messages(request))))

    assert getattr(answer_with(view), "content", b"") == b"one, two"


def test_the_admin_finds_all_that_it_looks_for() -> None:
    assert "jss_layout.middleware.LazyMessageMiddleware" in django_settings.MIDDLEWARE
    assert check_dependencies() == []


@pytest.mark.django_db
def test_a_page_asks_the_database_nothing_even_of_somebody_who_is_logged_in(
    settings: Settings, admin_client: Client, django_assert_num_queries: Callable[[int], Any]
) -> None:
    settings.SITECORE_ENABLE_TRACKING = False
    admin_client.get("/")
    with django_assert_num_queries(0):
        assert admin_client.get("/").status_code == 200


def test_a_request_and_what_is_made_for_it_on_demand_do_not_refer_to_each_other(
    rf: RequestFactory,
) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    middleware: Any = view
    for kind in (
        TrackerMiddleware,
        LazyMessageMiddleware,
        LightAuthenticationMiddleware,
        SessionMiddleware,
        KnownHostMiddleware,
    ):
        middleware = kind(middleware)
    gc.disable()
    try:
        request = rf.get("/")
        middleware(request)
        of = weakref.ref(request)
        del request
        assert of() is None
    finally:
        gc.enable()


@pytest.mark.django_db
def test_the_user_of_a_request_is_djangos(client: Client, rf: RequestFactory) -> None:
    user = get_user_model().objects.create_user("ada")
    client.force_login(user)
    request = rf.get("/")
    request.session = client.session
    LightAuthenticationMiddleware(lambda _: HttpResponse())(request)
    assert request.user == user
    assert async_to_sync(request.auser)() == user


def test_a_user_asked_of_a_request_that_is_over_says_so(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.session = SessionStore()
    LightAuthenticationMiddleware(lambda _: HttpResponse())(request)
    user = request.user
    del request
    with pytest.raises(RuntimeError, match="The request is over"):
        str(user)
