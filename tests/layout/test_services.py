"""Sitecore's service endpoints, answered from files."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.dispatch import Signal
from django.test import Client, RequestFactory
from django.urls import resolve
from pytest_django import Settings

from jss_layout.models import ApiKey, Site
from jss_layout.request import LayoutRequest
from jss_layout.signals import layout_requested, layout_served
from jss_layout.sources.disconnected import DisconnectedSource
from tests import sensitive
from tests.layout.content import write

pytestmark = pytest.mark.django_db

RENDER = "/sitecore/api/layout/render/jss"
PLACEHOLDER = "/sitecore/api/layout/placeholder/jss"
DICTIONARY = "/sitecore/api/jss/dictionary/harbour/en/"
UID = "110d559f-dea5-42ea-9c1c-8a5df7e70ef9"

FILES = {
    "routes/en.yml": f"""
        fields: {{pageTitle: Welcome}}
        analytics: {{goals: [Register]}}
        placeholders:
          jss-main:
            - componentName: First
              placeholders: {{jss-tabs: [{{componentName: Left}}]}}
            - componentName: Second
              uid: {UID}
              placeholders: {{jss-tabs: [{{componentName: Right}}]}}
          jss-footer:
    """,
    "routes/da.yml": "fields: {pageTitle: Velkommen}",
    "dictionary/en.yml": "hello: Hello\nbye: Bye",
    "dictionary/da.yml": "hello: Hej",
}


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: Settings) -> Path:
    settings.JSS_DATA_DIR = tmp_path
    settings.SITECORE_API_KEY = sensitive.API_KEY
    settings.SITECORE_SITE_NAME = "harbour"
    settings.JSS_LANGUAGES = ["en", "da"]
    return write(tmp_path, FILES)


@pytest.fixture
def heard() -> Iterator[list[tuple[Signal, LayoutRequest, dict[str, Any]]]]:
    """The signals that are sent, in order."""
    signals: list[tuple[Signal, LayoutRequest, dict[str, Any]]] = []

    def hear(signal: Signal, layout_request: LayoutRequest, **arguments: Any) -> None:
        signals.append((signal, layout_request, arguments))

    for signal in (layout_requested, layout_served):
        signal.connect(hear)
    yield signals
    for signal in (layout_requested, layout_served):
        signal.disconnect(hear)


def get(path: str, **query: str) -> Any:
    """The answer to a caller with the right key."""
    return Client().get(path, {"sc_apikey": sensitive.API_KEY, **query})


def test_a_page_is_answered_as_sitecore_does() -> None:
    answer = get(RENDER, item="/", sc_site="harbour", sc_lang="en", tracking="false")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    found = json.loads(answer.content)["sitecore"]
    assert found["context"] == {
        "pageEditing": False,
        "site": {"name": "harbour"},
        "pageState": "normal",
        "language": "en",
        "itemPath": "/",
    }
    assert found["route"]["fields"] == {"pageTitle": {"value": "Welcome"}}


@pytest.mark.parametrize(
    "path",
    [
        "/sitecore/api/layout/render",
        "/sitecore/api/layout/render/",
        "/sitecore/api/layout/render/default",
        "/sitecore/api/layout/render/jss/",
    ],
)
def test_any_configuration_will_do(path: str) -> None:
    assert get(path, item="/").status_code == 200


@pytest.mark.parametrize(
    ("language", "expected"),
    [("da", "Velkommen"), ("DA", "Velkommen"), ("en", "Welcome"), ("", "Welcome")],
)
def test_the_query_names_the_language(language: str, expected: str) -> None:
    route = json.loads(get(RENDER, item="/", sc_lang=language).content)["sitecore"]["route"]
    assert route["fields"]["pageTitle"]["value"] == expected


def test_the_visitors_own_path_and_language_do_not_matter() -> None:
    answer = json.loads(get(RENDER, item="/").content)
    assert answer["sitecore"]["context"]["itemPath"] == "/"


@pytest.mark.parametrize("query", [{"item": "/nowhere"}, {"item": "/", "sc_lang": "tlh"}])
def test_an_unknown_item_is_404_with_an_empty_route(query: dict[str, str]) -> None:
    answer = get(RENDER, **query)
    found = json.loads(answer.content)["sitecore"]
    assert (answer.status_code, found["route"]) == (404, None)
    assert found["context"]["language"] == "en"


@pytest.mark.parametrize("query", [{}, {"item": ""}, {"item": " "}])
def test_no_item_is_400(query: dict[str, str]) -> None:
    answer = get(RENDER, **query)
    assert answer.status_code == 400
    assert "no item" in json.loads(answer.content)["message"]


@pytest.mark.parametrize("path", [RENDER, PLACEHOLDER, DICTIONARY])
@pytest.mark.parametrize(
    ("key", "status"), [("", 401), ("99999999-91c3-4a58-b6d1-0e5f8a9c3d27", 403), ("x", 403)]
)
def test_without_the_right_key_nothing_is_answered(path: str, key: str, status: int) -> None:
    query = {"item": "/", "placeholderName": "jss-main", **({"sc_apikey": key} if key else {})}
    answer = Client().get(path, query)
    assert answer.status_code == status
    assert "key" in json.loads(answer.content)["message"]


def test_the_key_may_come_in_a_header() -> None:
    answer = Client().get(RENDER, {"item": "/"}, headers={"sc-apikey": sensitive.API_KEY})
    assert answer.status_code == 200


def test_a_key_opens_only_its_services() -> None:
    key = "3e0c9d52-7a41-4f68-9b2d-c58e17f0a634"
    ApiKey.objects.create(name="words", key=key, opens_dictionary=True)
    dictionary = Client().get(DICTIONARY, {"sc_apikey": key})
    layout = Client().get(RENDER, {"item": "/", "sc_apikey": key})
    assert (dictionary.status_code, layout.status_code) == (200, 403)


def test_pages_of_a_listed_origin_may_read_the_answer() -> None:
    key = "3e0c9d52-7a41-4f68-9b2d-c58e17f0a634"
    ApiKey.objects.create(
        name="app", key=key, opens_layout=True, cors_origins="https://app.example.com"
    )
    headers = {"origin": "https://app.example.com"}
    answer = Client().get(RENDER, {"item": "/", "sc_apikey": key}, headers=headers)
    assert answer["Access-Control-Allow-Origin"] == "https://app.example.com"


@pytest.mark.parametrize("name", ["other", "../harbour", "/etc/passwd", "%00"])
def test_a_host_answers_for_its_own_site_only(name: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = get(RENDER, item="/", sc_site=name)
    assert answer.status_code == 404
    assert json.loads(answer.content)["sitecore"]["route"] is None
    assert "this host's site is 'harbour'" in caplog.text


def test_the_dictionary_of_another_app_is_not_found_in_its_own_shape(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = get("/sitecore/api/jss/dictionary/other/en")
    assert answer.status_code == 404
    assert json.loads(answer.content) == {"message": "This host belongs to the site harbour."}
    assert "asks for the site 'other'" in caplog.text


def test_the_case_of_a_sites_name_does_not_count() -> None:
    assert get(RENDER, item="/", sc_site="HARBOUR").status_code == 200


def test_a_site_of_the_admin_answers_for_its_hosts() -> None:
    Site.objects.create(name="pier", host_names="pier.example.com", languages="da")
    query = {"item": "/", "sc_apikey": sensitive.API_KEY, "sc_site": "pier"}
    answer = Client().get(RENDER, query, headers={"host": "pier.example.com"})
    assert json.loads(answer.content)["sitecore"]["context"]["site"] == {"name": "pier"}


def test_a_layout_is_answered_even_if_a_listener_fails(caplog: pytest.LogCaptureFixture) -> None:
    def fail(**_: Any) -> None:
        raise ZeroDivisionError

    layout_served.connect(fail)
    try:
        answer = get(RENDER, item="/")
    finally:
        layout_served.disconnect(fail)
    assert answer.status_code == 200
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("path", [RENDER, PLACEHOLDER, DICTIONARY])
def test_other_methods_are_refused(path: str, method: str) -> None:
    answer = getattr(Client(enforce_csrf_checks=True), method)(path)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_head_is_answered_without_a_body() -> None:
    answer = Client().head(RENDER, {"item": "/", "sc_apikey": sensitive.API_KEY})
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, True),
        ({"tracking": "true"}, True),
        ({"tracking": ""}, True),
        ({"tracking": "false"}, False),
        ({"tracking": "FALSE"}, False),
    ],
)
def test_the_query_says_whether_a_call_is_a_page_view(
    heard: list[Any], query: dict[str, str], expected: bool
) -> None:
    get(RENDER, item="/", **query)
    assert [asked.tracking for _, asked, _ in heard] == [expected, expected]


def test_head_is_no_page_view(heard: list[Any]) -> None:
    Client().head(RENDER, {"item": "/", "sc_apikey": sensitive.API_KEY})
    assert [asked.tracking for _, asked, _ in heard] == [False, False]


def test_others_hear_of_a_call_as_of_a_page(heard: list[Any]) -> None:
    get(RENDER, item="/", sc_lang="da", sc_camp="Spring")
    (first, asked, _), (second, _, served) = heard
    assert (first, second) == (layout_requested, layout_served)
    assert (asked.item, asked.language, asked.site.name) == ("/", "da", "harbour")
    assert asked.query == {"sc_camp": "Spring"}
    assert served["sender"] is DisconnectedSource
    assert served["request"].path == RENDER
    assert served["layout_response"].layout.route.name == "home"


def test_what_a_page_view_triggers_is_heard_and_not_shown(heard: list[Any]) -> None:
    answer = get(RENDER, item="/")
    assert heard[1][2]["layout_response"].analytics == {"goals": ("Register",)}
    assert b"Register" not in answer.content


def test_nothing_is_heard_of_a_call_that_is_refused(heard: list[Any]) -> None:
    Client().get(RENDER, {"item": "/"})
    get(RENDER)
    assert heard == []


@pytest.mark.parametrize(
    ("path", "query"),
    [(RENDER, {"item": "/"}), (RENDER, {"item": "/nowhere"}), (RENDER, {}), (DICTIONARY, {})],
)
def test_no_cache_keeps_an_answer(path: str, query: dict[str, str]) -> None:
    assert "private" in get(path, **query)["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("jss-main", ["First", "Second"]),
        ("/jss-main", ["First", "Second"]),
        ("jss-footer", []),
        ("/jss-main/jss-tabs", ["Left"]),
        (f"/jss-main/jss-tabs-{{{UID.upper()}}}-0", ["Right"]),
        (f"jss-main/jss-tabs-{UID}-0", ["Right"]),
    ],
)
def test_a_placeholder_is_answered_with_its_components(name: str, expected: list[str]) -> None:
    answer = get(PLACEHOLDER, placeholderName=name, item="/")
    found = json.loads(answer.content)
    assert answer.status_code == 200
    assert [element["componentName"] for element in found["elements"]] == expected
    assert found["path"] == "/" + name.strip("/")
    assert (
        found["name"]
        == name.strip("/").split("/")[-1].split(f"-{{{UID.upper()}}}")[0].split(f"-{UID}")[0]
    )


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"item": "/"}, 400),
        ({"item": "/", "placeholderName": "/"}, 400),
        ({"placeholderName": "jss-main"}, 400),
        ({"item": "/nowhere", "placeholderName": "jss-main"}, 404),
        ({"item": "/", "placeholderName": "nobody"}, 404),
        ({"item": "/", "placeholderName": "nobody/jss-tabs"}, 404),
        ({"item": "/", "placeholderName": "jss-main//jss-tabs"}, 404),
        (
            {
                "item": "/",
                "placeholderName": "jss-main/jss-tabs-{99999999-dea5-42ea-9c1c-8a5df7e70ef9}-0",
            },
            404,
        ),
        ({"item": "/", "placeholderName": "jss-main/jss-tabs-{nobody}-0"}, 404),
    ],
)
def test_a_placeholder_that_is_not_there_is_told_in_json(
    query: dict[str, str], status: int
) -> None:
    answer = get(PLACEHOLDER, **query)
    assert answer.status_code == status
    assert json.loads(answer.content)["message"]


def test_a_dictionary_is_answered_as_sitecore_does() -> None:
    for path in (DICTIONARY, DICTIONARY.rstrip("/")):
        answer = get(path)
        assert answer.status_code == 200
        assert json.loads(answer.content) == {
            "lang": "en",
            "app": "harbour",
            "phrases": {"hello": "Hello", "bye": "Bye"},
        }


def test_a_dictionary_is_completed_from_the_default_language() -> None:
    answer = get("/sitecore/api/jss/dictionary/harbour/da")
    assert json.loads(answer.content)["phrases"] == {"hello": "Hej", "bye": "Bye"}


def test_an_unknown_language_has_no_dictionary() -> None:
    answer = get("/sitecore/api/jss/dictionary/harbour/tlh/")
    assert answer.status_code == 404
    assert "language" in json.loads(answer.content)["message"]


@pytest.mark.parametrize("path", [RENDER, PLACEHOLDER, DICTIONARY])
def test_a_host_with_another_source_has_no_layouts_of_its_own(
    path: str, settings: Settings
) -> None:
    settings.LAYOUT_SOURCE = "jss_layout.sources.rest.RestSource"
    answer = get(path, item="/", placeholderName="jss-main")
    assert answer.status_code == 404
    assert json.loads(answer.content) == {"message": "This host has no layouts of its own."}


@pytest.mark.parametrize("debug", [True, False])
def test_broken_content_is_503_and_told_in_debug(
    data: Path, settings: Settings, debug: bool
) -> None:
    settings.DEBUG = debug
    write(data, {"routes/en.yml": "a: ["})
    answer = get(RENDER, item="/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert (str(data) in json.loads(answer.content)["message"]) is debug


def test_other_paths_of_the_service_are_no_endpoints() -> None:
    assert resolve("/sitecore/api/layout/render/jss/x").url_name == "page"
    assert resolve("/sitecore/api/layout/renderer").url_name == "page"


def test_languages_never_mix_between_threads() -> None:
    expected = {"en": "Welcome", "da": "Velkommen"}
    view = resolve(RENDER).func

    def visit(number: int) -> bool:
        language = ("en", "da")[number % 2]
        query = {"item": "/", "sc_lang": language, "sc_apikey": sensitive.API_KEY}
        found = json.loads(view(RequestFactory().get(RENDER, query)).content)["sitecore"]
        title = found["route"]["fields"]["pageTitle"]["value"]
        return (title, found["context"]["language"]) == (expected[language], language)

    get(RENDER, item="/")
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(visit, range(200)))
