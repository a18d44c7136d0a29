import json
from html import escape
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from jss_layout import fields
from tests.layout.pages import Reader

METADATA = {"datasource": {"id": "{A}"}, "title": "</code><script>&"}
OPEN = '<code type="text/sitecore" chrometype="field" class="scpm" kind="open">'
CLOSE = '<code type="text/sitecore" chrometype="field" class="scpm" kind="close"></code>'
KINDS = [
    fields.text, fields.rich_text, fields.image, fields.link, fields.file, fields.date,
    fields.number,
]  # fmt: skip
NONSENSE: list[Any] = [
    None, "", "text", 0, 3.5, True, [], [{"value": "x"}], {}, {"value": None}, {"value": []},
    {"value": {}}, {"value": True}, {"value": [1]}, {"fields": {}}, {"id": "x", "url": "/x"},
    {"value": {"src": ["x"], "href": {"a": 1}}}, {"value": {"src": None, "href": ""}},
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("editing", [False, True])
@pytest.mark.parametrize("field", NONSENSE, ids=str)
def test_what_is_no_such_field_shows_nothing(kind: Any, field: Any, editing: bool) -> None:
    assert kind(field, editing=editing) == ""


@pytest.mark.parametrize(
    ("field", "empty"),
    [
        (None, True),
        ({}, True),
        ({"value": ""}, True),
        ({"value": None}, True),
        ({"value": {}}, True),
        ({"value": {"alt": "x"}}, True),
        ({"value": {"src": ""}}, True),
        ({"value": {"href": ""}}, True),
        ({"value": "0001-01-01T00:00:00Z"}, True),
        ([], True),
        ({"src": "/a.png"}, False),
        ({"value": {"src": "/a.png"}}, False),
        ({"value": {"href": "/"}}, False),
        ({"value": 0}, False),
        ({"value": -1}, False),
        ({"value": False}, False),
        ({"value": "x"}, False),
        ({"value": "2012-05-04T00:00:00Z"}, False),
        ([{"id": "1"}], False),
    ],
)
def test_a_field_is_empty_as_in_jss(field: Any, empty: bool) -> None:
    assert fields.is_empty(field) is empty


# Text


@pytest.mark.parametrize(
    ("value", "html"),
    [
        ("value < >", "value &lt; &gt;"),
        ("<b>a</b>\nb", "&lt;b&gt;a&lt;/b&gt;<br>b"),
        ("xxx\n\naa\r\nbbb\ndd", "xxx<br><br>aa<br>bbb<br>dd"),
        ("\n", "<br>"),
        (0, "0"),
        (-1.23, "-1.23"),
        (5.0, "5"),
        (-1000.0, "-1000"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        ("5.0", "5.0"),
        ("", ""),
    ],
)
def test_text_is_escaped_and_its_line_ends_are_breaks(value: Any, html: str) -> None:
    assert fields.text({"value": value}) == html


@given(st.text() | st.text("&<>\"'\0a;"))
def test_what_is_escaped_is_what_python_escapes(text: str) -> None:
    assert fields.text({"value": text}, newlines=False) == escape(text.replace("\0", ""))


def test_html_has_no_nul() -> None:
    assert fields.text({"value": "a\0b"}, tag="p", title="\0c") == '<p title="c">ab</p>'
    assert fields.text({"value": "\0"}, tag="p") == ""
    assert fields.link({"href": "/\0a", "text": "b\0"}) == '<a href="/a">b</a>'
    assert fields.file({"src": "/a", "title": "b\0"}) == '<a href="/a">b</a>'
    assert fields.date({"value": "soon\0"}) == "soon"
    assert fields.image({"src": "/a.png", "alt": "\0b"}) == '<img alt="b" src="/a.png">'


def test_line_ends_may_stay_as_they_are() -> None:
    assert fields.text({"value": "a<\nb"}, newlines=False) == "a&lt;\nb"


def test_text_stands_in_a_tag_with_escaped_attributes() -> None:
    html = fields.text({"value": "x"}, tag="h2", class_="a", data_id=3, title='"<>', hidden=True)
    assert html == '<h2 class="a" data-id="3" title="&quot;&lt;&gt;" hidden>x</h2>'


def test_attributes_without_a_tag_make_a_span() -> None:
    assert fields.text({"value": "x"}, class_="a", title=None) == '<span class="a">x</span>'


def test_a_tag_that_is_no_tag_is_a_span() -> None:
    assert fields.text({"value": "x"}, tag="h1 onclick=x") == "<span>x</span>"


@pytest.mark.parametrize(
    "kind", [fields.text, fields.rich_text, fields.date, fields.number, fields.file]
)
def test_editable_markup_shows_as_it_is_in_an_editor_alone(kind: Any) -> None:
    field = {"value": "7", "editable": "<input>\n"}
    assert "<input>\n" in kind(field, editing=True, class_="a")
    assert "input" not in kind(field)
    assert "input" not in kind(field, editing=True, editable=False)


def test_editable_markup_stands_in_the_tag_and_takes_the_attributes() -> None:
    field = {"value": "a", "editable": "<i>"}
    assert fields.text(field, editing=True) == "<span><i></span>"
    assert fields.text(field, editing=True, tag="p", class_="b") == '<p class="b"><i></p>'
    assert fields.rich_text(field, editing=True) == "<div><i></div>"
    assert fields.file(field, editing=True, class_="b") == '<span class="b"><i></span>'


def test_not_editable_text_keeps_its_breaks() -> None:
    field = {"value": "a\nb", "editable": "<i>"}
    assert fields.text(field, editing=True, editable=False) == "a<br>b"


def test_empty_editable_markup_gives_way_to_the_value() -> None:
    assert fields.text({"value": "a", "editable": ""}, editing=True) == "a"


@pytest.mark.parametrize("kind", KINDS)
def test_metadata_stands_in_chromes_that_it_cannot_close(kind: Any) -> None:
    of_text = (fields.text, fields.rich_text, fields.date, fields.number)
    value = "7" if kind in of_text else {"src": "/a.png", "href": "/a"}
    html = kind({"value": value, "metadata": METADATA}, editing=True)
    assert html.startswith(OPEN)
    assert html.endswith(CLOSE)
    data = html.removeprefix(OPEN).split("</code>")[0]
    assert "<" not in data
    assert json.loads(data) == METADATA
    assert kind({"value": value}, editing=True) in html
    assert "<code" not in kind({"value": value, "metadata": METADATA})
    assert "<code" not in kind({"value": value, "metadata": METADATA}, editing=True, editable=False)


def test_an_empty_field_with_metadata_has_something_to_click() -> None:
    field = {"value": "", "metadata": METADATA}
    assert "</code><span>[No text in field]</span><code" in fields.text(field, editing=True)
    assert fields.text(field, editing=True, editable=False) == ""
    image = fields.image({"value": {}, "metadata": METADATA}, editing=True)
    assert ("img", "scEmptyImage") in [(n, a.get("class")) for n, a in Reader(image).elements]
    file = fields.file({"value": {"src": ""}, "metadata": METADATA}, editing=True)
    assert "</code><span>[No text in field]</span><code" in file
    link = fields.link({"value": {"href": ""}, "metadata": METADATA}, editing=True)
    assert '<span tabindex="0" style="cursor: pointer;">[No text in field]</span>' in link


# Rich text


def test_rich_text_is_html_in_a_div() -> None:
    assert fields.rich_text({"value": "<p>a & b</p>"}) == "<div><p>a & b</p></div>"


def test_rich_text_keeps_its_line_ends() -> None:
    assert fields.rich_text({"value": "a\nb"}, tag="") == "a\nb"


def test_rich_text_takes_a_tag_and_attributes() -> None:
    html = fields.rich_text({"value": "<b>x</b>"}, tag="section", class_="a")
    assert html == '<section class="a"><b>x</b></section>'


def test_rich_text_may_stand_bare() -> None:
    assert fields.rich_text({"value": "<b>x</b>"}, tag="") == "<b>x</b>"


HOSTILE = '<p class="a">x<script>y()</script><a href="/about" onclick="z()">b</a></p>'


def test_rich_text_stays_as_it_is_unless_a_policy_says_more() -> None:
    assert fields.rich_text({"value": HOSTILE}) == f"<div>{HOSTILE}</div>"


def test_rich_text_is_cleaned_by_the_policy() -> None:
    with override_settings(JSS_RICH_TEXT_POLICY={}):
        html = fields.rich_text({"value": HOSTILE})
    assert html == '<div><p>x<a href="/about">b</a></p></div>'
    own = {"tags": {"p"}, "attributes": {"p": {"class"}}}
    with override_settings(JSS_RICH_TEXT_POLICY=own):
        assert fields.rich_text({"value": HOSTILE}, tag="") == '<p class="a">xb</p>'


def test_an_editors_markup_is_never_cleaned() -> None:
    with override_settings(JSS_RICH_TEXT_POLICY={}):
        html = fields.rich_text({"value": "x", "editable": HOSTILE}, editing=True)
    assert html == f"<div>{HOSTILE}</div>"


@pytest.mark.parametrize("value", [3, True, {"src": "/a.png"}, {"href": "/a", "text": "x"}, ["a"]])
def test_a_field_of_another_type_is_no_rich_text(value: Any) -> None:
    assert fields.rich_text({"value": value}) == ""
    assert fields.rich_text({"value": value}, tag="p", class_="a", editing=True) == ""


# Dates


@pytest.mark.parametrize(
    ("value", "format_name", "html"),
    [
        ("2012-05-04T10:20:00Z", "m/d/Y G:i", "05/04/2012 10:20"),
        ("2012-05-04", "j F Y", "4 May 2012"),
        ("2012-05-04T10:20:00", "H:i", "10:20"),
        ("2012-05-04T00:00:00Z", "DATE_FORMAT", "May 4, 2012"),
        ("23-11-2001", "Y", "23-11-2001"),
        ("<soon>", "Y", "&lt;soon&gt;"),
        ("2012-13-45", "Y", "2012-13-45"),
        ("2012-13-45T10:00:00Z", "Y", "2012-13-45T10:00:00Z"),
        ("9999-12-31T23:59:59Z", "Y", "9999"),
        ("0001-01-01T00:00:00Z", "Y", ""),
        ("", "Y", ""),
    ],
)
def test_a_date_shows_in_djangos_formats(value: str, format_name: str, html: str) -> None:
    with timezone.override("UTC"), translation.override("en"):
        assert fields.date({"value": value}, format=format_name) == html


def test_a_date_speaks_the_active_language() -> None:
    with timezone.override("UTC"), translation.override("da"):
        assert fields.date({"value": "2012-05-04T00:00:00Z"}, format="j. F Y") == "4. maj 2012"


def test_a_date_speaks_another_language_where_it_is_told() -> None:
    with translation.override("en"):
        assert fields.date({"value": "2012-05-04"}, format="j F", language="da") == "4 maj"
        assert translation.get_language() == "en"


def test_a_date_shows_anew_in_another_format_language_zone_or_setting() -> None:
    field = {"value": "2012-05-04T22:30:00Z"}
    with timezone.override("UTC"), translation.override("en"):
        assert fields.date(field, format="j F H") == "4 May 22"
        assert fields.date(field, format="j F") == "4 May"
        with timezone.override("Europe/Copenhagen"):
            assert fields.date(field, format="j F H") == "5 May 00"
        with translation.override("da"):
            assert fields.date(field, format="j F H") == "4 maj 22"
    # Afrikaans has no formats of its own.
    assert fields.date(field, language="af") == "Mei 4, 2012"
    with override_settings(DATE_FORMAT="Y"):
        assert fields.date(field, language="af") == "2012"


def test_a_text_that_is_too_long_for_a_date_shows_as_it_is() -> None:
    assert fields.date({"value": "2012-05-04T22:30:00Z" + " " * 30 + "<"}).endswith("&lt;")


def test_a_date_shows_as_aspnet_formats_it() -> None:
    field = {"value": "2012-05-04T06:07:00Z"}
    assert fields.date(field, format="m/d/Y G:i", time_zone="UTC") == "05/04/2012 6:07"


def test_a_time_shows_in_the_zone_that_is_active_or_named() -> None:
    field = {"value": "2012-05-04T22:30:00Z"}
    with timezone.override("Europe/Copenhagen"):
        assert fields.date(field, format="j H:i") == "5 00:30"
        assert fields.date(field, format="j H:i", time_zone="UTC") == "4 22:30"


def test_the_end_of_the_calendar_shows_as_it_came() -> None:
    with timezone.override("Asia/Tokyo"):
        assert fields.date({"value": "9999-12-31T23:59:59Z"}, format="Y H") == "9999 23"


def test_a_time_element_has_its_datetime() -> None:
    html = fields.date({"value": "2012-05-04"}, tag="time", format="Y", class_="a")
    assert html == '<time datetime="2012-05-04" class="a">2012</time>'


# Numbers


@pytest.mark.parametrize(
    ("value", "options", "html"),
    [
        (1234.5, {}, "1234.5"),
        (1234.5, {"decimals": 2, "grouping": True}, "1,234.50"),
        (5.0, {}, "5"),
        (5.0, {"decimals": 2}, "5.00"),
        ("12.50", {}, "12.50"),
        ("19.999", {"decimals": 2}, "20.00"),
        (1023.25, {"decimals": 1}, "1023.3"),
        (-2.5, {"decimals": 0}, "-3"),
        (0.004, {"decimals": 2}, "0.00"),
        (0, {}, "0"),
        (-3, {"tag": "b"}, "<b>-3</b>"),
        ("x", {}, ""),
        ("NaN", {}, ""),
        ("", {}, ""),
        (float("inf"), {}, ""),
    ],
)
def test_a_number_shows_in_the_notation_asked_for(value: Any, options: Any, html: str) -> None:
    with translation.override("en"):
        assert fields.number({"value": value}, **options) == html


def test_a_number_speaks_the_active_language() -> None:
    with translation.override("da"):
        assert fields.number({"value": 1234.5}, decimals=2, grouping=True) == "1.234,50"


@pytest.mark.parametrize(
    ("value", "options", "html"),
    [
        (1234.5, {"currency": "EUR"}, "€1,234.50"),
        (1234.5, {"currency": "EUR", "language": "da"}, "1.234,50\xa0€"),
        (1234.5, {"currency": "JPY", "language": "da-DK"}, "1.235\xa0JP¥"),
        (1234.5, {"currency": "DKK", "decimals": 0, "language": "da"}, "1.235\xa0kr."),
        (1234.5, {"currency": "DKK", "language": "xx-YY"}, "DKK1,234.50"),
        (1234.5, {"currency": "EUR", "format": "¤¤ #0.0"}, "EUR 1234.5"),
        (1234.5, {"currency": "<b>", "language": "en"}, "&lt;b&gt;1,234.50"),
        (0.25, {"format": "percent", "language": "da"}, "25\xa0%"),
        (0.2567, {"format": "percent", "decimals": 1}, "25.7%"),
        (0.125, {"format": "percent"}, "13%"),
        (1234.5, {"format": "#,##0.000"}, "1,234.500"),
        (1234.5, {"language": "da"}, "1234,5"),
        ("1e999999", {"currency": "EUR"}, "1e+999999"),
        ("1e1000000", {"decimals": 2, "grouping": True}, "1e+1000000"),
        ("1e30", {"currency": "EUR", "format": "#0.0"}, f"1{'0' * 30}.0"),
        (f"0.{'1' * 900}", {"currency": "EUR"}, "€0.11"),
        ("x", {"currency": "EUR"}, ""),
        (None, {"format": "percent"}, ""),
        ("1_000", {}, ""),
    ],
)
def test_a_number_is_an_amount_a_share_or_a_pattern(value: Any, options: Any, html: str) -> None:
    with translation.override("en"):
        assert fields.number({"value": value}, **options) == html


DIGITS = st.from_regex(r"-?[0-9]{1,320}(\.[0-9]{0,320})?([eE][+-]?[0-9]{1,7})?", fullmatch=True)


@given(
    st.decimals().map(str) | st.floats() | st.integers() | DIGITS,
    st.sampled_from(
        [{}, {"decimals": 2, "grouping": True}, {"currency": "EUR"}, {"format": "percent"}]
    ),
)
def test_no_number_is_too_odd_to_show(value: Any, options: Any) -> None:
    fields.number({"value": value}, **options)


# Fields that are no HTML


@pytest.mark.parametrize(
    ("field", "checked"),
    [
        ({"value": True}, True),
        ({"value": "1"}, True),
        ({"value": "true"}, True),
        ({"value": 1}, True),
        ({"value": 1.0}, True),
        ({"value": 2}, False),
        ({"value": False}, False),
        ({"value": "0"}, False),
        ({"value": ""}, False),
        ({"value": []}, False),
        ({}, False),
        (None, False),
        (True, False),
    ],
)
def test_a_checkbox_is_on_or_off(field: Any, checked: bool) -> None:
    assert fields.is_checked(field) is checked


ITEM = {"id": "1", "fields": {"title": {"value": "a"}}}


@pytest.mark.parametrize(
    ("field", "items"),
    [
        ([ITEM, None, 3, "x", {}], [ITEM]),
        ({"value": [ITEM]}, [ITEM]),
        (ITEM, [ITEM]),
        ({"value": ""}, []),
        ([], []),
        (None, []),
        ("text", []),
    ],
)
def test_linked_items_are_a_list_whatever_came(field: Any, items: list[Any]) -> None:
    assert fields.linked_items(field) == items


# Files


def test_a_file_is_a_link_with_its_title_and_type() -> None:
    value = {
        "src": "/-/media/a.pdf?x=1&y=2",
        "title": "Price <list>",
        "displayName": "a",
        "mimeType": "application/pdf",
        "description": "All prices",
    }
    assert fields.file({"value": value}, class_="b") == (
        '<a href="/-/media/a.pdf?x=1&amp;y=2" type="application/pdf" title="All prices" '
        'class="b">Price &lt;list&gt;</a>'
    )


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ({"title": "", "displayName": "b", "name": "c"}, "b"),
        ({"name": "c"}, "c"),
        ({}, "/a.pdf"),
    ],
)
def test_a_file_without_a_title_has_its_name(names: dict[str, str], text: str) -> None:
    assert fields.file({"src": "/a.pdf", **names}) == f'<a href="/a.pdf">{text}</a>'


def test_a_file_may_have_its_own_body_and_attributes() -> None:
    html = fields.file({"src": "/a.pdf", "title": "x"}, body="<b>", href="/b.pdf")
    assert html == '<a href="/b.pdf">&lt;b&gt;</a>'
    safe = fields.file({"src": "/a.pdf"}, body=mark_safe("<b>y</b>"))
    assert safe == '<a href="/a.pdf"><b>y</b></a>'


def test_a_file_never_runs_script() -> None:
    assert fields.file({"src": "javascript:x()", "title": "a"}) == "<a>a</a>"


def test_a_value_of_a_field_is_what_sitecore_sent() -> None:
    assert fields.value({"value": False}) is False
    assert fields.value("text") is None


def test_a_file_in_a_new_window_keeps_this_one_to_itself() -> None:
    field = {"value": {"src": "/a.pdf", "title": "t"}}
    assert fields.file(field, target="_blank") == (
        '<a href="/a.pdf" target="_blank" rel="noopener noreferrer">t</a>'
    )
    assert ' rel="author"' in fields.file(field, target="_blank", rel="author")
