"""SXA's components: class names, placeholders and texts, whatever is missing."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jss_layout import sxa
from jss_layout.sxa import items, params
from jss_layout.sxa.templatetags.jss_sxa import register
from tests.layout.pages import Reader, component, show, templates

BACKGROUND = '<image mediaurl="/-/media/harbour.jpg?h=1&amp;w=2" mediaid="{1}" />'
NAMES = sorted(
    path.stem for path in (Path(sxa.__file__).parent / "templates" / "components").glob("*.html")
)
EVERY_COMPONENT = pytest.mark.parametrize("name", NAMES)
STYLES = {"GridParameters": "col-12", "Styles": "x"}


@pytest.fixture(autouse=True)
def apps_alone() -> Any:
    """The templates of this app, and a component to put into their placeholders."""
    thing = {"components/Thing.html": "<i>{% text fields.name %}</i>"}
    with templates(thing):
        yield


def thing(name: str) -> dict[str, Any]:
    return component("Thing", {"name": name})


def shown(name: str, fields: Any = None, context: Any = None, **rest: Any) -> str:
    """The component's HTML without the line ends between elements."""
    rendering = {"componentName": name, "uid": "u1", "fields": fields, **rest}
    return re.sub(r"\s*\n\s*", "", show([rendering], **(context or {})))


def classes(html: str) -> str | None:
    """The class names of the outermost element."""
    return Reader(html).elements[0][1].get("class")


def query(**data: Any) -> dict[str, Any]:
    return {"data": data}


def test_grid_and_styles_become_class_names() -> None:
    html = shown("RichText", params=STYLES | {"FieldNames": "Default"})
    assert classes(html) == "component rich-text col-12 x"


def test_styles_apply_without_a_variant_too() -> None:
    assert classes(shown("RichText", params=STYLES)) == "component rich-text col-12 x"


def test_pipes_between_grid_classes_are_kept() -> None:
    html = shown("Promo", params={"GridParameters": "col-9|col-sm-10"})
    assert classes(html) == "component promo col-9|col-sm-10"


def test_the_rendering_identifier_is_the_id() -> None:
    html = shown("Container", params={"RenderingIdentifier": "top stories"})
    assert Reader(html).elements[0][1]["id"] == "top-stories"


@EVERY_COMPONENT
def test_a_component_without_anything_prints_no_undefined_and_never_fails(name: str) -> None:
    html = show([{"componentName": name}])
    assert "undefined" not in html
    assert "None" not in html
    assert "sc-jss-placeholder-error" not in html


@EVERY_COMPONENT
@pytest.mark.parametrize(
    "fields",
    [
        [],
        [None, 1, "x", {}],
        {"data": None},
        {"data": {"datasource": {"children": {"results": [None, {"field": 3}]}, "field": []}}},
        {"Text": "no field", "Image": 3, "Content": [], "PromoIcon": None},
    ],
)
def test_odd_fields_cost_no_component(name: str, fields: Any) -> None:
    html = show([{"componentName": name, "fields": fields, "params": {"sig": 3, "Styles": None}}])
    assert "sc-jss-placeholder-error" not in html


@EVERY_COMPONENT
def test_no_template_writes_an_inline_style(name: str) -> None:
    html = shown(name, params={"BackgroundImage": BACKGROUND})
    assert all("style" not in attributes for _, attributes in Reader(html).elements)


@EVERY_COMPONENT
def test_values_are_escaped(name: str) -> None:
    evil = '"><script>x</script>'
    names = ("GridParameters", "Styles", "RenderingIdentifier", "ColumnWidth1", "Styles1", "sig")
    given = dict.fromkeys(names, evil)
    given |= {"EnabledPlaceholders": "1", "BackgroundImage": f"<image mediaurl='{evil}'/>"}
    fields: dict[str, Any] = {"ImageCaption": {"value": evil}, "Image": {"src": evil, "alt": evil}}
    fields["data"] = {
        "datasource": {
            "url": {"path": evil},
            "field": {"jsonValue": {"value": evil}, "title": {"value": evil}},
            "children": {"results": [{"field": {"link": {"value": {"href": evil}}}}]},
        }
    }
    page = {"DisplayName": evil, "Href": evil, "Styles": [evil], "Children": []}
    for given_fields in (fields, [page]):
        html = shown(name, given_fields, params=given, uid=evil)
        assert "script" not in [tag for tag, _ in Reader(html).elements]


def test_a_container_shows_its_dynamic_placeholder() -> None:
    html = shown(
        "Container",
        params={"DynamicPlaceholderId": "2"},
        placeholders={"container-1": [thing("one")], "container-2": [thing("two")]},
    )
    assert html == (
        '<div class="component container-default"><div class="component-content">'
        '<div class="row"><i>two</i></div></div></div>'
    )


