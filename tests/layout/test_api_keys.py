from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from corsheaders.middleware import CorsMiddleware
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from jss_layout.api_keys import ServiceRefused, check_api_key, page_api_key
from jss_layout.key_rows import key_rows, write_last_used
from jss_layout.models import ApiKey, Site
from jss_layout.sites import SiteDefinition
from tests import sensitive

pytestmark = pytest.mark.django_db

ADDRESS = "/sitecore/api/jss/track/event"
APP = "https://app.example.com"
OTHER = "https://other.example.com"
OWN = "https://www.example.com"
KEY = sensitive.API_KEY


@pytest.fixture(autouse=True)
def environment_key(settings: Settings) -> None:
    settings.SITECORE_API_KEY = sensitive.SITE_API_KEY


def key_row(**fields: object) -> ApiKey:
    defaults = {"name": "App", "key": KEY, "cors_origins": APP, "opens_tracking": True}
    return ApiKey.objects.create(**(defaults | fields))


def call(
    key: str = "", origin: str = "", *, method: str = "POST", path: str = ADDRESS, header: str = ""
) -> HttpRequest:
    headers = {"Host": "www.example.com"}
    if origin:
        headers["Origin"] = origin
    if header:
        headers["sc-apikey"] = header
    query = {"sc_apikey": key} if key else {}
    return RequestFactory().generic(method, path, query_params=query, headers=headers, data="")


def refusal(request: HttpRequest, service: str = "tracking") -> tuple[int, str]:
    with pytest.raises(ServiceRefused) as refused:
        check_api_key(request, service)
    assert sensitive.found_in(str(refused.value)) == []
    assert str(refused.value) == refused.value.message
    return refused.value.status, refused.value.message


# The environment's key


@pytest.mark.parametrize("service", ["layout", "dictionary", "tracking"])
@pytest.mark.parametrize("origin", ["", OWN, "http://WWW.example.com", f"{OWN}:443"])
def test_the_environments_key_opens_every_service_to_this_host_and_to_no_browser(
    service: str, origin: str
) -> None:
    check_api_key(call(sensitive.SITE_API_KEY, origin), service)


@pytest.mark.parametrize("origin", [OTHER, "null", "https://www.example.com.evil.com", "evil\r\n"])
def test_the_environments_key_is_not_for_pages_of_other_origins(origin: str) -> None:
    assert refusal(call(sensitive.SITE_API_KEY, origin)) == (
        403,
        f"The key SITECORE_API_KEY is not for pages of {origin!a}. Make an API key in the "
        "admin that lists this origin.",
    )


def test_a_host_with_a_port_is_the_origin_with_that_port_only() -> None:
    request = call(sensitive.SITE_API_KEY, "http://127.0.0.1:8000")
    request.META["HTTP_HOST"] = "127.0.0.1:8000"
    check_api_key(request, "tracking")
    request.META["HTTP_HOST"] = "127.0.0.1:8001"
    assert refusal(request)[0] == 403


def test_without_a_key_of_the_environment_an_empty_key_opens_nothing(settings: Settings) -> None:
    settings.SITECORE_API_KEY = ""
    assert refusal(call())[0] == 401
    assert refusal(call("{}"))[0] == 401


# Where the key stands, and its forms


def test_without_a_key_the_caller_learns_where_to_put_it() -> None:
    key_row()
    assert refusal(call()) == (
        401,
        "There is no API key. Send it as sc_apikey in the query or as header sc-apikey.",
    )


@pytest.mark.parametrize(
    "form",
    [
        KEY,
        KEY.upper(),
        KEY.replace("-", ""),
        f"{{{KEY}}}",
        f" {{{KEY.upper().replace('-', '')}}} ",
    ],
)
def test_all_forms_of_a_guid_are_one_key(form: str) -> None:
    key_row()
    check_api_key(call(form), "tracking")
    check_api_key(call(header=form), "tracking")


@pytest.mark.parametrize("form", [KEY, KEY.replace("-", "").upper(), f"{{{KEY}}}"])
def test_the_environments_key_may_have_any_form(form: str, settings: Settings) -> None:
    settings.SITECORE_API_KEY = form
    check_api_key(call(KEY), "tracking")


