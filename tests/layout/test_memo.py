"""What is remembered of a component, what is not, and for whom."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from datetime import timezone as dt_timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from django.template import Context, Engine
from django.test import RequestFactory, override_settings
from django.urls import set_urlconf
from django.utils import autoreload, timezone, translation
from django.utils.safestring import SafeString
from prometheus_client import REGISTRY

from jss_layout import components
from jss_layout.components import ComponentRegistry
from jss_layout.context import Page
from jss_layout.layout import Rendering, parse_layout
from jss_layout.memo import memo
from jss_layout.memo.store import _Entries
from jss_layout.placeholders import Place, placeholder
from jss_layout.sites import SiteDefinition
from tests.layout import memo_tags
from tests.layout.memo_tags import rendered, stock
from tests.layout.pages import BOX, SITE, component, layout_json, templates

FILES = {
    "components/Text.html": "{% note_rendering %}{{ fields.heading.value }}",
    "components/Box.html": '{% note_rendering %}<div>{% placeholder "inner" %}</div>',
    "components/Route.html": "{% note_rendering %}{{ route.fields.a }}{{ route.display_name }}",
    "components/Fields.html": '{% note_rendering %}{{ route.fields|json_script:"x" }}',
    "components/RouteAsItIs.html": "{% note_rendering %}{{ route }}",
    "components/Context.html": "{% note_rendering %}{{ context.itemPath }}",
    "components/InContext.html": "{% note_rendering %}{% if 'a' in context %}yes{% endif %}",
    "components/State.html": "{% note_rendering %}{{ context.language }}",
    "components/AllOfContext.html": "{% note_rendering %}{{ context.data.itemPath }}",
    "components/Either.html": (
        "{% note_rendering %}{% if context.a %}{{ context.b }}{% else %}{{ context.c }}{% endif %}"
    ),
    "components/Date.html": "{% note_rendering %}{% date fields.heading format='H l' %}",
    "components/Stock.html": "{% note_rendering %}{% pieces '1' %}",
    "components/Stocks.html": "{% note_rendering %}{% pieces fields.skus %}",
    "components/Unknown.html": "{% note_rendering %}{% pieces '2' %}",
    "components/Clock.html": "{% note_rendering %}{% clock %}",
    "components/Path.html": "{% uses_request %}{% note_rendering %}{{ request.path }}",
    "components/Address.html": "{% note_rendering %}{% url 'healthz' %}",
    "components/Phrase.html": "{% note_rendering %}{% phrase 'Weight' %}",
    "components/Words.html": (
        "{{ context.itemPath }}{% for word in fields.words %}{% phrase word %}{% endfor %}"
    ),
    "components/Adding.html": (
        "{% note_rendering %}{% add_to_page %} <b>{% text fields.heading %}</b> "
        "{% endadd_to_page %}a{% add_to_page %}<script></script>{% endadd_to_page %}"
    ),
    "components/Word.html": "{% word context.x %}",
    "components/Whole.html": "{{ route.fields.whole }}{% if route.fields.whole %}yes{% endif %}",
    "components/Popped.html": "{{ route.fields.popitem }}",
}


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> ComponentRegistry:
    registry = ComponentRegistry()
    registry.register_pure(
        *(f"{memo_tags.__name__}.{name}" for name in ("note_rendering", "pieces", "word"))
    )
    monkeypatch.setattr("jss_layout.rendering.registry", registry)
    return registry


@pytest.fixture(autouse=True)
def files(registry: ComponentRegistry) -> Iterator[None]:
    rendered.clear()
    stock["1"] = 3
    with templates(FILES, tags=(memo_tags.__name__,)):
        yield


def page_with(
    *elements: Any, fields: Any = None, site: SiteDefinition = SITE, **context: Any
) -> Page:
    layout = parse_layout(layout_json({"jss-main": elements}, fields, context))
    return Page(layout, site, "en", RequestFactory().get("/about"))


def show(*elements: Any, **options: Any) -> str:
    return placeholder(Place(page_with(*elements, **options)), "jss-main")


def text(value: Any = "a") -> dict[str, Any]:
    return component("Text", {"heading": value})


def box(*inner: Any) -> dict[str, Any]:
    return component("Box", placeholders={"inner": inner})


def times_rendered(*elements: Any, **options: Any) -> int:
    """How often the first element's template runs in four times that the page is shown."""
    rendered.clear()
    shown = {show(*elements, **options) for _ in range(4)}
    assert len(shown) == 1
    return rendered.count(elements[0]["componentName"])


