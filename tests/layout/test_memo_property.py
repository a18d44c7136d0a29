"""With and without the memo a page shows the same, whatever it holds and whatever came before."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from django.test import RequestFactory, override_settings
from django.urls import get_script_prefix, set_script_prefix
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st

from jss_layout.components import ComponentRegistry
from jss_layout.context import Page
from jss_layout.layout import parse_layout
from jss_layout.placeholders import Place, placeholder
from jss_layout.sites import SiteDefinition
from tests.layout import test_hostile_layouts as hostile
from tests.layout.pages import layout_json, templates

FILES = {
    **hostile.FILES,
    "components/Route.html": (
        "{{ route.name }}{{ route.fields.a.value }}{{ route.fields.nowhere }}"
        "{% if route.fields.b %}{{ context.itemPath }}{% endif %}{% text fields.A %}"
    ),
    "components/Lacking.html": "{{ fields.a }}",
    "components/Context.html": (
        "{% if context.flag %}{{ context.other }}{% else %}{{ context.page_state }}{% endif %}"
        "{{ context.visitor_identification_timestamp }}{% phrase 'p' %}"
    ),
    "components/Whole.html": (
        "{% for name, field in route.fields.items %}{{ name }}={{ field }}{% endfor %}"
        "{{ route.fields|length }}{{ route.fields }}{% if route.fields == fields.a %}x{% endif %}"
        '{{ route.fields|json_script:"x" }}'
    ),
    "components/WholeContext.html": "{{ context.data }}{{ context.data|length }}",
    "components/Shared.html": (
        "{{ site.name }}{{ language }}{{ site.languages }}{% url 'healthz' %}"
        "{% text fields.edited %}{% date fields.when format='l j F H:i' %}"
        "{% number fields.many grouping=True %}"
    ),
    "components/Adding.html": (
        "{% add_to_page %}<i>{{ route.fields.a }}</i>{% endadd_to_page %}"
        "{% add_to_page %}<script></script>{% endadd_to_page %}"
    ),
    "components/Dynamic.html": '{% placeholder "tab-1" %}|{% placeholder "tab-2" %}',
    "components/Request.html": "{% uses_request %}{{ request.path }}",
    "components/Taken.html": "{% if request.user and 1 %}{% endif %}",
    "components/Function.html": "{{ path }}",
}
NAMES = (
    "Route",
    "Lacking",
    "Context",
    "Whole",
    "WholeContext",
    "Shared",
    "Adding",
    "Request",
    "Taken",
    "Function",
)
FIELDS = {
    "when": {"value": "2024-06-01T22:30:00Z"},
    "many": {"value": 1234567.5},
    "edited": {"value": "x", "editable": "<i>x</i>"},
}
NAMED = [{"componentName": name, "fields": FIELDS} for name in (*NAMES, "Odd", "Twisted")]
TABS = {"componentName": "Dynamic", "placeholders": {"tab-{*}": NAMED[:2]}}


def box(inner: list[Any]) -> dict[str, Any]:
    return {"componentName": "Box", "placeholders": {"inner": inner}}


# Each alone, each in a box of its own, and all of them among each other.
FIXED = [*NAMED, TABS, *(box([box([one])]) for one in (*NAMED, TABS))]
ENTRIES = st.lists(st.sampled_from(FIXED) | hostile.ENTRIES, max_size=2).map(
    lambda entries: [*FIXED, *entries, box(entries), box([box(entries), *NAMED[:3]])]
)
VALUES = st.sampled_from([None, 1, 1.0, True, "1", {"value": 1}, {"value": True}])
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "itemPath": VALUES,
        "flag": st.booleans(),
        "other": VALUES,
        "visitorIdentificationTimestamp": VALUES,
    },
)
EDITORS = [{"pageEditing": True}, {"pageState": "preview"}, {"pageEditing": None}]
ROUTE_FIELDS = st.dictionaries(st.sampled_from(["a", "A", "b"]), VALUES, max_size=3)
# Each is many pages.
EXAMPLES = settings().max_examples
SITES = [SiteDefinition("one"), SiteDefinition("two", languages=("en", "da"))]


class Circumstances(NamedTuple):
    """What differs between two pages with the same components."""

    route_fields: dict[str, Any]
    context: dict[str, Any]
    site: SiteDefinition
    language: str
    zone: str
    prefix: str
    path: str


DIFFERENCES = st.lists(
    st.one_of(
        ROUTE_FIELDS.map(lambda fields: {"route_fields": fields}),
        CONTEXTS.map(lambda context: {"context": context}),
        st.sampled_from(EDITORS).map(lambda context: {"context": context}),
        st.sampled_from(
            [{"site": SITES[1]}, {"language": "da"}, {"zone": "Asia/Tokyo"}, {"prefix": "/app/"}]
        ),
        st.just({"path": "/b"}),
    ),
    min_size=4,
    max_size=8,
)
PAGES = st.builds(
    lambda placed, base, differences: [
        (layout_json({"jss-main": placed}, *around[:2]), around)
        for around in (base, *(base._replace(**one) for one in differences))
    ],
    ENTRIES,
    st.builds(
        Circumstances,
        ROUTE_FIELDS,
        CONTEXTS,
        site=st.just(SITES[0]),
        language=st.just("en"),
        zone=st.just("UTC"),
        prefix=st.just("/"),
        path=st.just("/a"),
    ),
    DIFFERENCES,
)
Pages = list[tuple[bytes, Circumstances]]


@pytest.fixture(autouse=True)
def files(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    registry = ComponentRegistry()
    registry.register("Function")(lambda _, request: {"path": request.path})
    monkeypatch.setattr("jss_layout.rendering.registry", registry)
    monkeypatch.setattr("jss_layout.templatetags.jss.phrases", lambda site, _: {"p": site.name})
    with templates(FILES):
        yield


def html(shown: tuple[bytes, Circumstances]) -> str:
    json, around = shown
    request = RequestFactory().get(around.path)
    before = get_script_prefix()
    set_script_prefix(around.prefix)
    try:
        page = Page(parse_layout(json), around.site, around.language, request)
        with translation.override(around.language), timezone.override(around.zone):
            return "\n".join([placeholder(Place(page), "jss-main"), *page.additions])
    finally:
        set_script_prefix(before)


def without_memo(pages: Pages) -> list[str]:
    with override_settings(LAYOUT_MEMO_BYTES=0):
        return list(map(html, pages))


@pytest.mark.parametrize("bytes_", [64 * 1024 * 1024, 20_000])
@given(pages=PAGES)
@settings(max_examples=EXAMPLES // 2)
def test_a_page_shows_the_same_with_and_without_the_memo(bytes_: int, pages: Pages) -> None:
    expected = without_memo(pages)
    with override_settings(LAYOUT_MEMO_BYTES=bytes_):
        for _ in range(3):
            assert list(map(html, pages)) == expected


@given(pages=PAGES)
@settings(max_examples=EXAMPLES // 5)
def test_pages_show_the_same_in_several_threads_at_once(pages: Pages) -> None:
    expected = without_memo(pages)
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(html, pages * 4)) == expected * 4