@pytest.mark.parametrize("key", ["0", KEY[:-1], "1" + KEY[1:], "æ", "x" * 10_000, "\x00"])
def test_an_unknown_key_opens_nothing(key: str) -> None:
    key_row()
    assert refusal(call(key)) == (403, "The API key is unknown. Keys are kept in the admin.")


# Keys of the admin


@pytest.mark.parametrize("origin", ["", OWN, APP, APP.upper()])
def test_a_key_opens_its_service_to_this_host_its_origins_and_no_browser(origin: str) -> None:
    key_row()
    check_api_key(call(KEY, origin), "tracking")


def test_a_key_does_not_open_to_an_origin_that_it_does_not_list() -> None:
    key_row()
    assert refusal(call(KEY, OTHER)) == (
        403,
        "The API key “App” does not list the origin 'https://other.example.com'; add it to the "
        "key's CORS origins in the admin.",
    )


@pytest.mark.parametrize("origins", ["*", "https://*.example.com", "https://*"])
def test_a_wildcard_among_the_origins_opens_nothing(origins: str) -> None:
    key_row(cors_origins=origins)
    assert refusal(call(KEY, APP))[0] == 403
    assert refusal(call(KEY, "null"))[0] == 403


def test_a_key_opens_no_service_but_its_own() -> None:
    key_row()
    assert refusal(call(KEY), "layout") == (
        403,
        "The API key “App” does not open layout; choose it in the admin.",
    )


def test_a_disabled_key_opens_nothing() -> None:
    key_row(enabled=False)
    assert refusal(call(KEY)) == (
        403,
        "The API key “App” is disabled; enable it in the admin.",
    )


def test_a_key_opens_its_own_sites_only() -> None:
    shop = Site.objects.create(name="Shop", host_names="www.example.com")
    blog = Site.objects.create(name="Blog", host_names="blog.example.com")
    row = key_row()
    row.sites.add(blog)
    assert refusal(call(KEY)) == (
        403,
        "The API key “App” is not for the site Shop; choose it in the admin.",
    )
    row.sites.add(shop)
    check_api_key(call(KEY), "tracking")


def test_a_row_with_the_environments_key_opens_to_its_origins_too(settings: Settings) -> None:
    settings.SITECORE_API_KEY = KEY
    key_row()
    check_api_key(call(KEY, APP), "tracking")
    check_api_key(call(KEY, OWN), "layout")
    assert refusal(call(KEY, APP), "layout")[0] == 403


def test_a_rotated_key_opens_and_its_predecessor_no_longer() -> None:
    row = key_row()
    check_api_key(call(KEY), "tracking")
    row.rotate()
    assert refusal(call(KEY))[0] == 403
    check_api_key(call(str(row.key)), "tracking")


def test_a_key_is_checked_without_a_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    key_row()
    check_api_key(call(KEY), "tracking")
    with django_assert_num_queries(0):
        check_api_key(call(KEY), "tracking")


def test_the_definition_of_a_key_does_not_show_it() -> None:
    key_row()
    assert sensitive.found_in(repr(key_rows.get())) == []


# The key of a site's own pages


def test_a_page_sends_its_own_sites_key_before_the_environments() -> None:
    shop = Site.objects.create(name="Shop", host_names="www.example.com")
    key_row().sites.add(shop)
    assert page_api_key(SiteDefinition("Shop")) == KEY
    assert page_api_key(SiteDefinition("Blog")) == sensitive.SITE_API_KEY


def test_a_page_sends_a_key_for_all_sites_where_the_environment_has_none(
    settings: Settings,
) -> None:
    key_row()
    assert page_api_key(SiteDefinition("Shop")) == sensitive.SITE_API_KEY
    settings.SITECORE_API_KEY = ""
    assert page_api_key(SiteDefinition("Shop")) == KEY