def test_a_container_finds_a_placeholder_with_a_star() -> None:
    placeholders = {"container-{*}": [thing("any")]}
    assert "<i>any</i>" in shown("Container", placeholders=placeholders)
    numbered = shown("Container", params={"DynamicPlaceholderId": "12"}, placeholders=placeholders)
    assert "<i>any</i>" in numbered


def test_a_container_styled_as_one_has_a_wrapper() -> None:
    html = shown("Container", params={"Styles": "wide container"})
    assert classes(html) == "container-wrapper"
    assert classes(shown("Container", params={"Styles": "containers"})) == (
        "component container-default containers"
    )


def test_a_background_image_is_an_image_behind_the_content() -> None:
    html = shown("Container", params={"BackgroundImage": BACKGROUND})
    assert (
        '<div class="component-content has-background-image"><img alt="" '
        'src="/-/media/harbour.jpg?h=1&amp;w=2" class="background-image" loading="lazy">'
    ) in html


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ('<image mediaurl="/a.jpg"/>', "/a.jpg"),
        ("<IMAGE MEDIAURL = '/a b.jpg'/>", "/a b.jpg"),
        ("<image mediaid='{1}'/>", ""),
        ('<image mediaurl=""/>', ""),
        ("mediaurl=", ""),
        ("", ""),
    ],
)
def test_the_address_of_a_background_is_read_from_the_parameter(value: str, url: str) -> None:
    assert params.background_image({"BackgroundImage": value}) == url


def test_a_column_splitter_shows_the_columns_that_are_enabled() -> None:
    given = {
        "EnabledPlaceholders": "2, 1",
        "ColumnWidth1": "col-8",
        "ColumnWidth2": "col-4",
        "Styles2": "quiet",
        "GridParameters": "col-12",
    }
    html = shown(
        "ColumnSplitter",
        params=given,
        placeholders={f"column-{n}-{{*}}": [thing(f"c{n}")] for n in (1, 2, 3)},
    )
    assert html == (
        '<div class="row component column-splitter col-12">'
        '<div class="col-4 quiet"><div class="row"><i>c2</i></div></div>'
        '<div class="col-8"><div class="row"><i>c1</i></div></div></div>'
    )


def test_a_row_splitter_shows_the_rows_that_are_enabled() -> None:
    html = shown(
        "RowSplitter",
        params={"EnabledPlaceholders": "1,3", "Styles3": "sea", "DynamicPlaceholderId": "4"},
        placeholders={"row-1-{*}": [thing("r1")], "row-3-4": [thing("r3")]},
    )
    row = '<div class="container-fluid{}"><div><div class="row"><i>{}</i></div></div></div>'
    both = row.format("", "r1") + row.format(" sea", "r3")
    assert html == f'<div class="component row-splitter">{both}</div>'


@pytest.mark.parametrize("name", ["ColumnSplitter", "RowSplitter"])
def test_a_splitter_without_enabled_placeholders_is_empty(name: str) -> None:
    assert len(Reader(shown(name)).elements) == 1
    assert len(Reader(shown(name, params={"EnabledPlaceholders": ",x,-1,999"})).elements) == 1


def test_a_part_that_is_enabled_twice_shows_once() -> None:
    assert len(params.columns({"EnabledPlaceholders": "1,1"})) == 1


def test_a_partial_design_shows_the_placeholder_of_its_signature() -> None:
    html = shown(
        "PartialDesignDynamicPlaceholder",
        params={"sig": "sxa-header"},
        placeholders={"sxa-header": [thing("head")], "other": [thing("other")]},
    )
    assert html == "<i>head</i>"


def test_rich_text_shows_its_text() -> None:
    assert shown("RichText", {"Text": {"value": "<b>x</b>"}}) == (
        '<div class="component rich-text"><div class="component-content">'
        "<div><b>x</b></div></div></div>"
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("RichText", '<span class="is-empty-hint">Rich text</span>'),
        ("Image", '<span class="is-empty-hint">Image</span>'),
        ("Promo", '<span class="is-empty-hint">Promo</span>'),
        ("Title", '<span class="is-empty-hint">Title</span>'),
        ("Navigation", "[Navigation]"),
        ("LinkList", "<h3>Link List</h3>"),
        ("PageContent", "[Content]"),
    ],
)
def test_an_empty_component_has_a_hint_for_editors_alone(name: str, hint: str) -> None:
    assert hint in shown(name, context={"pageEditing": True})
    assert hint not in shown(name)


