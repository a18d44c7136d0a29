"""Whatever a layout holds, the page stands, and nothing breaks out of its place."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.layout.pages import component, show, templates
from tests.layout.test_layout import JSON

FILES = {
    "components/Every.html": (
        '<section class="{{ styles }}" title=\'{{ params.Styles }}\' id="{{ fields.a.value }}">'
        "<!-- {{ fields.a.value }} {{ fields.b }} --><b>{{ fields.c }}</b>"
        "{% text fields.a %}{% text fields.b tag='h2' title=fields.a.value %}"
        "{% rich_text fields.a %}{% rich_text fields.b tag='p' class=params.Styles %}"
        "{% image fields.a mw=params.Styles %}{% image fields.b srcset='100, 300' %}"
        "{% image fields.a srcset=fields.c sizes=params.Styles %}"
        "{% link fields.a %}{% link fields.b class=params.Styles %}"
        "{% linkblock fields.b %}<b>x</b>{% endlinkblock %}"
        "{% file fields.a %}{% file fields.b %}"
        "{% date fields.a %}{% date fields.b tag='time' time_zone='Europe/Copenhagen' %}"
        "{% number fields.a %}{% number fields.b currency='EUR' language='da' %}"
        "{% if fields.a|is_checked and not fields.b|is_empty %}<i>on</i>{% endif %}"
        "{% for item in fields.c|linked_items %}<i>{% text item.fields.a %}</i>{% endfor %}"
        '{{ fields.c|json_script:"data" }}{% placeholder "inner" %}{% placeholder params.Name %}'
        "</section>"
    ),
    "components/Box.html": '<div>{% placeholder "inner" %}</div>',
    "components/Marker.html": "<mark></mark>",
    "components/Twisted.html": "{% include 'missing.html' %}",
}
FAILED = '<div class="sc-jss-placeholder-error">'
MARKER = {"componentName": "Marker"}

HOSTILE = st.sampled_from(
    [
        '"><script>alert(1)</script>',
        "' onmouseover='alert(1)",
        "--><img src=x onerror=alert(1)>",
        "--!><b>",
        "</script><script>",
        "<!--<script>",
        "]]></section>",
        "</textarea></title></style>",
        "javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,<script>",
        "{{ request }}{% csrf_token %}",
        "&lt;script&gt;&#34;",
        "\x00\u2028\u202e\ufeff",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "1e400",
        "%s%(x)s{0}{}",
    ]
)
VALUES = HOSTILE | JSON
ADDRESSES = ("src", "href", "querystring", "anchor", "linktype", "target")
TEXTS = ("value", "text", "alt", "class", "title", "mimeType", "displayName", "fields", "metadata")
RUNNING = ("onclick", "style", "srcdoc")
NAMES = st.sampled_from((*ADDRESSES, *TEXTS, *RUNNING))
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=5)
FIELD = VALUES | OBJECTS | st.fixed_dictionaries({"value": VALUES | OBJECTS})
FIELDS = st.fixed_dictionaries({}, optional={"a": FIELD, "b": FIELD, "c": FIELD})
PARAMS = st.none() | st.dictionaries(
    st.sampled_from(["Styles", "GridParameters", "FieldNames", "Name"]), VALUES
)
EVERY = st.builds(
    lambda fields, params, placeholders, rest: {
        **rest,
        "componentName": "Every",
        "fields": fields,
        "params": params,
        "placeholders": placeholders,
    },
    FIELDS | VALUES,
    PARAMS | VALUES,
    VALUES,
    st.dictionaries(st.sampled_from(["uid", "dataSource", "experiences", "type"]), VALUES),
)
ODD = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("componentName", "name", "type", "contents", "attributes"), VALUES),
)
CHROME = st.fixed_dictionaries(
    {"name": st.sampled_from(["code", "script", "Script"]), "type": st.just("text/sitecore")},
    optional={"contents": VALUES, "attributes": OBJECTS | VALUES},
)
ENTRIES = st.recursive(
    EVERY | ODD | CHROME | VALUES | st.just({"componentName": "Twisted"}),
    lambda inner: st.lists(inner, max_size=3).map(
        lambda children: {
            "componentName": "Box",
            "placeholders": {"inner": [it for child in children for it in (child, MARKER)]},
        }
    ),
    max_leaves=6,
)


class WellFormed(HTMLParser):
    """Fails at an element that is not closed in its turn, and at an attribute that runs."""

    VOID = frozenset({"br", "img"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open += [] if tag in self.VOID else [tag]
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names))
        assert not [name for name in names if name.startswith("on") or name == "srcdoc"]
        for name, value in attrs:
            runs = (value or "").strip().lower().startswith(("javascript:", "data:"))
            assert not (runs and name == "href")
        data = ({"id": "data", "type": "application/json"}.items(), {("type", "text/sitecore")})
        assert tag != "script" or any(it <= set(attrs) for it in data)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def failures(entry: Any) -> int:
    """How many boxes the entry and all within it have a reason for."""
    if not isinstance(entry, dict):
        return 0 if entry is None else 1
    if entry.get("componentName") == "Box":
        return sum(map(failures, entry["placeholders"]["inner"]))
    return int(entry.get("componentName") == "Twisted")


def markers(entry: Any) -> int:
    """How many valid components stand within the entry."""
    if not isinstance(entry, dict) or entry.get("componentName") != "Box":
        return int(entry == MARKER)
    return sum(map(markers, entry["placeholders"]["inner"]))


@pytest.fixture(autouse=True, scope="module")
def files() -> Iterator[None]:
    with templates(FILES, JSS_RICH_TEXT_POLICY={}):
        yield


@pytest.mark.parametrize("context", [{}, {"pageEditing": True, "editMode": "metadata"}])
@given(entries=st.lists(ENTRIES, max_size=4), route_fields=FIELDS | VALUES)
def test_any_layout_renders_whole_and_fails_only_with_cause(
    context: dict[str, Any], entries: list[Any], route_fields: Any
) -> None:
    placed = [it for entry in entries for it in (entry, MARKER)]
    html = show(placed, fields=route_fields, **context)
    WellFormed(html)
    assert html.count(FAILED) == sum(map(failures, placed))
    assert html.count("<mark></mark>") == sum(map(markers, placed))


@given(HOSTILE | st.text(), HOSTILE | st.text())
def test_no_value_breaks_out_of_text_attribute_script_or_comment(one: str, other: str) -> None:
    link = {"value": {"href": one, "text": other, "class": one, "target": other, "alt": one}}
    every = component("Every", {"a": one, "b": other}, params={"Styles": other, "FieldNames": one})
    every["fields"]["c"] = [one, {"fields": {"a": {"value": other}}}, link]
    linked = component("Every", {"a": link["value"], "b": {"src": one, "alt": other}})
    html = show([every, linked, MARKER])
    read = WellFormed(html)
    allowed = {"section", "b", "h2", "div", "p", "img", "a", "time", "i", "script", "br", "mark"}
    assert read.tags <= allowed | {"span"}
    assert FAILED not in html
    assert html.endswith("<mark></mark>")
