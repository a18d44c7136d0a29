"""The disconnected source: pages, languages, dictionaries, reloading, broken files, threads."""

import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import sleep
from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings

from jss_layout.exceptions import InvalidResponse
from jss_layout.layout import parse_element
from jss_layout.sites import SiteDefinition
from jss_layout.sources import layout_source
from jss_layout.sources.disconnected import DisconnectedSource, source
from jss_layout.sources.disconnected.content import Content
from jss_layout.sources.disconnected.files import read
from jss_layout.sources.disconnected.pages import build_page
from tests.layout.content import SITE, asked, route, write

GUID = "110d559f-dea5-42ea-9c1c-8a5df7e70ef9"
HOME = "fields: {pageTitle: Welcome}\nplaceholders: {jss-main: [{componentName: ContentBlock}]}\n"


@pytest.fixture
def data(tmp_path: Path, settings: Settings) -> Path:
    settings.JSS_DATA_DIR = tmp_path
    return write(tmp_path, {"routes/en.yml": HOME})


@pytest.fixture
def errors(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What is logged as an error, as it grows."""
    messages: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("jss_layout").addHandler(handler)
    yield messages
    logging.getLogger("jss_layout").removeHandler(handler)


def title(item: str, language: str = "en") -> Any:
    found = route(item, language)
    return found and found["fields"]["pageTitle"]["value"]


def test_it_is_the_source_of_a_disconnected_site() -> None:
    assert isinstance(layout_source(), DisconnectedSource)


def test_a_page_comes_as_sitecores_json(data: Path) -> None:
    answer = DisconnectedSource().fetch(asked("/"))
    found = json.loads(answer.body)["sitecore"]
    assert found["context"] == {
        "pageEditing": False,
        "site": {"name": "harbour"},
        "pageState": "normal",
        "language": "en",
        "itemPath": "/",
    }
    component = found["route"]["placeholders"]["jss-main"][0]
    assert found["route"] == {
        "name": "home",
        "displayName": "home",
        "databaseName": "available-in-connected-mode",
        "deviceId": "available-in-connected-mode",
        "itemId": found["route"]["itemId"],
        "itemLanguage": "en",
        "itemVersion": 1,
        "layoutId": "available-in-connected-mode",
        "templateId": "available-in-connected-mode",
        "templateName": "available-in-connected-mode",
        "fields": {"pageTitle": {"value": "Welcome"}},
        "placeholders": {
            "jss-main": [
                {
                    "uid": component["uid"],
                    "componentName": "ContentBlock",
                    "dataSource": "",
                    "params": {},
                    "fields": {},
                }
            ]
        },
    }


def test_the_layout_is_what_the_json_says(data: Path) -> None:
    answer = DisconnectedSource().fetch(asked("/"))
    assert answer.status == 200
    assert answer.layout.route
    assert answer.layout.route.fields["pageTitle"] == {"value": "Welcome"}
    (element,) = answer.layout.route.placeholders["jss-main"]
    assert parse_element(element).component_name == "ContentBlock"  # type: ignore[union-attr]


def test_no_visitor_gets_a_layout_that_another_one_holds(data: Path) -> None:
    served = DisconnectedSource()
    first, second = served.fetch(asked("/")), served.fetch(asked("/"))
    assert first.layout.route
    first.layout.route.fields["pageTitle"]["value"] = "changed"
    assert second.layout.route
    assert second.layout.route.fields["pageTitle"]["value"] == "Welcome"
    assert first.body is second.body


def test_a_page_may_say_what_it_is_called(data: Path) -> None:
    text = f"id: '{{{GUID.upper()}}}'\nname: n\ndisplayName: d\ntemplate: App Route\n"
    write(data, {"routes/about/en.yml": text})
    found = route("/about")
    assert found["itemId"] == GUID
    assert (found["name"], found["displayName"], found["templateName"]) == ("n", "d", "App Route")


def test_an_unknown_item_is_404_with_the_context(data: Path) -> None:
    answer = DisconnectedSource().fetch(asked("/nowhere", "da"))
    assert answer.status == 404
    assert answer.layout.route is None
    assert answer.layout.context.language == "da"
    assert json.loads(answer.body) == {
        "sitecore": {
            "context": {
                "pageEditing": False,
                "site": {"name": "harbour"},
                "pageState": "normal",
                "language": "da",
            },
            "route": None,
        }
    }


@pytest.mark.parametrize(
    "item", ["/About/Our-Team", "/about/our-team", "/ABOUT/OUR-TEAM/", "about//our-team"]
)
def test_case_and_slashes_do_not_count_in_a_path(data: Path, item: str) -> None:
    write(data, {"routes/About/Our-Team/en.yml": "fields: {pageTitle: Team}"})
    assert title(item) == "Team"
    answer = DisconnectedSource().fetch(asked(item))
    assert answer.layout.context.item_path == "/About/Our-Team"


def test_a_composed_and_a_decomposed_letter_are_equal(data: Path) -> None:
    write(data, {"routes/cafe\u0301/en.yml": "fields: {pageTitle: Coffee}"})
    assert title("/caf\u00e9") == "Coffee"


def test_a_folder_without_a_page_is_no_page_but_may_hold_some(data: Path) -> None:
    write(data, {"routes/a/b/en.yml": "fields: {pageTitle: B}"})
    assert title("/a/b") == "B"
    assert route("/a") is None


@pytest.mark.parametrize(
    "item",
    [
        GUID,
        GUID.upper(),
        f"{{{GUID}}}",
        GUID.replace("-", ""),
        f"{{{GUID.replace('-', '').upper()}}}",
    ],
)
def test_an_item_may_be_asked_for_by_its_guid(data: Path, item: str) -> None:
    write(data, {"routes/about/en.yml": f"id: {GUID}\nfields: {{pageTitle: About}}"})
    assert title(item) == "About"


def test_a_derived_guid_finds_its_page(data: Path) -> None:
    write(data, {"routes/about/en.yml": "fields: {pageTitle: About}"})
    assert title(route("/about")["itemId"]) == "About"
    assert route("99999999-dea5-42ea-9c1c-8a5df7e70ef9") is None


def test_a_page_without_an_id_has_a_stable_guid(data: Path) -> None:
    write(data, {"routes/About/en.yml": "", "routes/b/en.yml": ""})
    found = route("/about")["itemId"]
    assert UUID(found).version == 5
    assert found == route("/about")["itemId"] != route("/b")["itemId"]


def test_an_id_in_one_language_is_the_pages_in_all(data: Path) -> None:
    write(data, {"routes/a/da.yml": f"id: {GUID}", "routes/a/en.yml": "fields: {x: 1}"})
    assert route("/a", "da")["itemId"] == route("/a", "en")["itemId"] == GUID


def test_languages_may_spell_the_id_of_a_page_differently(data: Path) -> None:
    write(data, {"routes/a/da.yml": f"id: {GUID}", "routes/a/en.yml": f"id: '{{{GUID.upper()}}}'"})
    write(data, {"routes/b/da.yml": "id: The-B", "routes/b/en.yml": "id: the-b"})
    assert route("/a", "en")["itemId"] == GUID
    assert route("/b", "da")["itemId"] == route("/b", "en")["itemId"]


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/..",
        "/%2e%2e/secret",
        "..\\secret",
        "/routes/en.yml",
        "/\x00",
        "/" + "a" * 10_000,
    ],
)
def test_no_path_leads_out_of_the_pages(data: Path, path: str) -> None:
    write(data.parent, {"secret/en.yml": "fields: {pageTitle: Secret}"})
    assert route(path) is None


def test_a_page_comes_in_its_language(data: Path) -> None:
    write(data, {"routes/da.yml": "fields: {pageTitle: Velkommen}"})
    assert (title("/", "da"), title("/", "en")) == ("Velkommen", "Welcome")
    assert title("/", "DA") == "Velkommen"


def test_a_language_that_a_page_lacks_falls_back_to_the_default(data: Path) -> None:
    answer = DisconnectedSource().fetch(asked("/", "da"))
    assert answer.layout.route
    assert answer.layout.route.item_language == "en"
    assert answer.layout.context.language == "da"


def test_without_fallback_such_a_page_does_not_exist(data: Path, settings: Settings) -> None:
    settings.JSS_LANGUAGE_FALLBACK = False
    assert route("/", "da") is None
    assert title("/", "en") == "Welcome"


def test_shared_content_falls_back_for_itself(data: Path) -> None:
    write(
        data,
        {
            "content/a/en.yml": "id: a\nfields: {x: English}",
            "content/b/en.yml": "id: b\nfields: {x: English}",
            "content/b/da.yml": "id: b\nfields: {x: Dansk}",
            "routes/p/en.yml": "fields: {list: [{id: a}, {id: b}]}",
        },
    )
    items = route("/p", "da")["fields"]["list"]
    assert [item["fields"]["x"]["value"] for item in items] == ["English", "Dansk"]


def test_no_language_is_the_sites_default(data: Path) -> None:
    write(data, {"routes/da.yml": "fields: {pageTitle: Velkommen}"})
    danish = replace(SITE, default_language="da")
    assert route("/", "", danish)["fields"]["pageTitle"]["value"] == "Velkommen"


def test_a_language_that_nobody_knows_has_no_pages(data: Path) -> None:
    answer = DisconnectedSource().fetch(asked("/", "tlh"))
    assert answer.status == 404
    assert answer.layout.context.language == "en"


def test_languages_are_known_from_the_site_and_from_the_files(data: Path) -> None:
    write(data, {"content/x/de-CH.yml": ""})
    served = DisconnectedSource()
    known = [name for name in ("en", "DA", "de-ch", "", "sv") if served.knows_language(SITE, name)]
    assert known == ["en", "DA", "de-ch", ""]
    context = served.fetch(asked("/", "DE-ch")).layout.context
    assert context.language == "de-CH"


def test_what_a_page_view_triggers_is_not_in_the_json(data: Path) -> None:
    text = "analytics: {goals: [Register, Instant Demo], events: Download, campaign: Spring}"
    write(data, {"routes/a/en.yml": text})
    answer = DisconnectedSource().fetch(asked("/a"))
    assert dict(answer.analytics) == {
        "goals": ("Register", "Instant Demo"),
        "events": ("Download",),
        "campaign": "Spring",
    }
    assert b"Register" not in answer.body
    assert b"analytics" not in answer.body


def test_a_page_without_analytics_triggers_nothing(data: Path) -> None:
    assert dict(DisconnectedSource().fetch(asked("/")).analytics) == {}


def test_a_dictionary_is_completed_from_the_default_language(data: Path) -> None:
    write(
        data,
        {"dictionary/en.yml": "a: A\nb: B", "dictionary/DA.json": '{"a": "Æ", "n": 1, "t": true}'},
    )
    served = DisconnectedSource()
    assert served.fetch_dictionary(asked("/", "en")) == {"a": "A", "b": "B"}
    assert served.fetch_dictionary(asked("/", "da")) == {"a": "Æ", "b": "B", "n": "1", "t": "true"}
    assert served.fetch_dictionary(asked("/", "tlh")) == {}


def test_without_fallback_a_dictionary_stands_alone(data: Path, settings: Settings) -> None:
    settings.JSS_LANGUAGE_FALLBACK = False
    write(data, {"dictionary/en.yml": "a: A\nb: B", "dictionary/da.yml": "a: Æ"})
    assert DisconnectedSource().fetch_dictionary(asked("/", "da")) == {"a": "Æ"}


def test_a_dictionary_given_out_may_be_changed(data: Path) -> None:
    write(data, {"dictionary/en.yml": "a: A"})
    served = DisconnectedSource()
    served.fetch_dictionary(asked("/"))["a"] = "changed"
    assert served.fetch_dictionary(asked("/")) == {"a": "A"}


def test_outside_debug_files_are_read_once(data: Path) -> None:
    served = DisconnectedSource()
    before = served.fetch(asked("/")).body
    write(data, {"routes/en.yml": "fields: {pageTitle: Changed}", "routes/new/en.yml": ""})
    assert served.fetch(asked("/")).body is before
    assert served.fetch(asked("/new")).status == 404


def test_outside_debug_no_file_is_looked_at_again(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = DisconnectedSource()
    served.fetch(asked("/"))
    monkeypatch.setattr(source, "Content", None)
    monkeypatch.setattr(Content, "is_current", None)
    assert served.fetch(asked("/")).status == 200


def test_in_debug_a_change_shows_at_once(data: Path, settings: Settings) -> None:
    settings.DEBUG = True
    served = DisconnectedSource()
    assert served.fetch(asked("/new")).status == 404
    write(data, {"routes/new/en.yml": "fields: {a: 1}"})
    assert b'"a":{"value":1}' in served.fetch(asked("/new")).body
    write(data, {"routes/new/en.yml": "fields: {a: 2}"})
    assert b'"a":{"value":2}' in served.fetch(asked("/new")).body
    (data / "routes/new/en.yml").unlink()
    assert served.fetch(asked("/new")).status == 404


def test_in_debug_only_what_changed_is_read_again(
    data: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG = True
    served = DisconnectedSource()
    served.fetch(asked("/"))
    paths: list[str] = []

    def noting(path: Path, **options: bool) -> dict[str, Any]:
        paths.append(path.name)
        return read(path, **options)

    monkeypatch.setattr("jss_layout.sources.disconnected.content.read", noting)
    served.fetch(asked("/"))
    assert paths == []
    write(data, {"routes/da.yml": HOME})
    served.fetch(asked("/"))
    assert paths == ["da.yml"]


def test_another_data_folder_is_read_when_the_setting_names_it(
    data: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    served = DisconnectedSource()
    served.fetch(asked("/"))
    other = tmp_path_factory.mktemp("other")
    settings.JSS_DATA_DIR = write(other, {"routes/en.yml": "fields: {pageTitle: Other}"})
    assert b"Other" in served.fetch(asked("/")).body


def test_a_broken_page_costs_only_itself_and_is_logged_once(data: Path, errors: list[str]) -> None:
    write(data, {"routes/a/en.yml": "a: [", "routes/b/en.yml": "fields: 7\n"})
    served = DisconnectedSource()
    for _ in range(2):
        with pytest.raises(InvalidResponse, match=r"routes/a/en\.yml:2: is no YAML"):
            served.fetch(asked("/a"))
        with pytest.raises(InvalidResponse, match=r"routes/b/en\.yml:1: fields: must be"):
            served.fetch(asked("/b"))
        assert served.fetch(asked("/")).status == 200
    assert [message.split(f"{data}/")[1].split(":")[0] for message in errors] == [
        "routes/a/en.yml",
        "routes/b/en.yml",
    ]


def test_a_broken_language_does_not_fall_back(data: Path) -> None:
    write(data, {"routes/da.yml": "a: ["})
    with pytest.raises(InvalidResponse):
        route("/", "da")


def test_a_broken_shared_file_costs_outside_debug_the_pages_that_use_it(data: Path) -> None:
    write(data, {"content/x/en.yml": "a: [", "routes/a/en.yml": "fields: {x: {id: x}}"})
    served = DisconnectedSource()
    assert served.fetch(asked("/")).status == 200
    with pytest.raises(InvalidResponse, match="no content has the id 'x'"):
        served.fetch(asked("/a"))


def test_a_broken_shared_file_shows_in_debug_on_every_page(data: Path, settings: Settings) -> None:
    settings.DEBUG = True
    write(data, {"content/x/en.yml": "a: ["})
    with pytest.raises(InvalidResponse, match=r"content/x/en\.yml:2: is no YAML"):
        route("/")


def test_a_mended_file_is_served_in_debug(data: Path, settings: Settings) -> None:
    settings.DEBUG = True
    served = DisconnectedSource()
    write(data, {"routes/en.yml": "a: ["})
    with pytest.raises(InvalidResponse):
        served.fetch(asked("/"))
    write(data, {"routes/en.yml": HOME})
    assert served.fetch(asked("/")).status == 200


def test_a_broken_dictionary_counts_outside_debug_as_none(data: Path, errors: list[str]) -> None:
    write(data, {"dictionary/en.yml": "a: A", "dictionary/da.yml": "a: [x]"})
    served = DisconnectedSource()
    assert served.fetch_dictionary(asked("/", "da")) == {"a": "A"}
    assert served.fetch_dictionary(asked("/", "da")) == {"a": "A"}
    assert len(errors) == 1
    assert errors[0].endswith("dictionary/da.yml:1: a: must be text or a number, not a list")


def test_a_broken_dictionary_shows_in_debug(data: Path, settings: Settings) -> None:
    settings.DEBUG = True
    write(data, {"dictionary/da.yml": "a: [x]"})
    with pytest.raises(InvalidResponse, match=r"da\.yml:1: a: must be text"):
        DisconnectedSource().fetch_dictionary(asked("/", "da"))
    assert DisconnectedSource().fetch(asked("/")).status == 200


def test_two_files_for_one_language_cost_that_page(data: Path) -> None:
    write(data, {"routes/a/en.yml": "", "routes/a/en.json": "{}", "dictionary/en.yml": "a: A"})
    write(data, {"dictionary/en.yaml": "a: A"})
    with pytest.raises(
        InvalidResponse, match="another file of this folder is in the same language"
    ):
        route("/a")


def test_two_pages_may_not_have_one_id(data: Path) -> None:
    write(data, {"routes/a/en.yml": "id: x", "routes/b/en.yml": "id: X"})
    with pytest.raises(InvalidResponse, match=r"b/en\.yml:1: id: the id 'X' is defined in .*/a/en"):
        route("/b")
    assert route("/a")


def test_a_page_may_not_have_two_ids(data: Path) -> None:
    write(data, {"routes/a/da.yml": "id: x", "routes/a/en.yml": "id: y"})
    with pytest.raises(InvalidResponse, match="the page has the id 'x' in another language"):
        route("/a")


@pytest.mark.parametrize("debug", [True, False])
def test_a_missing_folder_is_named(tmp_path: Path, settings: Settings, debug: bool) -> None:
    settings.JSS_DATA_DIR = tmp_path / "gone"
    settings.DEBUG = debug
    with pytest.raises(InvalidResponse, match="gone: is no folder"):
        route("/")


def test_languages_and_sites_never_mix_between_threads(data: Path) -> None:
    languages = ("en", "da", "de")
    sites = [SiteDefinition(f"s{number}", languages=languages) for number in range(3)]
    for language in languages:
        write(data, {f"routes/{language}.yml": f"fields: {{pageTitle: {language}}}"})
        write(data, {f"dictionary/{language}.yml": f"hello: {language}"})
    served = DisconnectedSource()

    def visit(number: int) -> tuple[object, ...]:
        request = asked("/", languages[number % 3], sites[number // 3 % 3])
        answer = served.fetch(request)
        found = answer.layout.route
        return (
            answer.layout.context.language == request.language,
            found and found.item_language == request.language,
            found and found.fields["pageTitle"]["value"] == request.language,
            answer.layout.context["site"]["name"] == request.site.name,
            served.fetch_dictionary(request) == {"hello": request.language},
        )

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(visit, range(400))) == {(True,) * 5}


def test_many_threads_read_the_files_once_and_build_a_page_once(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []

    def noting(function: Callable[..., object]) -> Callable[..., object]:
        def noted(*args: object) -> object:
            done.append(function)
            sleep(0.02)
            return function(*args)

        return noted

    monkeypatch.setattr(source, "Content", noting(Content))
    monkeypatch.setattr(source, "build_page", noting(build_page))
    served = DisconnectedSource()
    with ThreadPoolExecutor(8) as pool:
        bodies = {answer.body for answer in pool.map(served.fetch, [asked("/")] * 100)}
    assert len(bodies) == 1
    assert done == [Content, build_page]


def test_pages_are_whole_while_files_change_in_debug(data: Path, settings: Settings) -> None:
    settings.DEBUG = True
    served = DisconnectedSource()
    texts = [f"fields: {{a: {number}, b: {number}}}" for number in range(30)]

    def visit(_: int) -> bool:
        answer = served.fetch(asked("/x"))
        fields = answer.layout.route.fields if answer.layout.route else {"a": 0, "b": 0}
        return fields["a"] == fields["b"]

    with ThreadPoolExecutor(4) as pool:
        visits = pool.map(visit, range(200))
        for text in texts:
            path = data / "new"
            path.write_text(text)
            (data / "routes/x").mkdir(exist_ok=True)
            path.rename(data / "routes/x/en.yml")
        assert all(visits)