# What is remembered


@pytest.mark.parametrize("name", ["Text", "Route", "Fields", "Context", "State", "Date", "Stock"])
def test_a_pure_component_is_rendered_until_it_came_twice(name: str) -> None:
    assert times_rendered(component(name, {"heading": "x"})) == 2


def test_what_comes_but_once_takes_no_memory() -> None:
    for number in range(50):
        show(text(number))
    assert memo().size == 0


def test_a_component_that_is_known_shows_within_one_that_is_new() -> None:
    for number in range(3):
        assert show(box(text(), text(number))) == f"<div>a{number}</div>"
    assert rendered == ["Box", "Text", "Text"] * 2 + ["Box", "Text"]


def test_a_component_that_contains_pure_ones_is_remembered_whole() -> None:
    assert times_rendered(box(box(text()), text("b"))) == 2 * 2


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("Route", {"fields": {"a": 1}}, {"fields": {"a": 2}}),
        ("Route", {"fields": {"a": 1}}, {"fields": {"a": True}}),
        ("Route", {"fields": {"a": 1}}, {"fields": {"a": 1.0}}),
        ("Route", {"fields": {"a": None}}, {"fields": {}}),
        ("Fields", {"fields": {}}, {"fields": {"a": 1}}),
        ("Text", {"fields": {"heading": {"value": 1}}}, {"fields": {"Heading": {"value": 2}}}),
        ("Context", {"itemPath": "/a"}, {"itemPath": "/b"}),
        ("Context", {"itemPath": 1}, {"itemPath": True}),
        ("Whole", {"fields": {"a": 1}}, {"fields": {"whole": 1}}),
        ("Popped", {"fields": {"a": 1}}, {"fields": {"a": 2}}),
        ("State", {"language": "en"}, {"language": "da"}),
        ("AllOfContext", {"itemPath": "/a"}, {"itemPath": "/b"}),
        ("InContext", {"a": None}, {"b": None}),
        ("Either", {"a": 1, "b": "x"}, {"a": 0, "c": "y"}),
        ("Either", {"a": 1, "b": "x"}, {"a": 1, "b": "z"}),
    ],
)
def test_a_page_that_differs_in_what_is_read_shows_its_own(
    name: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    element = box(component(name))
    with override_settings(LAYOUT_MEMO_BYTES=0):
        expected = show(element, **one), show(element, **other)
    for _ in range(4):
        assert (show(element, **one), show(element, **other)) == expected
    assert expected[0] != expected[1]


def test_a_page_that_differs_in_what_is_not_read_shows_what_is_remembered() -> None:
    for number in range(4):
        show(component("Context"), itemPath="/", timestamp=number, fields={"b": number})
    assert rendered == ["Context"] * 2


def test_a_site_has_its_own() -> None:
    other = SiteDefinition(name="other")
    assert times_rendered(text(), site=SITE) == 2
    assert times_rendered(text(), site=other) == 1  # its JSON came before


def test_a_language_and_a_time_zone_have_their_own() -> None:
    element = component("Date", {"heading": "2024-06-01T22:30:00Z"})
    for _ in range(3):
        assert show(element) == "22 Saturday"
        with timezone.override("Asia/Tokyo"):
            assert show(element) == "07 Sunday"
        with translation.override("da"):
            assert show(element) == "22 lørdag"


LOCALES = {
    "components/When.html": "{% date fields.heading format='H l' %};",
    "components/Around.html": "{% placeholder 'inner' %}",
    "components/Language.html": (
        "{% load i18n %}{% language 'da' %}{% placeholder 'inner' %}{% endlanguage %}"
    ),
    "components/Zone.html": (
        "{% load tz %}{% timezone 'Asia/Tokyo' %}{% placeholder 'inner' %}{% endtimezone %}"
    ),
    "components/Danish.html": "{% danish %}{% placeholder 'inner' %}{% enddanish %}",
    "components/Included.html": "{% include 'components/Language.html' %}",
}


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Language", "22 lørdag"),
        ("Zone", "07 Sunday"),
        ("Danish", "22 lørdag"),
        ("Included", "22 lørdag"),
    ],
)
@pytest.mark.parametrize("declared", [True, False])
def test_so_have_those_that_a_template_sets_around_a_placeholder(
    registry: ComponentRegistry, name: str, other: str, declared: bool
) -> None:
    def around(name: str, *inner: Any) -> dict[str, Any]:
        return component(name, placeholders={"inner": inner})

    registry.register_pure(*[f"{memo_tags.__name__}.Danish"] * declared)
    when = component("When", {"heading": "2024-06-01T22:30:00Z"})
    page = [when, around(name, when, around("Around", when)), around("Around", when)]
    with templates(LOCALES, tags=(memo_tags.__name__,)):
        for _ in range(4):
            shown = show(*page) + show(*reversed(page))
            assert shown.removesuffix(";").split(";") == [
                "22 Saturday", other, other, *["22 Saturday"] * 2,
                other, other, "22 Saturday",
            ]  # fmt: skip