@pytest.mark.parametrize("fields", [{"enabled": False}, {"opens_tracking": False}])
def test_a_page_sends_no_key_that_does_not_open_the_tracker(
    fields: dict[str, bool], settings: Settings
) -> None:
    settings.SITECORE_API_KEY = ""
    key_row(**fields)
    assert page_api_key(SiteDefinition("Shop")) == ""


# While the database does not answer


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("could not connect to server")

    monkeypatch.setattr(key_rows, "_load", fail)


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize("key", [KEY, "no key at all"])
def test_keys_that_nobody_could_ever_read_are_not_known_to_be_wrong(key: str) -> None:
    with pytest.raises(ServiceRefused) as refused:
        check_api_key(call(key), "tracking")
    assert refused.value.status == 503
    assert refused.value.message == "The API keys can't be read at the moment. Try again later."
    assert refused.value.headers == {"Retry-After": "5"}


@pytest.mark.usefixtures("no_database")
def test_the_environments_key_needs_no_database() -> None:
    check_api_key(call(sensitive.SITE_API_KEY), "tracking")
    assert page_api_key(SiteDefinition("Shop")) == sensitive.SITE_API_KEY


def test_keys_that_were_read_before_stay_known(request: pytest.FixtureRequest) -> None:
    key_row()
    check_api_key(call(KEY), "tracking")
    request.getfixturevalue("no_database")
    key_rows.forget()
    check_api_key(call(KEY), "tracking")
    assert refusal(call(str(uuid4())))[0] == 403


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize(
    "address",
    [
        "/sitecore/api/layout/render/jss?item=/&",
        "/sitecore/api/jss/dictionary/website/en?",
        "/sitecore/api/jss/track/flush?",
    ],
)
def test_a_service_says_when_to_try_again(address: str, settings: Settings) -> None:
    settings.TRACKER_SERVICE_ENABLED = True
    answer = Client().get(f"{address}sc_apikey={KEY}")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


@pytest.mark.usefixtures("no_database")
def test_a_relayed_service_says_when_to_try_again(settings: Settings) -> None:
    settings.JSS_MODE = "connected"
    settings.SITECORE_API_HOST = "https://cd.example.com"
    answer = Client().get(f"/sitecore/api/layout/render/jss?item=/&sc_apikey={KEY}")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


# Last use


def last_used() -> datetime | None:
    return ApiKey.objects.get().last_used


def test_the_last_use_is_noted_after_the_answer() -> None:
    key_row()
    check_api_key(call(KEY), "tracking")
    assert last_used() is None
    write_last_used()
    noted = last_used()
    assert noted is not None
    assert timezone.now() - noted < timedelta(minutes=1)


@pytest.mark.parametrize(("minutes", "changed"), [(59, False), (61, True)])
def test_the_last_use_is_noted_at_most_hourly(minutes: int, changed: bool) -> None:
    before = timezone.now() - timedelta(minutes=minutes)
    key_row(last_used=before)
    check_api_key(call(KEY), "tracking")
    write_last_used()
    assert (last_used() != before) is changed


def test_a_refused_call_is_no_use() -> None:
    key_row()
    refusal(call(KEY, OTHER))
    write_last_used()
    assert last_used() is None


def test_what_another_process_has_noted_stands() -> None:
    key_row()
    check_api_key(call(KEY), "tracking")
    noted = timezone.now() - timedelta(minutes=5)
    ApiKey.objects.update(last_used=noted)
    write_last_used()
    assert last_used() == noted


