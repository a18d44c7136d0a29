import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from jss_layout.layout import (
    Context,
    Element,
    Fields,
    InvalidLayout,
    Params,
    Rendering,
    parse_element,
    parse_layout,
)
from tests.layout.pages import layout_json

# Halves of characters too.
TEXT = st.text(st.characters())
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def raw(value: object) -> Raw:
    return Raw(json.dumps(value).encode())


def rendering(value: object, route_fields: dict[str, object] | None = None) -> Rendering:
    parsed = parse_element(raw(value), route_fields or {})
    assert isinstance(parsed, Rendering)
    return parsed


def test_a_page_has_its_route_and_context() -> None:
    body = b'{"sitecore": {"context": {"language": "da", "own": 1}, "route": {"itemId": "1"}}}'
    layout = parse_layout(body)
    assert layout.route is not None
    assert layout.route.item_id == "1"
    assert layout.context.language == "da"
    assert layout.context["own"] == 1
    assert "own" in layout.context
    assert "other" not in layout.context


def test_a_context_reads_what_sitecore_says_of_the_visit() -> None:
    data = {"pageEditing": True, "pageState": "edit", "itemPath": "/a"}
    context = Context({**data, "visitorIdentificationTimestamp": 637300000000000000})
    assert context.page_editing
    assert context.page_state == "edit"
    assert context.item_path == "/a"
    assert context.visitor_identification_timestamp == "637300000000000000"


def test_an_empty_context_is_a_page_in_its_normal_state() -> None:
    context = Context({"pageEditing": "true", "itemPath": None})
    assert not context.page_editing
    assert context.page_state == "normal"
    assert context.language == context.item_path == context.visitor_identification_timestamp == ""


def test_a_byte_order_mark_is_no_part_of_the_json() -> None:
    assert parse_layout(b'\xef\xbb\xbf{"sitecore": {}}').route is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'{"sitecore": null}', b"\xff"])
def test_what_is_no_layout_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidLayout):
        parse_layout(body)


@pytest.mark.parametrize("number", ["1e999", "1" * 5000])
def test_a_number_beyond_all_ranges_costs_the_routes_fields_alone(number: str) -> None:
    body = b'{"sitecore": {"context": {"a": 1}, "route": {"name": "x", "fields": {"n": NUMBER}}}}'
    layout = parse_layout(body.replace(b"NUMBER", number.encode()))
    assert layout.route is not None
    assert layout.route.name == "x"
    assert layout.route.fields == {}
    assert layout.context["a"] == 1


@pytest.mark.parametrize(
    ("escaped", "read"),
    [
        (r"\ud800", "\ufffd"),
        (r"a\uDFFFb", "a\ufffdb"),
        (r"\ud83d\ud83d\ude00", "\ufffd\N{GRINNING FACE}"),
        (r"\\ud800\ud800", "\\ud800\ufffd"),
        (r"\ud800\u0041\n", "\ufffdA\n"),
    ],
)
def test_half_a_character_costs_itself_alone(escaped: str, read: str) -> None:
    body = layout_json({}, {"a": {"value": "TEXT"}, "b": {"value": 1}})
    route = parse_layout(body.replace(b"TEXT", escaped.encode())).route
    assert route is not None
    assert route.fields == {"a": {"value": read}, "b": {"value": 1}}


@given(JSON, JSON, JSON)
def test_any_json_in_any_place_is_a_layout(
    placeholders: object, fields: object, ctx: object
) -> None:
    layout = parse_layout(layout_json(placeholders, fields, ctx))
    assert layout.route is not None
    for name in layout.route.placeholders:
        for element in layout.route.placeholders[name]:
            if not element or bytes(element)[:1] not in b"{n":
                continue
            parse_element(element)


def test_an_unknown_property_is_kept_out_of_the_way() -> None:
    parsed = rendering(
        {"experiences": {"a": {"componentName": "Y"}}, "componentName": "X", "params": None}
    )
    assert parsed.component_name == "X"
    assert parsed.params == {}


def test_parameters_are_text_whatever_sitecore_sends() -> None:
    parsed = rendering(
        {"componentName": "X", "params": {"n": 1, "d": 5.0, "b": True, "o": {}, "z": None}}
    )
    assert parsed.params == {"n": "1", "d": "5", "b": "true", "o": "", "z": ""}


def test_fields_may_be_a_list() -> None:
    assert rendering({"componentName": "X", "fields": [1, 2]}).fields == [1, 2]


