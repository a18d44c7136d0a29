from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.test import RequestFactory

from jss_layout.binding import FieldsDoNotFit, Parameters, arguments, declared_parameters
from jss_layout.components import ComponentRegistry
from jss_layout.layout import Context, Fields, Layout, Params, Rendering, Route
from tests.layout.pages import component, show, templates


class Price(msgspec.Struct, rename="camel"):
    sku: str
    amount: Decimal = Decimal(0)
    valid_from: datetime | None = None
    related: list[Any] = []


@dataclass
class Hero:
    heading: str = "none"
    count: int = 0


def of_struct(fields: Price, request: HttpRequest) -> dict[str, Any]:
    return {"total": fields.amount * 2}


def of_dataclass(fields: "Hero", request: "Unknown") -> dict[str, Any]:  # type: ignore[name-defined]  # noqa: F821
    return {}


def of_rendering(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
    return {}


def of_anything(rendering, request):  # type: ignore[no-untyped-def]
    return {}


def of_other(rendering: int, request: HttpRequest) -> dict[str, Any]:
    return {}


def of_nothing() -> dict[str, Any]:
    return {}


def of_named(rendering: Rendering, request: HttpRequest, params: Params, route: Route) -> None:
    return None


def of_named_types(hero: Hero, request: HttpRequest, *, params: Hero, context: Price) -> None:
    return None


def of_own_defaults(rendering: Rendering, request: HttpRequest, size: int = 3, **_: Any) -> None:
    return None


def of_the_unknown(rendering: "KnownToTypeCheckers", request: "Unknown") -> None:  # type: ignore[name-defined]  # noqa: F821
    return None


def of_optional(fields: Hero | None, request: HttpRequest) -> dict[str, Any]:
    return {}


def of_list(items: list[Hero], request: HttpRequest) -> dict[str, Any]:
    return {"headings": [item.heading for item in items]}


def rendering(own: Any, route: Mapping[str, Any] | None = None, **params: str) -> Rendering:
    fields = own if isinstance(own, list) else Fields(own, route or {})
    return Rendering(component_name="Price", uid="uid-1", fields=fields, params=Params(params))


def bind(given: Rendering, declared: Any) -> Any:
    """The first argument of a function that declares this type."""
    return arguments(Parameters(declared), given, Layout())[0]


@pytest.mark.parametrize(
    ("function", "declared"),
    [
        (of_struct, Price),
        (of_dataclass, Hero),
        (of_list, list[Hero]),
        (of_rendering, None),
        (of_anything, None),
        (of_nothing, None),
        (of_the_unknown, None),
        (of_own_defaults, None),
        (of_optional, Hero),
    ],
)
def test_a_function_declares_what_it_takes(function: Any, declared: type | None) -> None:
    assert declared_parameters(function) == (declared, {})


def test_a_function_asks_for_more_by_name() -> None:
    assert declared_parameters(of_named) == (None, {"params": None, "route": None})
    assert declared_parameters(of_named_types) == (Hero, {"params": Hero, "context": Price})


def of_optional_names(
    rendering: Rendering,
    request: HttpRequest,
    params: Mapping[str, str],
    route: Route | None,
    context: Price | None,
) -> None:
    return None


def test_an_optional_type_binds_as_the_type_itself() -> None:
    named = {"params": None, "route": None, "context": Price}
    assert declared_parameters(of_optional_names) == (None, named)


def of_two(fields: Hero | Price, request: HttpRequest) -> dict[str, Any]:
    return {}


def of_mapping(fields: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    return {}


@pytest.mark.parametrize("function", [of_other, of_two, of_mapping])
def test_a_type_that_nothing_binds_to_is_refused_at_start(function: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"{function.__name__} declares .* dataclass"):
        ComponentRegistry().register("Odd")(function)


@dataclass
class Offer:
    on: bool = False
    price: Decimal | None = None
    until: datetime | None = None
    note: str = "none"


def test_an_empty_text_is_the_default_where_it_is_no_value() -> None:
    empty = {key: {"value": ""} for key in ("on", "price", "until", "note")}
    assert bind(rendering(empty), Offer) == Offer(note="")
    assert bind(rendering({"amount": {"value": ""}, "sku": {"value": ""}}), Price) == Price("")


def test_sitecores_empty_date_is_the_default_where_it_is_no_text() -> None:
    empty = {key: {"value": "0001-01-01T00:00:00Z"} for key in ("until", "note")}
    assert bind(rendering(empty), Offer) == Offer(note="0001-01-01T00:00:00Z")


def test_fields_as_a_list_do_not_fit_a_struct() -> None:
    with pytest.raises(FieldsDoNotFit, match="Expected `object`, got `array`"):
        bind(rendering([1, 2]), Hero)


def test_a_parameter_of_another_name_is_refused_at_start() -> None:
    def odd(rendering: Rendering, request: HttpRequest, basket: Any) -> dict[str, Any]:
        return {}

    with pytest.raises(ImproperlyConfigured, match=r"odd asks for basket: .* params, route, con"):
        ComponentRegistry().register("Odd")(odd)


def test_parameters_route_and_context_are_given_as_they_are() -> None:
    layout = Layout(Context({"own": 1}), Route(name="home"))
    wanted = Parameters(None, {"params": None, "route": None, "context": None})
    given = rendering({}, Category="a")
    assert arguments(wanted, given, layout) == (
        given,
        {"params": {"Category": "a"}, "route": layout.route, "context": layout.context},
    )


def test_parameters_are_bound_without_regard_to_case() -> None:
    given = rendering({}, HEADING="a", Count="3")
    assert arguments(Parameters(None, {"params": Hero}), given, Layout())[1] == {
        "params": Hero("a", 3)
    }


def test_a_custom_key_of_the_context_is_bound() -> None:
    context = Context({"Heading": "a", "count": 2, "language": "en"})
    bound = arguments(Parameters(None, {"context": Hero}), rendering({}), Layout(context))[1]
    assert bound == {"context": Hero("a", 2)}


def test_fields_of_the_route_are_bound() -> None:
    layout = Layout(route=Route(fields={"heading": {"value": "r"}}))
    asked = Parameters(None, {"route": Hero})
    assert arguments(asked, rendering({}), layout)[1] == {"route": Hero("r")}
    assert arguments(asked, rendering({}), Layout())[1] == {"route": Hero()}


def test_fields_as_a_list_are_bound_item_by_item() -> None:
    items = [{"id": "1", "fields": {"heading": {"value": "a"}}}, {"heading": "b", "count": 2}]
    assert bind(rendering(items), list[Hero]) == [Hero("a"), Hero("b", 2)]
    assert bind(rendering({"heading": {"value": "a"}}), list[Hero]) == []


def test_linked_items_are_bound_by_their_fields() -> None:
    class Author(msgspec.Struct):
        name: str
        url: str = ""

    class Article(msgspec.Struct):
        author: Author
        related: list[Author] = []
        tags: list[str] = []

    author = {"id": "1", "url": "/ann", "name": "ann", "fields": {"name": {"value": "Ann"}}}
    fields = {"author": author, "related": [author, {"name": "bo"}], "tags": ["a"]}
    assert bind(rendering(fields), Article) == Article(
        Author("Ann", "/ann"), [Author("Ann", "/ann"), Author("bo")], ["a"]
    )


def test_a_function_gets_the_context_of_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = ComponentRegistry()
    monkeypatch.setattr("jss_layout.rendering.registry", registry)

    @registry.register("Price")
    def of_context(fields: Hero, request: HttpRequest, context: Hero) -> dict[str, Any]:
        return {"both": f"{fields.heading} {context.heading}"}

    with templates({"components/Price.html": "{{ both }}"}):
        assert show([component("Price", {"heading": "a"})], heading="b") == "a b"


def test_values_are_converted_to_the_declared_type() -> None:
    fields = {
        "sku": {"value": "a-1"},
        "Amount": {"value": "12.5"},
        "validFrom": {"value": "2012-05-04T00:00:00Z"},
        "related": [{"id": "1"}],
        "other": {"value": "ignored"},
    }
    assert bind(rendering(fields), Price) == Price(
        "a-1", Decimal("12.5"), datetime(2012, 5, 4, tzinfo=UTC), [{"id": "1"}]
    )


def test_a_missing_or_null_field_is_the_routes_or_the_default() -> None:
    bound = bind(rendering({"count": {"value": None}}, {"heading": {"value": "route"}}), Hero)
    assert bound == Hero("route", 0)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "missing required field `sku`"),
        ({"sku": {"value": 3.5}}, r"Expected `str`, got `float` - at `\$.sku`"),
        ({"sku": {"value": "a"}, "amount": {"value": "x"}}, r"Decimal.*at `\$.amount`|decimal"),
    ],
)
def test_a_field_that_does_not_fit_is_named(fields: Any, told: str) -> None:
    with pytest.raises(FieldsDoNotFit, match=rf"'Price' \(uid-1\) do not fit Price: .*({told})"):
        bind(rendering(fields), Price)


def test_a_registered_function_gets_its_declared_type(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = ComponentRegistry()
    monkeypatch.setattr("jss_layout.rendering.registry", registry)
    registry.register("Price")(of_struct)
    request = RequestFactory().get("/?sku=b&amount=9")
    with templates({"components/Price.html": "{{ total }} {% text fields.sku %}"}):
        html = show([component("Price", {"sku": "a", "amount": 2})], request=request)
        assert html == "4 a"
        assert "placeholder-error" in show([component("Price")], request=request)
