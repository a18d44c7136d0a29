import cProfile
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory, override_settings
from hypothesis import given
from hypothesis import strategies as st

from jss_layout.components import ComponentRegistry
from jss_layout.context import ComponentContext, Page, Used, Withheld
from jss_layout.layout import Layout, Rendering, parse_layout
from jss_layout.placeholders import Place, placeholder, placeholder_key
from tests.layout.pages import (
    BOX,
    SITE,
    Reader,
    component,
    layout_json,
    nested_json,
    place,
    show,
    templates,
)
from tests.layout.test_layout import JSON

FILES = {
    "components/Text.html": "{% text fields.heading %}",
    "components/Box.html": '<div>{% text fields.heading %}{% placeholder "inner" %}|'
    "{{ fields.heading.value }}</div>",
    "components/Same.html": '({% placeholder "jss-main" %})',
    "components/Two.html": '{% placeholder "container-1" %}-{% placeholder "container-22" %}',
    "components/Broken.html": "{% include 'missing.html' %}",
    "components/Request.html": "{{ request.path }}",
    "components/Swallowed.html": "{% if request.user.is_staff and 1 %}x{% endif %}after",
    "components/User.html": "{% if user.is_staff %}x{% endif %}",
    "components/Form.html": "{% csrf_token %}",
    "components/Messages.html": "{% for message in messages %}{{ message }}{% endfor %}",
    "components/Path.html": "{% uses_request %}{{ request.path }} {{ user }} {{ language }}",
    "components/Included.html": "{% include 'part.html' %}",
    "part.html": "{% uses_request %}",
}
CHROME = {
    "name": "code",
    "type": "text/sitecore",
    "contents": '{"a":"</code><script>"}',
    "attributes": {
        "type": "text/sitecore",
        "chrometype": "placeholder",
        "key": "/main/\"x'",
        "onclick": "x()",
    },
}
CHROME_HTML = (
    '<code type="text/sitecore" chrometype="placeholder" key="/main/&quot;x&#x27;">'
    '{"a":"&lt;/code&gt;&lt;script&gt;"}</code>'
)


@pytest.fixture(autouse=True)
def files() -> Iterator[None]:
    with templates(FILES):
        yield


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> ComponentRegistry:
    empty = ComponentRegistry()
    monkeypatch.setattr("jss_layout.rendering.registry", empty)
    return empty


def text(value: Any, **rest: Any) -> dict[str, Any]:
    return component("Text", {"heading": value}, **rest)


def box(value: Any, inner: Any) -> dict[str, Any]:
    return component("Box", {"heading": value}, placeholders={"inner": inner})