def test_so_has_the_time_zone_that_a_function_leaves_to_what_follows(
    registry: ComponentRegistry,
) -> None:
    @registry.register("Text")
    def in_tokyo(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        timezone.activate("Asia/Tokyo")
        return {}

    element = component("Date", {"heading": "2024-06-01T22:30:00Z"})
    for _ in range(3):
        for elements in ([text(), element, element], [box(text()), box(element)]):
            try:
                assert "07 Sunday" in show(*elements)
            finally:
                timezone.deactivate()
        assert show(element) == "22 Saturday"
        assert show(box(element)) == "<div>22 Saturday</div>"


def test_two_time_zones_that_are_equal_have_each_its_name() -> None:
    with templates({"components/Zone.html": "{% load tz %}{% get_current_timezone as z %}{{ z }}"}):
        for name in ("CET", "CET", "CET", "WAT"):
            with timezone.override(dt_timezone(timedelta(hours=1), name)):
                assert show(component("Zone")) == name


def test_the_languages_of_hundreds_of_sites_are_all_remembered() -> None:
    languages = ("da", "de", "en", "fr", "sv")
    sites = [SiteDefinition(name=f"site-{number}") for number in range(800)]
    for _ in range(3):
        rendered.clear()
        for site in sites:
            for language in languages:
                with translation.override(language):
                    show(text(), site=site)
    assert rendered == []


def test_another_url_configuration_has_its_own() -> None:
    for _ in range(3):
        assert show(component("Address")) == "/healthz"
        set_urlconf(memo_tags.__name__)
        try:
            assert show(component("Address")) == "/elsewhere"
        finally:
            set_urlconf(None)


# What is not remembered


@pytest.mark.parametrize("name", ["Path", "RouteAsItIs", "AllOfContext", "Clock"])
def test_a_component_that_is_not_pure_is_rendered_each_time(name: str) -> None:
    with override_settings(DEBUG=False):
        rendered.clear()
        for _ in range(4):
            show(component(name), itemPath="/")
    assert rendered == [name] * 4


def test_a_component_with_a_function_is_rendered_each_time(registry: ComponentRegistry) -> None:
    @registry.register("Text")
    def data(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        return {}

    assert times_rendered(text()) == 4


@pytest.mark.parametrize("inner", ["Path", "AllOfContext", "Unknown"])
def test_what_contains_one_that_is_not_remembered_is_not_either(inner: str) -> None:
    assert times_rendered(box(text(), component(inner))) == 4


def test_a_component_that_failed_is_tried_again() -> None:
    assert show(component("Unknown")) == f"{BOX}\n"
    assert show(component("Unknown")) == f"{BOX}\n"
    stock["2"] = 7
    try:
        assert show(component("Unknown")) == "7"
    finally:
        del stock["2"]


@pytest.mark.parametrize(
    "context",
    [{"pageEditing": True}, {"pageState": "preview"}, {"pageState": "edit", "pageEditing": True}],
)
def test_nothing_is_remembered_while_somebody_edits_or_previews(context: dict[str, Any]) -> None:
    assert times_rendered(text(), **context) == 4


@pytest.mark.parametrize("settings", [{"DEBUG": True}, {"LAYOUT_MEMO_BYTES": 0}])
def test_nothing_is_remembered_in_debug_and_without_memory(settings: dict[str, Any]) -> None:
    with override_settings(**settings):
        assert times_rendered(text()) == 4


# What it adds to the page


def test_what_a_component_adds_to_the_page_shows_once_and_is_remembered_with_it() -> None:
    element, other = component("Adding", {"heading": "a"}), component("Adding", {"heading": "b"})
    for _ in range(4):
        page = page_with(box(element, element), other)
        placeholder(Place(page), "jss-main")
        assert list(page.additions) == ["<b>a</b>", "<script></script>", "<b>b</b>"]
    assert rendered.count("Adding") < 4 * 3


def test_a_page_shows_what_its_components_have_added() -> None:
    page = page_with(component("Adding", {"heading": "<a>"}))
    source = "{% placeholder 'jss-main' %}|{% page_additions %}"
    context = Context({"layout": page.layout, "site": SITE, "language": "en"})
    shown = Engine.get_default().from_string(source).render(context)
    assert shown == "a|<b>&lt;a&gt;</b>\n<script></script>"


# Values from elsewhere


def test_a_tag_that_reads_something_else_notes_it() -> None:
    for _ in range(3):
        assert show(component("Stock")) == "3"
    stock["1"] = 2
    assert show(component("Stock")) == "2"


def test_arguments_that_are_equal_and_of_other_types_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for x in (1, 1, 1, True, True, True):
        assert show(component("Word"), x=x) == "same"
    monkeypatch.setitem(memo_tags.words, "True", "other")
    assert show(component("Word"), x=True) == "other"


@pytest.mark.parametrize("value", [SafeString("<b>"), Decimal(1), date(2024, 1, 1), [Decimal(1)]])
def test_a_value_that_is_no_json_is_not_remembered(value: Any) -> None:
    stock["1"] = value
    shown = [show(component("Stock")) for _ in range(4)]
    assert len(set(shown)) == 1
    assert rendered == ["Stock"] * 4


def test_an_argument_that_cannot_be_looked_up_is_not_remembered() -> None:
    element = component("Stocks", {})
    element["fields"]["skus"] = ["1"]
    show(element)
    assert memo().size == 0


def test_a_phrase_that_changes_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"Weight": "Weight"}
    monkeypatch.setattr("jss_layout.templatetags.jss.phrases", lambda *_: words)
    assert times_rendered(component("Phrase")) == 2
    words["Weight"] = "Mass"
    assert show(component("Phrase")) == "Mass"


# What changes what is remembered


def test_a_setting_that_changes_is_heard() -> None:
    assert times_rendered(text()) == 2
    with override_settings(LAYOUT_MEMO_BYTES=10**6):
        assert times_rendered(text()) == 2


def test_a_template_that_is_saved_is_heard() -> None:
    assert times_rendered(text()) == 2
    autoreload.file_changed.send(sender=None, file_path=Path("components/Text.html"))
    assert times_rendered(text()) == 2


def test_a_template_that_is_edited_is_shown_anew() -> None:
    files = {"components/Own.html": "old"}
    with templates(files), pytest.MonkeyPatch.context() as patch:
        patch.setattr("jss_layout.rendering.registry", components.registry)
        assert [show(component("Own")) for _ in range(3)] == ["old"] * 3
        files["components/Own.html"] = "new"
        autoreload.file_changed.send(sender=None, file_path=Path("components/Own.html"))
        assert show(component("Own")) == "new"


def test_a_component_that_is_registered_is_heard(registry: ComponentRegistry) -> None:
    assert times_rendered(text()) == 2
    registry.register("Text", template="components/Context.html")
    assert show(text(), itemPath="/x") == "/x"


# Limits


@override_settings(JSS_MAX_COMPONENTS=3)
def test_what_is_remembered_counts_towards_the_limit_of_components() -> None:
    element = box(text())
    for _ in range(3):
        assert show(element) == "<div>a</div>"
    assert show(element, element) == f"<div>a</div><div>{BOX}\n</div>"


@override_settings(JSS_MAX_DEPTH=3)
def test_what_is_remembered_stands_no_deeper_than_the_limit() -> None:
    element = box(text())
    for _ in range(3):
        assert show(box(element)) == "<div><div>a</div></div>"
    assert show(box(box(element))) == f"<div><div><div>{BOX}\n</div></div></div>"


def test_the_memo_keeps_to_its_bytes() -> None:
    with override_settings(LAYOUT_MEMO_BYTES=20_000):
        for number in range(100):
            for _ in range(2):
                show(text("x" * number))
            assert memo().size <= 20_000
        assert memo().size > 15_000


def test_what_entries_read_counts_among_its_bytes() -> None:
    with override_settings(LAYOUT_MEMO_BYTES=10**7):
        element = component("Words", {})
        element["fields"]["words"] = [f"word {number}" for number in range(30)]
        show(element)
        tracemalloc.start()
        for number in range(200):
            for _ in range(2):
                show(element, itemPath=f"/{number}")
        gc.collect()
        allocated, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(memo()._entries) > 200
        assert allocated / 2 < memo().size * 1.1


def test_what_came_but_once_takes_no_more_than_a_part_of_its_bytes() -> None:
    with override_settings(LAYOUT_MEMO_BYTES=20_000):
        for number in range(200):
            show(text(number))
        store = memo()
        assert store.size == 0
        assert len(store._met) + len(store._met_earlier) <= 20


def test_entries_are_looked_at_and_kept_by_one_thread_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    touched = []

    def watched(name: str) -> Callable[..., Any]:
        method = getattr(_Entries, name)

        def touch(entries: _Entries, *arguments: Any) -> Any:
            touched.append((name, memo()._lock.locked()))
            return method(entries, *arguments)

        return touch

    for name in ("get", "__setitem__"):
        monkeypatch.setattr(_Entries, name, watched(name))
    for _ in range(3):
        show(text(), component("Context"))
    assert set(touched) == {("get", True), ("__setitem__", True)}


def test_what_was_not_used_for_longest_makes_room() -> None:
    with override_settings(LAYOUT_MEMO_BYTES=20_000):
        for number in range(100):
            show(text("often"))
            for _ in range(2):
                show(text(number))
    assert rendered.count("Text") == 2 + 200


def test_what_is_larger_than_the_memo_is_not_remembered() -> None:
    with override_settings(LAYOUT_MEMO_BYTES=2000):
        assert times_rendered(text("x" * 3000)) == 4


# Visitors


def test_a_visitor_never_sees_what_was_personalized_for_another() -> None:
    for _ in range(4):
        assert show(box(text("Welcome back, Ann"), text())) == "<div>Welcome back, Anna</div>"
        assert show(box(text("Welcome back, Bob"), text())) == "<div>Welcome back, Boba</div>"


def test_a_component_that_reads_the_visitor_of_the_context_shows_its_own() -> None:
    hello = component("Hello")
    with templates({"components/Hello.html": "{{ context.user.name }}"}):
        for _ in range(4):
            assert show(hello, user={"name": "ann"}) == "ann"
            assert show(hello, user={"name": "bob"}) == "bob"


# Metrics


def test_lookups_evictions_and_bytes_are_counted() -> None:
    def count(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0

    before = count("jss_memo_evictions_total")
    with override_settings(LAYOUT_MEMO_BYTES=3000):
        for number in range(10):
            for _ in range(2):
                show(text(number))
        assert count("jss_memo_bytes") == memo().size > 0
    assert count("jss_memo_bytes") == memo().size == 0
    assert count("jss_memo_evictions_total") - before >= 5


def test_a_page_knows_how_many_of_its_entries_were_remembered() -> None:
    for _ in range(3):
        show(text("known"))
    page = page_with(text("known"), box(text("known"), text("new")))
    placeholder(Place(page), "jss-main")
    assert page.recorder
    assert (page.recorder.hits, page.recorder.misses) == (2, 2)


def test_entries_whose_hashes_are_the_same_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jss_layout.memo.store.xxh3_64_intdigest", lambda *_: 7)
    entries = [
        component(name, {"heading": heading})
        for name, heading in (("Text", "one"), ("Text", "two"), ("Context", ""), ("State", ""))
    ]
    found = [show(one, itemPath="/p", language="en") for _ in range(4) for one in entries]
    assert found == ["one", "two", "/p", "en"] * 4