def test_an_image_is_a_link_with_a_caption() -> None:
    fields = {
        "Image": {"value": {"src": "/a.jpg", "alt": "A"}},
        "ImageCaption": {"value": "See"},
        "TargetUrl": {"value": {"href": "/there", "text": "not shown"}},
    }
    picture, caption = (
        '<img alt="A" src="/a.jpg">',
        '<span class="image-caption field-imagecaption">See</span>',
    )
    assert f'<a href="/there">{picture}</a>{caption}' in shown("Image", fields)
    assert f'content">{picture}{caption}' in shown("Image", fields, {"pageEditing": True})


def test_an_image_that_leads_nowhere_stands_alone() -> None:
    html = shown("Image", {"Image": {"value": {"src": "/a.jpg", "alt": "A"}}, "TargetUrl": {}})
    assert html == (
        '<div class="component image"><div class="component-content">'
        '<img alt="A" src="/a.jpg"></div></div>'
    )


def test_a_banner_puts_its_image_behind() -> None:
    html = shown("Image", {"Image": {"value": {"src": "/a.jpg"}}}, params={"FieldNames": "Banner"})
    assert html == (
        '<div class="component hero-banner">'
        '<div class="component-content sc-sxa-image-hero-banner has-background-image">'
        '<img alt="" src="/a.jpg" class="background-image"></div></div>'
    )


def test_an_empty_banner_says_so_to_its_editor() -> None:
    banner = {"params": {"FieldNames": "Banner"}}
    assert classes(shown("Image", **banner)) == "component hero-banner"
    assert classes(shown("Image", context={"pageEditing": True}, **banner)) == (
        "component hero-banner hero-banner-empty"
    )


TITLE = {"url": {"path": "/about", "siteName": "website"}, "field": {"jsonValue": {"value": "Us"}}}


@pytest.mark.parametrize(
    "data", [{"datasource": TITLE}, {"datasource": None, "contextItem": TITLE}]
)
def test_a_title_links_to_its_page(data: Any) -> None:
    assert shown("Title", query(**data)) == (
        '<div class="component title"><div class="component-content"><div class="field-title">'
        '<a href="/about">Us</a></div></div></div>'
    )


def test_a_title_in_a_preview_names_its_site() -> None:
    html = shown("Title", query(datasource=TITLE), {"pageState": "preview"})
    assert '<a href="/about?sc_site=website">Us</a>' in html


def test_the_name_of_a_site_adds_no_parameter_of_its_own() -> None:
    item = {**TITLE, "url": {"path": "/about", "siteName": "a&sc_mode=edit#x"}}
    html = shown("Title", query(datasource=item), {"pageState": "preview"})
    assert '<a href="/about?sc_site=a%26sc_mode%3Dedit%23x">Us</a>' in html


def test_a_title_without_an_address_is_its_text() -> None:
    item = {"field": {"jsonValue": {"value": "Us"}}}
    assert '<div class="field-title">Us</div>' in shown("Title", query(datasource=item))


def test_a_title_is_no_link_for_its_editor() -> None:
    html = shown("Title", query(datasource=TITLE), {"pageEditing": True, "pageState": "edit"})
    assert '<div class="field-title">Us</div>' in html


def test_the_answer_of_a_query_may_come_from_a_content_file() -> None:
    assert items.title({"data": {"value": {"datasource": TITLE}}}) == items.title(
        {"data": {"datasource": TITLE}}
    )


PAGES = [
    {
        "DisplayName": "Display",
        "Title": {"value": "Title"},
        "NavigationTitle": {"value": "Short"},
        "Href": "/a",
        "Querystring": "x=1",
        "Styles": ["level0"],
        "Children": [{"DisplayName": "Display", "Title": {"value": "Title"}, "Href": "/b"}],
    },
    {"DisplayName": "Display", "NavigationTitle": {"value": ""}},
]


def test_a_navigation_lists_pages_and_their_sub_pages() -> None:
    html = shown("Navigation", PAGES)
    assert (
        '<ul class="clearfix"><li class="level0 rel-level1">'
        '<div class="navigation-title child"><a href="/a?x=1">Short</a></div>'
        '<ul class="clearfix"><li class="rel-level2">'
        '<div class="navigation-title"><a href="/b">Title</a></div></li></ul></li>'
        '<li class="rel-level1"><div class="navigation-title">Display</div></li></ul>'
    ) in html


def test_a_navigation_may_come_as_numbered_fields() -> None:
    numbered = {str(number): page for number, page in enumerate(PAGES)}
    assert shown("Navigation", numbered) == shown("Navigation", PAGES)


def test_a_menu_can_be_opened_without_script() -> None:
    elements = Reader(shown("Navigation", PAGES)).elements
    box = next(attributes for tag, attributes in elements if tag == "input")
    label = next(attributes for tag, attributes in elements if tag == "label")
    assert box == {
        "type": "checkbox",
        "class": "menu-mobile-navigate",
        "id": "menu-u1",
        "aria-label": "Menu",
    }
    assert label == {"class": "menu-humburger", "for": "menu-u1"}


