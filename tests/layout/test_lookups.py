"""What a compiled path finds is what Django finds."""

from collections.abc import Callable
from typing import Any

import pytest
from django.template import Context, Engine, RequestContext
from django.template.base import FilterExpression, Parser
from django.test import RequestFactory
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from jss_layout.lookups import constants, lookup
from jss_layout.mappings import Fields, Params
from tests.layout.pages import component, show, templates

ENGINE = Engine(string_if_invalid="invalid: %s")
NAMES = ("a", "B", "items", "0", "1", "value", "get", "True", "dicts")
Found = tuple[str, Any]


class Thing:
    """Has attributes, and methods that may be called or not."""

    a = {"value": 1}
    items = ["x", {"a": "y"}]

    def value(self) -> dict[str, str]:
        return {"a": "called"}

    def get(self, name: str) -> str:
        return name

    def __getitem__(self, name: str) -> str:
        if name == "B":
            raise KeyError(name)
        return f"item {name}"


class Calls:
    """Is called by a template, unless it says otherwise."""

    def __call__(self) -> dict[str, str]:
        return {"a": "called"}


class IsNotCalled(Calls):
    do_not_call_in_templates = True
    a = "not called"


class AltersData(Calls):
    alters_data = True


class Fails:
    @property
    def a(self) -> str:
        raise LookupError("a property fails")


class OwnDict(dict[str, Any]):
    def __getitem__(self, name: str) -> Any:
        return f"own {name}"


OBJECTS = st.sampled_from(
    [Thing(), Thing, Calls(), IsNotCalled(), AltersData(), Fails(), OwnDict(a=1), len, (1, "b")]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=3)
    | st.builds(mark_safe, st.text(max_size=3))
    | OBJECTS
)
CONTAINERS = st.sampled_from(
    [
        dict,
        Fields,
        lambda values: Fields({}, values),
        lambda values: Fields({name.upper(): value for name, value in values.items()}),
        lambda values: Params({name: str(value) for name, value in values.items()}),
        lambda values: list(values.values()),
        lambda values: lambda: values,
        OwnDict,
    ]
)
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4)


@st.composite
def values_on(draw: st.DrawFn, path: list[str]) -> Any:
    """A value on which the path leads somewhere, or stops on its way."""
    if not path:
        return draw(LEAVES)
    if draw(st.integers(0, 9)) == 0:
        return draw(OBJECTS)
    others = draw(st.dictionaries(st.sampled_from(NAMES), LEAVES, max_size=2))
    here = {} if draw(st.integers(0, 4)) == 0 else {path[0]: draw(values_on(path[1:]))}
    return draw(CONTAINERS)({**others, **here})


def expression(written: str) -> FilterExpression:
    return Parser([], builtins=ENGINE.template_builtins).compile_filter(written)


def outcome(find: Callable[[Context], Any], context: Context) -> Found:
    try:
        return "value", find(context)
    except Exception as error:  # noqa: BLE001 — whatever it is, it must be the same
        return "error", (type(error), str(error))


def assert_same(written: str, context: Context) -> None:
    compiled = expression(written)
    with context.bind_template(ENGINE.from_string("")):
        ours, django = outcome(lookup(compiled), context), outcome(compiled.resolve, context)
    assert repr(ours) == repr(django)
    assert type(ours[1]) is type(django[1])


@given(st.data(), PATHS, st.lists(st.sampled_from(NAMES), max_size=2))
def test_a_path_leads_where_django_goes(
    data: st.DataObject, path: list[str], others: list[str]
) -> None:
    context = Context({path[0]: data.draw(values_on(path[1:]))})
    for name in others:
        context.update({name: data.draw(values_on(path[1:]))})
    assert_same(".".join(path), context)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a", Calls()),
        ("a", IsNotCalled()),
        ("a", AltersData()),
        ("a.a", Calls()),
        ("a.a", IsNotCalled()),
        ("a.b", {"b": Calls()}),
        ("a.b.a", {"b": Calls()}),
        ("a.b", {"b": IsNotCalled()}),
        ("a.b", {"b": AltersData()}),
        ("a.b", Fields({"b": Calls()})),
        ("a.b", Fields({}, {"b": Calls()})),
        ("a.b", {"b": len}),
        ("a.items", {"b": 1}),
        ("a.items", {"items": 1}),
        ("a.items", Fields({"b": 1})),
        ("a.items", Fields({"items": 1})),
        ("a.items", Fields({}, {"items": 1})),
        ("a.get", Fields({"b": 1})),
        ("a.b", Fields({"B": 1}, {"b": 2})),
        ("a.b", Fields()),
        ("a.b.c", Fields()),
        ("a.b", Params({"B": "x"})),
        ("a.items", Params()),
        ("a.b", OwnDict()),
        ("a.value.a", Thing()),
        ("a.get", Thing()),
        ("a.B", Thing()),
        ("a.a", Fails()),
        ("a.0", ["x"]),
        ("a.1", ["x"]),
        ("a.1", {1: "x"}),
        ("a.b", None),
        ("a.b", "text"),
        ("b", "not there"),
    ],
)
def test_what_stands_on_the_path_is_met_as_by_django(path: str, value: Any) -> None:
    assert_same(path, Context({"a": value}))


def test_the_innermost_scope_wins() -> None:
    context = Context({"a": {"b": 1}})
    context.update({"a": {"b": 2}})
    assert lookup(expression("a.b"))(context) == 2
    assert_same("a.b", context)


@pytest.mark.parametrize(
    "written",
    ["a.b", "a.b|upper", '"a.b"', '_("a")', "12", "-1.5", "True", "None", "a.b|default:c", "x.y"],
)
def test_every_kind_of_expression_has_djangos_value(written: str) -> None:
    assert_same(written, Context({"a": {"b": "c&"}, "c": 1}))


def test_what_a_context_processor_gives_is_found() -> None:
    context = RequestContext(RequestFactory().get("/"), processors=[lambda _: {"a": {"b": 1}}])
    assert_same("a.b", context)
    assert_same("request.path", context)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('"a<b"', "a<b"),
        ("5", 5),
        ("0.5", 0.5),
        ("True", True),
        ("False", False),
        ("None", None),
    ],
)
def test_what_is_written_in_the_template_is_a_constant(written: str, value: object) -> None:
    assert constants({"it": expression(written)}) == {"it": value}


@pytest.mark.parametrize("written", ["a", "a.b", '"a"|upper', '_("a")', "True.a"])
def test_what_is_found_as_it_renders_is_no_constant(written: str) -> None:
    assert constants({"it": expression(written), "other": expression("1")}) is None


def test_options_that_vary_are_looked_up_each_time() -> None:
    entries = [component("Text", {"a": "x"}, params={"Styles": style}) for style in ("p", "q")]
    files = {"components/Text.html": "{% text fields.a tag='b' class=params.Styles %}"}
    with templates(files):
        assert show(entries) == '<b class="p">x</b><b class="q">x</b>'


def test_options_that_do_not_fit_cost_their_component_each_time() -> None:
    files = {
        "components/Odd.html": "{% date fields.a time_zone='No/Where' %}",
        "components/Text.html": "{% text fields.a %}",
    }
    with templates(files):
        html = show([component(name, {"a": "x"}) for name in ("Odd", "Text", "Odd")])
    assert html.count("sc-jss-placeholder-error") == 2
    assert html.count("x") == 1
