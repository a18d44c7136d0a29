from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from jss_layout.fields import image
from jss_layout.fields.media import media_url, source_set
from tests.layout.pages import Reader

EDITABLE = (
    "<input id='fld' type='hidden' value=\"\" />"
    '<img src="/-/media/a.png?iar=0" alt="An > image" width="300" class="field" '
    'sc-part-of="image" />'
)


def shown(value: Any, **options: Any) -> dict[str, str | None]:
    """The attributes of the one image that shows."""
    [(name, attributes)] = Reader(image({"value": value}, **options)).elements
    assert name == "img"
    return attributes


def test_an_image_has_the_attributes_of_its_field() -> None:
    value = {"src": "/a.png", "alt": "A <b>", "width": "94", "height": 50, "title": "t"}
    assert image({"value": value}) == (
        '<img alt="A &lt;b&gt;" src="/a.png" width="94" height="50" title="t">'
    )


def test_the_value_may_stand_for_the_field() -> None:
    assert image({"src": "/a.png"}) == '<img alt="" src="/a.png">'


def test_an_empty_alternative_text_is_kept() -> None:
    assert shown({"src": "/a.png", "alt": ""})["alt"] == ""


def test_attributes_of_the_template_win_and_classes_join() -> None:
    value = {"src": "/a.png", "alt": "x", "class": "the-dude"}
    attributes = shown(value, class_="abides", alt="", loading="lazy")
    assert attributes == {
        "alt": "", "src": "/a.png", "class": "the-dude abides", "loading": "lazy",
    }  # fmt: skip


def test_attributes_of_the_field_never_hold_script() -> None:
    value = {"src": "/a.png", "onerror": "x()", "OnLoad": "x()", "a b": "c", "srcdoc": "x", "q": {}}
    assert set(shown(value)) == {"alt", "src"}


def test_sizes_ask_for_a_resized_image() -> None:
    value = {"src": "/-/media/a.png?iar=0&hash=H&rev=1"}
    assert shown(value, mw=100, mh=50)["src"] == "/-/jssmedia/a.png?mw=100&mh=50&rev=1"
    assert shown(value, params={"sc": 2}, w=5)["src"] == "/-/jssmedia/a.png?sc=2&w=5&rev=1"


def test_without_sizes_the_address_stays() -> None:
    src = "/-/media/a.png?iar=0&hash=H#f"
    assert shown({"src": src})["src"] == src


def test_a_source_set_names_widths() -> None:
    value = {"src": "/assets/img/test0.png"}
    wanted = "/assets/img/test0.png?mw=100 100w, /assets/img/test0.png?mw=300 300w"
    assert shown(value, srcset=[{"mw": 100}, {"mw": 300}])["srcset"] == wanted
    assert shown(value, srcset="100, 300")["srcset"] == wanted
    assert shown(value, srcset="mw=100, mw=300")["srcset"] == wanted


@pytest.mark.parametrize(
    "srcset",
    [
        *("", None, 3, True, {}, {"mw": 100}, [None, 3, "mw=100", []], "<&", "=,&=", "-100, 0"),
        *([{"mw": "wide"}], [{"mw": 1.5}], [{"w": {}}], [{"mw": "100w, /b.png"}], "mw=1 0"),
    ],
)
def test_a_source_set_of_another_shape_is_left_out(srcset: Any) -> None:
    assert shown({"src": "/a.png"}, srcset=srcset) == {"alt": "", "src": "/a.png"}


def test_sizes_stand_beside_a_source_set_alone() -> None:
    assert shown({"src": "/a.png"}, srcset="5", sizes="100vw")["sizes"] == "100vw"
    assert shown({"src": "/a.png", "srcset": "/b.png 5w"}, sizes="100vw")["sizes"] == "100vw"
    assert "sizes" not in shown({"src": "/a.png"}, sizes="100vw")
    assert "sizes" not in shown({"src": "/a.png", "sizes": "100vw"}, srcset="wide")


def test_a_source_without_a_width_is_left_out() -> None:
    assert source_set("/a.png", [{"h": 10}, {"mw": 20}], {}) == "/a.png?mw=20 20w"