def test_nothing_is_written_where_no_key_was_used(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        write_last_used()


def test_a_database_that_refuses_the_note_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key_row()
    check_api_key(call(KEY), "tracking")

    def fail(*_: object, **__: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(ApiKey.objects, "filter", fail)
    write_last_used()
    assert caplog.messages == ["The last use of 1 API keys is not noted: database is locked"]


# CORS


@pytest.fixture
def answer() -> Callable[[HttpRequest], HttpResponseBase]:
    """What django-cors-headers makes of a request to a view that answers 200."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = CorsMiddleware(lambda _: HttpResponse())(request)
        assert isinstance(response, HttpResponseBase)
        return response

    return answered


Answer = Callable[[HttpRequest], HttpResponseBase]


def preflight(origin: str, key: str = "", path: str = ADDRESS) -> HttpRequest:
    request = call(key, origin, method="OPTIONS", path=path)
    request.META["HTTP_ACCESS_CONTROL_REQUEST_METHOD"] = "POST"
    return request


def test_a_preflight_without_a_key_is_answered_if_any_key_lists_the_origin(answer: Answer) -> None:
    key_row(name="Other", key=uuid4(), cors_origins=OTHER)
    key_row()
    response = answer(preflight(APP))
    assert response["Access-Control-Allow-Origin"] == APP
    assert response["Access-Control-Allow-Credentials"] == "true"
    assert response["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
    assert {"content-type", "sc-apikey", "sc_apikey"} <= set(
        response["Access-Control-Allow-Headers"].split(", ")
    )
    assert response["Vary"] == "origin"


@pytest.mark.parametrize(
    ("origin", "fields"),
    [
        (OTHER, {}),
        ("null", {}),
        ("*", {"cors_origins": "*"}),
        (APP, {"enabled": False}),
        (APP, {"cors_origins": "*"}),
    ],
)
def test_a_preflight_of_an_origin_that_no_key_lists_gets_no_cors_header(
    origin: str, fields: dict[str, object], answer: Answer
) -> None:
    key_row(**fields)
    response = answer(preflight(origin))
    assert [name for name in response.headers if name.startswith("Access-Control")] == []


def test_a_preflight_with_a_key_is_answered_for_that_key(answer: Answer) -> None:
    key_row(name="Other", key=uuid4(), cors_origins=OTHER)
    key_row()
    assert answer(preflight(APP, KEY)).has_header("Access-Control-Allow-Origin")
    assert not answer(preflight(OTHER, KEY)).has_header("Access-Control-Allow-Origin")


def test_an_answer_may_be_read_by_the_exact_origin_with_cookies(answer: Answer) -> None:
    key_row()
    response = answer(call(KEY, APP))
    assert response["Access-Control-Allow-Origin"] == APP
    assert response["Access-Control-Allow-Credentials"] == "true"
    assert response["Vary"] == "origin"


def test_other_paths_are_no_services(answer: Answer) -> None:
    key_row()
    response = answer(call(KEY, APP, method="GET", path="/about"))
    assert not response.has_header("Access-Control-Allow-Origin")
    assert not response.has_header("Vary")


def test_an_answer_to_a_caller_without_an_origin_varies_all_the_same(answer: Answer) -> None:
    response = answer(call(KEY))
    assert not response.has_header("Access-Control-Allow-Origin")
    assert response["Vary"] == "origin"


# What the admin accepts


@pytest.mark.parametrize(
    "origins", ["", APP, f"{APP}\nhttp://localhost:3000", f"{APP}; {OTHER}/|http://[::1]:80"]
)
def test_origins_are_accepted(origins: str) -> None:
    ApiKey(name="App", cors_origins=origins, opens_layout=True).full_clean()


@pytest.mark.parametrize(
    "origin", ["*", "app.example.com", f"{APP}/path", "https://*.example.com", "null"]
)
def test_what_is_no_origin_is_refused_with_the_way_out(origin: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ApiKey(name="App", cors_origins=f"{OTHER},{origin}", opens_layout=True).full_clean()
    assert refused.value.message_dict == {
        "cors_origins": [
            f"“{origin}” is no origin. Write scheme, host and, if need be, port, such as "
            "https://app.example.com, one a line; there is no wildcard, since browsers send "
            "cookies to none."
        ]
    }


def test_a_key_that_opens_no_service_is_refused() -> None:
    with pytest.raises(ValidationError, match="Choose at least one service"):
        ApiKey(name="App").full_clean()


def test_a_new_key_is_a_guid_of_its_own() -> None:
    first, second = ApiKey(name="First"), ApiKey(name="Second")
    assert isinstance(first.key, UUID)
    assert first.key != second.key
    assert str(first) == "First"