def test_a_link_list_numbers_its_entries() -> None:
    links = [{"field": {"link": {"value": {"href": f"/{n}", "text": n}}}} for n in "abc"]
    source = {
        "field": {"title": {"value": "More"}},
        "children": {"results": [links[0], None, {"field": None}, *links[1:]]},
    }
    entry = '<li class="{}"><div class="field-link"><a href="/{n}">{n}</a></div></li>'
    assert shown("LinkList", query(datasource=source)) == (
        '<div class="component link-list"><div class="component-content"><h3>More</h3><ul>'
        + entry.format("item0 odd first", n="a")
        + entry.format("item1 even", n="b")
        + entry.format("item2 odd last", n="c")
        + "</ul></div></div>"
    )


def test_page_content_is_the_component_s_or_else_the_page_s() -> None:
    own, page = {"Content": {"value": "own"}}, {"fields": {"Content": {"value": "page"}}}
    content = '<div class="component content"><div class="component-content">'
    content += '<div class="field-content"><div>{}</div></div></div></div>'
    assert shown("PageContent", own, page) == content.format("own")
    assert shown("PageContent", None, page) == content.format("page")


PROMO = {
    "PromoIcon": {"value": {"src": "/i.svg"}},
    "PromoText": {"value": "<b>Text</b>"},
    "PromoText2": {"value": "Second"},
    "PromoLink": {"value": {"href": "/go", "text": "Go"}},
}


def test_a_promo_has_icon_text_and_link() -> None:
    assert shown("Promo", PROMO) == (
        '<div class="component promo"><div class="component-content">'
        '<div class="field-promoicon"><img alt="" src="/i.svg"></div><div class="promo-text"><div>'
        '<div class="field-promotext"><div><b>Text</b></div></div></div>'
        '<div class="field-promolink"><a href="/go">Go</a></div></div></div></div>'
    )


def test_the_variant_with_text_has_a_second_text_in_place_of_the_link() -> None:
    html = shown("Promo", PROMO, params={"FieldNames": "WithText"})
    assert '<div class="field-promotext"><div class="promo-text">Second</div></div>' in html
    assert "<a " not in html


def test_a_site_s_own_template_comes_before_the_one_of_the_app() -> None:
    with templates({"components/RichText.html": "mine", "components/Thing.html": ""}):
        assert shown("RichText", params={"FieldNames": "Default"}) == "mine"


def test_a_variant_without_a_template_is_the_default() -> None:
    assert shown("Promo", PROMO, params={"FieldNames": "Odd"}) == shown("Promo", PROMO)


QUERY_NAMES = ["data", "datasource", "contextItem", "url", "path", "field", "jsonValue", "value"]
LIST_NAMES = ["children", "results", "link", "Href", "Children", "Styles", "Title", "DisplayName"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(QUERY_NAMES + LIST_NAMES), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_answer_of_a_resolver_is_too_odd(fields: Any) -> None:
    items.navigation_items(fields)
    items.title(fields, "edit")
    items.link_list_title(fields)
    items.link_list_links(fields)


@given(st.dictionaries(st.text(max_size=4), st.text(max_size=12)), st.text(max_size=12))
def test_no_parameter_is_too_odd(given_params: dict[str, str], value: str) -> None:
    every = given_params | dict.fromkeys(
        ("EnabledPlaceholders", "BackgroundImage", "Styles"), value
    )
    params.component_attributes(every, "component")
    params.background_image(every)
    assert all(part.placeholder.startswith("column-") for part in params.columns(every))
    assert params.rows(None) == () == params.rows([])  # type: ignore[arg-type]  # as a template may


def test_a_navigation_too_deep_to_show_costs_its_own_box_alone() -> None:
    pages: list[Any] = []
    for _ in range(150):
        pages = [{"DisplayName": "x", "Children": pages}]
    html = show([component("Navigation") | {"fields": pages}, thing("after")])
    assert "sc-jss-placeholder-error" in html
    assert html.endswith("<i>after</i>")


@pytest.mark.parametrize("name", sorted({*register.tags, *register.filters}))
def test_every_tag_and_filter_is_documented(name: str) -> None:
    docs = Path(__file__).parents[2] / "docs" / "sxa.md"
    assert re.search(rf"({{% |\\\|){name}\b", docs.read_text())


@EVERY_COMPONENT
def test_every_component_is_documented(name: str) -> None:
    docs = Path(__file__).parents[2] / "docs" / "sxa.md"
    assert f"| `{name}`" in docs.read_text()
