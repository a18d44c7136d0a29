from typing import Any

import pytest
from django.test import override_settings
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from jss_layout.fields import link
from tests.layout.pages import Reader

ALL = {
    "href": "/lorem",
    "querystring": "foo=bar",
    "anchor": "foo",
    "text": "ipsum",
    "class": "my-link",
    "title": "My Link",
    "target": "_blank",
}


def linked(value: Any, **options: Any) -> str:
    return link({"value": value}, **options)


def test_a_link_has_all_that_its_field_says() -> None:
    assert linked(ALL) == (
        '<a href="/lorem?foo=bar#foo" class="my-link" title="My Link" target="_blank" '
        'rel="noopener noreferrer">ipsum</a>'
    )


@pytest.mark.parametrize(
    ("value", "href"),
    [
        ({"href": "/a?x=1", "querystring": "?y=2"}, "/a?x=1&y=2"),
        ({"href": "/a#b", "querystring": "y=2", "anchor": "c"}, "/a?y=2#b"),
        ({"href": "#a", "anchor": "a", "linktype": "anchor"}, "#a"),
        ({"href": "a", "anchor": "b", "linktype": "anchor"}, "a"),
        ({"href": "/a", "anchor": "#b"}, "/a#b"),
        ({"href": "mailto:a@b.c"}, "mailto:a@b.c"),
        ({"href": "tel:+45 1"}, "tel:+45 1"),
        ({"href": "/data:x"}, "/data:x"),
    ],
)
def test_query_string_and_anchor_find_their_place(value: Any, href: str) -> None:
    assert Reader(linked({**value, "text": "x"})).elements == [("a", {"href": href})]


def test_the_value_may_stand_for_the_field() -> None:
    assert link({"href": "/a", "text": "x"}) == '<a href="/a">x</a>'


def test_a_link_without_text_shows_its_address() -> None:
    assert linked({"href": "/a?b&c"}) == '<a href="/a?b&amp;c">/a?b&amp;c</a>'


def test_a_body_replaces_the_text_and_is_escaped() -> None:
    assert linked({"href": "/a", "text": "x"}, body="<b>") == '<a href="/a">&lt;b&gt;</a>'
    safe = mark_safe("<b>y</b>")
    assert linked({"href": "/a", "text": "x"}, body=safe) == '<a href="/a"><b>y</b></a>'
    assert linked({"href": "/a", "text": "x"}, body=safe, show_text=True) == (
        '<a href="/a">x<b>y</b></a>'
    )


def test_attributes_of_the_template_win_and_classes_join() -> None:
    html = linked(ALL, href="/other", class_="button", title=None, rel="me")
    assert html == '<a href="/other" class="my-link button" target="_blank" rel="me">ipsum</a>'


@pytest.mark.parametrize("target", ["_blank", "_BLANK", " _blank"])
def test_a_target_given_by_the_template_gets_its_rel(target: str) -> None:
    html = linked({"href": "/a", "text": "x"}, target=target)
    assert 'rel="noopener noreferrer"' in html


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "java\tscript\r:alert(1)",
        "\x00\x1fjavascript:alert(1)",
        "javascript\u200b:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
    ],
)
@pytest.mark.parametrize("by", ["field", "template"])
def test_an_address_that_runs_script_leads_nowhere(href: str, by: str) -> None:
    if by == "field":
        html = linked({"href": href, "text": "x"})
    else:
        html = linked({"href": "/a", "text": "x"}, href=href)
    assert html == "<a>x</a>"


def test_a_refused_address_is_not_shown_in_place_of_text() -> None:
    assert linked({"href": "javascript:alert(1)"}) == ""


def test_a_site_says_which_schemes_are_refused() -> None:
    with override_settings(JSS_REFUSED_LINK_SCHEMES=("ftp",)):
        assert linked({"href": "ftp://x", "text": "x"}) == "<a>x</a>"
        assert linked({"href": "data:x", "text": "x"}) == '<a href="data:x">x</a>'


def test_editable_parts_show_as_they_are_in_an_editor_alone() -> None:
    field = {"value": ALL, "editableFirstPart": "<a href='#'>e", "editableLastPart": "</a>"}
    assert link(field, editing=True, class_="b") == (
        "<span class=\"sc-link-wrapper b\"><a href='#'>e</a></span>"
    )
    assert link(field, editing=True, body="more") == (
        "<span class=\"sc-link-wrapper\"><a href='#'>emore</a></span>"
    )
    assert "sc-link-wrapper" not in link(field)
    assert "sc-link-wrapper" not in link(field, editing=True, editable=False)


def test_a_missing_last_part_prints_no_word_of_its_own() -> None:
    html = link({"value": ALL, "editableFirstPart": "<a>e</a>"}, editing=True)
    assert html == '<span class="sc-link-wrapper"><a>e</a></span>'


@given(st.fixed_dictionaries({}, optional={name: st.text() for name in ALL}))
def test_no_value_breaks_out_of_a_link(value: dict[str, str]) -> None:
    html = linked(value)
    if html:
        [(name, attributes)] = Reader(html).elements
        assert name == "a"
        assert set(attributes) <= {"href", "class", "title", "target", "rel"}