@pytest.mark.parametrize("fields", [None, 3, "x", True])
def test_fields_of_no_use_are_none(fields: object) -> None:
    assert not rendering({"componentName": "X", "fields": fields}).fields


def test_a_missing_field_is_the_routes() -> None:
    fields = rendering({"componentName": "X", "fields": {"a": 1}}, {"a": 2, "b": 3}).fields
    assert isinstance(fields, Fields)
    assert fields["a"] == 1
    assert fields["b"] == 3
    assert list(fields) == ["a"]
    assert len(fields) == 1


def test_fields_compare_without_regard_to_case_after_the_exact_name() -> None:
    fields = Fields({"Title": 1, "title": 2, "Other": 3})
    assert (fields["Title"], fields["title"], fields["OTHER"]) == (1, 2, 3)


def test_an_unknown_field_is_none_as_attribute_and_an_error_as_key() -> None:
    fields = Fields({"heading": 1})
    assert fields.heading == 1
    assert fields.unknown is None
    with pytest.raises(KeyError):
        fields["unknown"]
    with pytest.raises(AttributeError):
        fields._private  # noqa: B018
    assert repr(fields) == "Fields({'heading': 1})"


def test_parameters_compare_without_regard_to_case() -> None:
    params = Params({"GridParameters": "col-12"})
    assert params["gridparameters"] == "col-12"
    with pytest.raises(KeyError):
        params["Styles"]


def test_an_element_without_a_component_is_raw_html() -> None:
    parsed = parse_element(
        raw({"name": "code", "type": "text/sitecore", "attributes": {"k": 1}, "contents": "c"})
    )
    assert parsed == Element("code", "text/sitecore", {"k": "1"}, "c")


@pytest.mark.parametrize("value", [None, {}, {"componentName": None}, {"componentName": ""}])
def test_an_entry_without_any_name_is_nothing(value: object) -> None:
    assert parse_element(raw(value)) is None


@pytest.mark.parametrize("value", [1, "x", True, []])
def test_an_entry_that_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(InvalidLayout, match="not a rendering"):
        parse_element(raw(value))


@pytest.mark.parametrize("value", [None, 3, "x", [], {"a": 1}, {"a": None}, {"a": {}}])
def test_a_placeholder_that_is_no_list_is_empty(value: object) -> None:
    placeholders = rendering({"componentName": "X", "placeholders": value}).placeholders
    assert [placeholders[name] for name in placeholders] == [()] * len(placeholders)


@pytest.mark.parametrize("bad", [None, 3, "x", {"a": 1}, [{"n": {}}, 1]])
def test_a_placeholder_that_is_no_list_costs_no_other_one_and_nothing_else(bad: object) -> None:
    good = [{"componentName": "Y", "fields": {"n": 1.0}}]
    value = {
        "componentName": "X",
        "uid": "1",
        "fields": {"a": {"value": "t"}},
        "placeholders": {"good": good, "bad": bad},
    }
    page = rendering(value)
    assert (page.component_name, page.uid) == ("X", "1")
    assert page.fields == Fields({"a": {"value": "t"}})
    assert [json.loads(bytes(entry)) for entry in page.placeholders["good"]] == good
    route = parse_layout(layout_json(value["placeholders"])).route
    assert route is not None
    assert (route.name, list(route.placeholders)) == ("home", ["good", "bad"])
    assert [json.loads(bytes(entry)) for entry in route.placeholders["good"]] == good


def test_what_nests_deeper_than_the_decoder_reads_is_cut() -> None:
    element = '{"componentName":"]}\\"{","placeholders":{"a":[%s]}}'
    deep = "null"
    for _ in range(500):
        deep = element.replace("%s", deep)
    body = f'{{"sitecore":{{"route":{{"name":"x","placeholders":{{"m":[{deep}]}}}}}}}}'
    layout = parse_layout(body.encode())
    assert layout.route is not None
    elements, levels = layout.route.placeholders["m"], 0
    while elements:
        parsed = parse_element(elements[0])
        elements = parsed.placeholders.get("a", ()) if isinstance(parsed, Rendering) else ()
        levels += 1
    assert 80 < levels < 500


def test_brackets_without_end_are_no_layout() -> None:
    with pytest.raises(InvalidLayout):
        parse_layout(b'{"sitecore":' + b"[" * 100_000)