def test_a_source_overrides_what_holds_for_all() -> None:
    assert source_set("/a.png", [{"h": 10}, {"w": 9}], {"w": 5}) == (
        "/a.png?w=5&h=10 5w, /a.png?w=9 9w"
    )


@pytest.mark.parametrize(
    ("src", "params", "url"),
    [
        (
            "/media/lorem/ipsum.jpg?x=valueX&y=value111&rev=109010&db=333&la=444&vs=555&ts=666"
            "&unknownParam=54321",
            {"y": "valueY", "z": "valueZ"},
            "/media/lorem/ipsum.jpg?y=valueY&z=valueZ&rev=109010&db=333&la=444&vs=555&ts=666",
        ),
        ("/-/media/a.png", {"mw": 1}, "/-/jssmedia/a.png?mw=1"),
        ("/~/MEDIA/a.png", {"mw": 1}, "/~/jssmedia/a.png?mw=1"),
        ("https://h/-/media/a.png#f", {"mw": 1}, "https://h/-/jssmedia/a.png?mw=1"),
        ("/-/media/a.png", {"mw": None, "mh": ""}, "/-/media/a.png"),
    ],
)
def test_addresses_of_media_follow_the_rule_of_jss(src: str, params: Any, url: str) -> None:
    assert media_url(src, params) == url


def test_a_site_may_have_media_elsewhere() -> None:
    with override_settings(JSS_MEDIA_URL_PREFIX=r"/([-~])assets/"):
        assert media_url("/~assets/a.png", {"mw": 1}) == "/~/jssmedia/a.png?mw=1"


@pytest.mark.parametrize("close", [" />", ">"])
def test_an_editable_image_takes_the_templates_attributes(close: str) -> None:
    field = {"value": {"src": "/b.png"}, "editable": EDITABLE.replace(" />", close)}
    html = image(field, editing=True, class_="own", mw=5, alt='"quoted" \\1 $&')
    elements = Reader(html).elements
    assert [name for name, _ in elements] == ["span", "input", "img"]
    assert elements[0][1] == {"class": "sc-image-wrapper"}
    assert elements[2][1] == {
        "src": "/-/jssmedia/a.png?mw=5", "alt": '"quoted" \\1 $&', "width": "300",
        "class": "field own", "sc-part-of": "image",
    }  # fmt: skip


def test_editable_markup_shows_in_an_editor_alone() -> None:
    field = {"value": {"src": "/b.png"}, "editable": EDITABLE}
    assert "input" not in image(field)
    assert "input" not in image(field, editing=True, editable=False)


@pytest.mark.parametrize("markup", ["<b>no image</b>", "<img alt='x'>", "<imgx src='y'>"])
def test_editable_markup_without_an_image_stays_as_it_is(markup: str) -> None:
    html = image({"editable": markup}, editing=True, class_="a")
    assert html == f'<span class="sc-image-wrapper">{markup}</span>'


@given(st.dictionaries(st.text(), st.text(), max_size=5), st.text(min_size=1), st.text())
def test_no_value_breaks_out_of_an_image(value: dict[str, str], src: str, given: str) -> None:
    [(name, attributes)] = Reader(image({**value, "src": src}, title=given)).elements
    assert name == "img"
    assert not [name for name in attributes if name.startswith("on")]
    assert len(Reader(image({**value, "src": src}, mw=5, srcset="3")).elements) == 1


@pytest.mark.parametrize(
    ("own", "given", "alt"),
    [
        ("A", {"alt": None}, "A"),
        ("A", {"alt": True}, "A"),
        ("A", {"alt": ""}, ""),
        (True, {}, ""),
        (False, {}, ""),
        (False, {"alt": "t"}, "t"),
        (None, {"alt": None}, ""),
    ],
)
def test_the_alternative_text_is_always_a_text(
    own: object, given: dict[str, object], alt: str
) -> None:
    field = {"value": {"src": "/a.png", "alt": own}}
    assert f' alt="{alt}"' in image(field, **given)  # type: ignore[arg-type]  # an attribute