def failed(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


# Placeholders


def test_components_show_in_order() -> None:
    assert show([text("a"), text("b")]) == "ab"


@pytest.mark.parametrize("elements", [[], None, 3, {}, [None, None]])
def test_an_empty_placeholder_shows_nothing(elements: Any) -> None:
    assert show(elements) == ""


@pytest.mark.parametrize("name", ["missing", "jss-mai", "{*}", "("])
def test_a_missing_placeholder_shows_nothing(name: str) -> None:
    assert show([text("a")], name) == ""


def test_a_placeholder_without_a_name_is_a_comment() -> None:
    assert show([text("a")], "") == "<!-- Placeholder name was not defined. -->"


def test_a_page_without_a_route_has_no_placeholders() -> None:
    assert placeholder(Place(Page(Layout(), SITE, "en")), "jss-main") == ""


def test_components_nest_and_each_sees_its_own_fields() -> None:
    nested = [box("1", [box("2", [text("3")]), text("4")])]
    assert show(nested) == "<div>1<div>23|2</div>4|1</div>"


def test_a_component_finds_its_own_placeholder_of_the_pages_name_alone() -> None:
    inner = component("Same", placeholders={"jss-main": [component("Same")]})
    assert show([inner]) == "(())"


def test_an_entry_without_a_component_is_no_box() -> None:
    assert show([{"componentName": None}, {}, text("a")]) == "a"


def test_a_dynamic_placeholder_serves_every_name_that_fits() -> None:
    two = component("Two", placeholders={"container-{*}": [text("a")]})
    assert show([two]) == "a-a"
    assert show([two]) == "a-a"


@pytest.mark.parametrize(
    ("key", "name", "fits"),
    [
        ("container-{*}", "container-1", True),
        ("container-{*}", "container-207", True),
        ("container-{*}", "container-", False),
        ("container-{*}", "container-a", False),
        ("container-{*}", "container-1-2", False),
        ("container-{*}", "xcontainer-1", False),
        ("container-1-{*}", "container-1-2", True),
        ("container-1-{*}", "container-2-2", False),
        ("dynamic-1-{*}", "dynamic-1-{*}", True),
        ("x-{*}-{*}", "x-1-22", True),
        ("x-{*}-{*}", "x-1", False),
        ("a.b-{*}", "a.b-1", True),
        ("a.b-{*}", "aXb-1", False),
        ("a(b-{*}", "a(b-1", True),
        ("container-{*}", "container-٣", False),
    ],
)
def test_a_dynamic_name_stands_for_numbers_alone(key: str, name: str, fits: bool) -> None:
    placeholders = place({key: []}).placeholders
    assert placeholder_key(placeholders, name) == (key if fits else None)


def test_the_exact_name_comes_before_a_dynamic_one() -> None:
    here = place({"c-{*}": [text("dynamic")], "c-1": [text("exact")]})
    assert placeholder(here, "c-1") == "exact"


def test_matching_a_hostile_name_takes_no_time() -> None:
    placeholders = place({"{*}" * 50 + "x": []}).placeholders
    started = time.perf_counter()
    assert placeholder_key(placeholders, "1" * 5000) is None
    assert time.perf_counter() - started < 1


def test_a_hostile_key_takes_no_time() -> None:
    placeholders = place({f"{number}" + "a{*}" * 2000: [] for number in range(200)}).placeholders
    started = time.perf_counter()
    assert placeholder_key(placeholders, "1a1") is None
    assert time.perf_counter() - started < 0.5


def test_the_log_names_a_component_in_a_line(caplog: pytest.LogCaptureFixture) -> None:
    assert show([component("X" * 10_000), text("a")]) == "a"
    [record] = caplog.records
    assert len(record.getMessage()) < 300


# Raw elements


def test_a_chrome_prints_between_components_and_closes_no_tag() -> None:
    assert show([text("a"), CHROME, text("b")]) == f"a{CHROME_HTML}b"


def test_a_chrome_never_runs_as_script() -> None:
    html = show([{"name": "SCRIPT", "type": "text/sitecore", "contents": "x", "attributes": {}}])
    assert html == '<script type="text/sitecore">x</script>'


def test_a_chrome_has_no_nul() -> None:
    element = {**CHROME, "contents": "\0x", "attributes": {"key": "\0y"}}
    assert show([element]) == '<code key="y" type="text/sitecore">x</code>'


def test_a_chrome_in_a_script_holds_json_that_closes_no_tag_and_reads_as_it_came() -> None:
    data = {"markup": "</script><!--<script>&amp;"}
    element = {"name": "script", "type": "text/sitecore", "contents": json.dumps(data)}
    html = show([element])
    inner = html.removeprefix('<script type="text/sitecore">').removesuffix("</script>")
    assert "<" not in inner
    assert json.loads(inner) == data


@pytest.mark.parametrize(
    "element",
    [
        {"name": "script", "contents": "x"},
        {"name": "div", "contents": "x"},
        {"name": "iframe", "type": "text/sitecore", "attributes": {"src": "/x"}},
        {"name": "b onclick=x", "contents": "x"},
    ],
)
def test_a_raw_element_shows_only_where_it_is_allowed(element: Any) -> None:
    assert show([element]) == ""


def test_a_site_may_allow_raw_elements() -> None:
    elements = [
        {"name": "div", "contents": "<b>x</b>", "attributes": {"class": '"', "a b": "c"}},
        {"name": "hr"},
        {"name": "script", "contents": "x"},
    ]
    with override_settings(JSS_RAW_ELEMENTS=("div", "hr")):
        assert show(elements) == '<div class="&quot;"><b>x</b></div><hr>'


def test_an_editor_gets_an_element_around_a_placeholder_without_components() -> None:
    wrapped = f'<div class="sc-jss-empty-placeholder">{CHROME_HTML}</div>'
    assert show([CHROME], pageEditing=True) == wrapped
    assert show([CHROME]) == CHROME_HTML
    assert show([CHROME, text("a")], pageEditing=True) == f"{CHROME_HTML}a"
    assert show([], pageEditing=True) == ""


# Metadata chromes


def chrome(kind: str, identity: str = "") -> str:
    start = f'<code type="text/sitecore" chrometype="{kind}" class="scpm"'
    return (
        f'{start} kind="open" id="{identity}"></code>'
        if identity
        else f'{start} kind="close"></code>'
    )


ROUTE = "00000000-0000-0000-0000-000000000000"


def test_metadata_chromes_stand_around_placeholders_and_components() -> None:
    html = show([box("h", [text("t")])], pageEditing=True, editMode="metadata")
    assert html == (
        chrome("placeholder", f"jss-main_{ROUTE}")
        + chrome("rendering", "uid-Box")
        + "<div>h"
        + chrome("placeholder", "inner_uid-Box")
        + chrome("rendering", "uid-Text")
        + "t"
        + chrome("rendering")
        + chrome("placeholder")
        + "|h</div>"
        + chrome("rendering")
        + chrome("placeholder")
    )


def test_metadata_chromes_nest_from_main_over_header_to_logo() -> None:
    files = {
        "components/Header.html": '<header>{% placeholder "logo" %}</header>',
        "components/Logo.html": "<b>logo</b>",
    }
    logo = {"componentName": "Logo", "uid": "2"}
    header = {"componentName": "Header", "uid": "1", "placeholders": {"logo": [logo]}}
    with templates(files):
        html = show([header], pageEditing=True, editMode="metadata")
    assert html == (
        chrome("placeholder", f"jss-main_{ROUTE}")
        + chrome("rendering", "1")
        + "<header>"
        + chrome("placeholder", "logo_1")
        + chrome("rendering", "2")
        + "<b>logo</b>"
        + chrome("rendering")
        + chrome("placeholder")
        + "</header>"
        + chrome("rendering")
        + chrome("placeholder")
    )


@pytest.mark.parametrize("placeholders", [{"jss-main": []}, {}])
def test_an_empty_placeholder_with_metadata_has_chromes_in_its_element(placeholders: Any) -> None:
    html = placeholder(place(placeholders, pageEditing=True, editMode="metadata"), "jss-main")
    chromes = chrome("placeholder", f"jss-main_{ROUTE}") + chrome("placeholder")
    assert html == f'<div class="sc-jss-empty-placeholder">{chromes}</div>'


def test_a_dynamic_placeholder_keeps_its_key_in_chromes() -> None:
    here = place({"container-{*}": []}, pageEditing=True, editMode="metadata")
    assert f'id="container-{{*}}_{ROUTE}"' in placeholder(here, "container-1")


def test_outside_an_editor_there_are_no_chromes() -> None:
    assert show([text("t")], editMode="metadata") == "t"


# Components that do not show


def test_an_unknown_component_shows_nothing_to_visitors_and_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert show([component("Unheard"), text("a"), component("Unheard")]) == "a"
    [record] = caplog.records
    assert record.getMessage() == (
        "No component is named 'Unheard'; templates tried: components/Unheard.html, "
        "components/unheard.html"
    )


@pytest.mark.parametrize("options", [{"DEBUG": True}, {}])
def test_an_unknown_component_is_a_box_in_debug_and_in_an_editor(options: Any) -> None:
    with templates(FILES, **options):
        html = show([component("<Odd>"), component("Odd")], pageEditing=not options)
    assert html.count("<h2>") == 2
    assert "<h2>&lt;Odd&gt;</h2>" in html
    assert "Tried: components/Odd.html, components/odd.html." in html


def test_a_hidden_rendering_is_marked_in_an_editor_alone() -> None:
    assert show([component("Hidden Rendering")]) == ""
    assert "The component is hidden" in show([component("Hidden Rendering")], pageEditing=True)
    assert "The component is hidden" in show([component("hidden rendering")], pageEditing=True)


# Components that fail


@pytest.mark.parametrize(
    "name", ["Broken", "Request", "Swallowed", "User", "Form", "Messages", "Included"]
)
def test_a_failing_component_is_one_box_and_its_siblings_stay(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert show([text("a"), component(name), text("b")]) == f"a{BOX}\nb"
    [record] = caplog.records
    assert record.getMessage() == f"Component {name!r} could not be rendered"
    assert record.exc_info is not None


def test_a_failing_component_within_another_is_one_box(caplog: pytest.LogCaptureFixture) -> None:
    assert show([box("1", [component("Swallowed"), text("a")])]) == f"<div>1{BOX}\na|1</div>"
    assert failed(caplog) == ["Component 'Swallowed' could not be rendered"]


@pytest.mark.parametrize("options", [{"DEBUG": True}, {}])
def test_a_failing_component_is_named_in_debug_and_in_an_editor(options: Any) -> None:
    with templates(FILES, **options):
        html = show([component("Request")], pageEditing=not options)
    assert "A rendering error occurred in component <em>Request</em>" in html
    assert "does not see &#x27;request&#x27;: write {% uses_request %}" in html


def test_what_a_component_takes_of_the_request_is_not_the_doing_of_one_within_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    own = {
        **FILES,
        "components/Outer.html": '{% if user.x and 1 %}{% endif %}{% placeholder "inner" %}',
    }
    inner = [text("a"), component("User")]
    with templates(own):
        assert show([component("Outer", placeholders={"inner": inner}), text("b")]) == f"{BOX}\nb"
    assert failed(caplog) == [
        "Component 'User' could not be rendered",
        "Component 'Outer' could not be rendered",
    ]


@pytest.mark.parametrize("element", [1, "x", True, []])
def test_an_entry_that_is_no_rendering_is_a_box(element: Any) -> None:
    assert show([element, text("a")]) == f"{BOX}\na"


def test_a_site_may_have_its_own_boxes() -> None:
    own = {
        **FILES,
        "jss_layout/failed_component.html": "[{{ name }}{{ error }}]",
        "jss_layout/missing_component.html": "[no {{ name }} {{ tried.0 }}]",
        "jss_layout/hidden_rendering.html": "[hidden]",
    }
    with templates(own):
        assert show([component("Broken")]) == "[]"
        odd = [component("Odd"), component("Hidden Rendering")]
        assert show(odd, pageEditing=True) == "[no Odd components/Odd.html][hidden]"


def test_properties_that_nobody_expects_cost_nothing(caplog: pytest.LogCaptureFixture) -> None:
    variant = {"componentName": "Text", "uid": "x", "fields": {"heading": {"value": "variant"}}}
    odd = [
        text("a", experiences={"one": variant}, params=None, placeholders=None),
        text("b", params={"count": 3, "on": True, "none": None, "list": []}, dataSource=7),
        text("c", uid=None, params=[], placeholders=[]),
    ]
    assert show(odd) == "abc"
    assert caplog.records == []


def test_a_placeholder_may_be_named_by_a_parameter() -> None:
    own = {
        "components/Text.html": "{% text fields.heading %}",
        "components/Design.html": "{% placeholder params.sig %}",
        "components/Container.html": (
            '{% placeholder "container-"|add:params.DynamicPlaceholderId %}'
        ),
        "components/Columns.html": (
            '{% placeholder "column-1-{*}" %}-{% placeholder "column-2-{*}" %}'
        ),
    }
    with templates(own):
        design = {"params": {"sig": "sxa-header"}, "placeholders": {"sxa-header": [text("a")]}}
        assert show([component("Design", **design)]) == "a"
        inner = {"container-{*}": [text("b")]}
        second = component("Container", params={"DynamicPlaceholderId": 2}, placeholders=inner)
        assert show([second]) == "b"
        columns = {"column-1-{*}": [text("c")], "column-2-{*}": [text("d")]}
        assert show([component("Columns", placeholders=columns)]) == "c-d"


def test_a_field_that_neither_component_nor_route_has_shows_nothing() -> None:
    with templates({"components/A.html": "[{{ fields.nothing }}{% text fields.nothing %}]"}):
        assert show([component("A")], fields={"other": {"value": "x"}}) == "[None]"


def test_a_box_that_fails_is_still_a_box(caplog: pytest.LogCaptureFixture) -> None:
    own = {**FILES, "jss_layout/failed_component.html": "{% nonsense %}"}
    with templates(own, DEBUG=True):
        html = show([component("Broken"), text("a")])
    assert html == '<div class="sc-jss-placeholder-error">Broken</div>a'
    assert len(failed(caplog)) == 2


# Limits


def show_nested(depth: int) -> str:
    layout = parse_layout(nested_json(depth, "jss-main"))
    return placeholder(Place(Page(layout, SITE, "en")), "jss-main")


def test_components_nest_as_deep_as_the_setting_says() -> None:
    assert show_nested(29).count("core") == 2
    assert show_nested(29).count("sc-jss-placeholder-error") == 0
    assert show_nested(30).count("core") == 0
    assert show_nested(30).count("sc-jss-placeholder-error") == 2


@pytest.mark.parametrize("depth", [100, 200, 300, 500])
def test_components_without_end_are_one_box_and_no_crash(depth: int) -> None:
    html = show_nested(depth)
    assert html.count("sc-jss-placeholder-error") == 2
    assert html.count("<div>") >= 5


@pytest.mark.parametrize("depth", [100, 500])
def test_where_pythons_stack_ends_before_the_setting_the_log_says_so(
    depth: int, caplog: pytest.LogCaptureFixture
) -> None:
    with templates(FILES, JSS_MAX_DEPTH=1000):
        html = show_nested(depth)
    assert html.count("sc-jss-placeholder-error") == 2
    assert html.count("<div>") > 50
    assert [record.exc_info is not None for record in caplog.records] == [True, True]
    for record in caplog.records:
        assert record.exc_info
        assert re.search(r"stack .*sys\.setrecursionlimit.*JSS_MAX_DEPTH", str(record.exc_info[1]))


def test_a_function_that_calls_itself_without_end_costs_its_own_component(
    registry: ComponentRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    @registry.register("Text")
    def data(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        return data(rendering, request)

    assert show([text("a"), component("Box")]) == f"{BOX}\n<div>|</div>"
    assert caplog.records[0].exc_info
    assert "mend the template or function" in str(caplog.records[0].exc_info[1])


@override_settings(JSS_MAX_COMPONENTS=3)
def test_a_page_has_as_many_components_as_the_setting_says() -> None:
    assert show([text("a"), text("b"), text("c"), text("d"), text("e")]) == f"abc{BOX}"


def test_rendering_takes_work_in_proportion() -> None:
    def calls(count: int) -> int:
        """Calls of functions, which no load of the machine changes."""
        here = place({"jss-main": [text("a")] * count})
        profile = cProfile.Profile()
        with profile:
            assert placeholder(here, "jss-main") == "a" * count
        return sum(entry.callcount for entry in profile.getstats())

    calls(100)
    assert calls(10_000) < 10.1 * calls(1000)


# What a component's template sees


def test_a_component_sees_these_names_and_no_others() -> None:
    seen = ComponentContext(place({}).page, Rendering(), 1, {"own": 1}).flatten()
    names = {str(name) for name in seen} - {"True", "False", "None"}
    described = "rendering fields params styles route context site language own"
    assert names == {*described.split(), "request", "user", "csrf_token", "messages"}


def test_what_a_component_sees_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "templates.md").read_text()
    for name in ComponentContext(place({}).page, Rendering(), 1, {}).flatten():
        assert f"`{name}`" in page or name in ("True", "False", "None")


def test_a_component_shows_the_fields_of_the_route_that_it_lacks() -> None:
    assert show([component("Text")], fields={"heading": {"value": "route"}}) == "route"
    own = text("own")
    assert show([own], fields={"heading": {"value": "route"}}) == "own"


def test_styles_are_given_with_a_variant_alone() -> None:
    params = {"GridParameters": "col-12", "Styles": "x"}
    with templates({"components/Styled.html": "[{{ styles }}]"}):
        assert show([component("Styled", params=params)]) == "[]"
        assert show([component("Styled", params={**params, "FieldNames": "V"})]) == "[col-12 x]"
        assert show([component("Styled", params={"FieldNames": "V"})]) == "[ ]"


def test_a_query_of_the_visitor_changes_no_value() -> None:
    request = RequestFactory().get("/?heading=x&fields=y&Title=z")
    with templates({"components/A.html": "{{ heading }}{{ Title }}{% text fields.heading %}"}):
        assert show([component("A", {"heading": "h"})], request=request) == "h"


def test_a_component_that_says_so_sees_the_request() -> None:
    request = RequestFactory().get("/about")
    request.user = "ann"  # type: ignore[assignment]
    assert show([component("Path")], request=request) == "/about ann en"


def test_a_component_that_needs_the_request_fails_without_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = Page(parse_layout(layout_json({"a": [component("Path")]})), SITE, "en")
    assert "placeholder-error" in placeholder(Place(page), "a")
    assert caplog.records[0].exc_info is not None
    assert "'request'" in str(caplog.records[0].exc_info[1])


def test_a_function_gives_a_template_its_data(registry: ComponentRegistry) -> None:
    @registry.register("Text")
    def data(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        assert not isinstance(rendering.fields, list)
        return {"fields": {"heading": {"value": rendering.fields.heading["value"] + request.path}}}

    assert show([text("at ")]) == "at /about"


def test_a_function_that_fails_is_one_box(
    registry: ComponentRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    @registry.register("Text")
    def data(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        raise ZeroDivisionError

    assert show([text("a"), component("Box")]) == f"{BOX}\n<div>|</div>"
    assert failed(caplog) == ["Component 'Text' could not be rendered"]


def test_a_function_that_returns_no_dict_is_named(
    registry: ComponentRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    @registry.register("Text")  # type: ignore[type-var]
    def data(rendering: Rendering, request: HttpRequest) -> None:
        return None

    assert show([text("a")]) == BOX
    assert caplog.records[0].exc_info is not None
    assert "must return a dict, not NoneType" in str(caplog.records[0].exc_info[1])


@pytest.mark.parametrize(
    "use",
    [
        *(str, repr, bool, len, iter, int, float),
        *(lambda it: it.path, lambda it: it["path"], lambda it: it == 1),
        *(lambda it: it + "x", lambda it: "x" + it, lambda it: 1 + it),
    ],
)
def test_any_use_of_the_request_says_the_way_out(use: Any) -> None:
    withheld = Withheld("user", Used())
    with pytest.raises(Exception, match=r"does not see 'user': write \{% uses_request %\}"):
        use(withheld)


# Anything at all


@given(JSON, JSON, JSON)
def test_any_json_as_rendering_never_raises_and_its_sibling_stays(
    fields: Any, params: Any, placeholders: Any
) -> None:
    odd = {"fields": fields, "params": params, "placeholders": placeholders}
    with templates(FILES):
        for name in ("Text", "Box", "Two", fields):
            html = show([{**odd, "componentName": name}, fields, text("sibling")], fields=params)
            assert html.endswith("sibling")


@given(st.text(), st.text())
def test_no_text_breaks_out(value: str, name: str) -> None:
    # The dot keeps it from being the name of a component that there is.
    unknown = component(f"{name}.")
    with templates(FILES):
        read = Reader(show([text(value), CHROME, unknown], pageEditing=True))
    assert {tag for tag, _ in read.elements} <= {"br", "code", "div", "h2", "p", "em"}
    assert not [name for _, attributes in read.elements for name in attributes if name[:2] == "on"]


@given(st.dictionaries(st.text(), st.text(), max_size=4), st.text())
def test_no_attribute_of_a_chrome_breaks_out(attributes: dict[str, str], contents: str) -> None:
    html = show([{**CHROME, "attributes": attributes, "contents": contents}])
    [(name, shown)] = Reader(html).elements
    assert name == "code"
    assert shown["type"] == "text/sitecore"
    assert not [name for name in shown if name.startswith("on")]
