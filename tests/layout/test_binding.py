from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from jss_layout.binding import FieldsDoNotFit, bind, declared_input
from jss_layout.components import ComponentRegistry
from jss_layout.layout import Fields, Rendering
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


def of_the_unknown(rendering: "KnownToTypeCheckers", request: "Unknown") -> None:  # type: ignore[name-defined]  # noqa: F821
    return None


def rendering(own: Any, route: Mapping[str, Any] | None = None) -> Rendering:
    fields = own if isinstance(own, list) else Fields(own, route or {})
    return Rendering(component_name="Price", uid="uid-1", fields=fields)


@pytest.mark.parametrize(
    ("function", "declared"),
    [
        (of_struct, Price),
        (of_dataclass, Hero),
        (of_rendering, None),
        (of_anything, None),
        (of_other, None),
        (of_nothing, None),
        (of_the_unknown, None),
    ],
)
def test_a_function_declares_what_it_takes(function: Any, declared: type | None) -> None:
    assert declared_input(function) is declared


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
    assert bind(rendering([1, 2]), Hero) == Hero()


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
