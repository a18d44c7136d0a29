"""Fields as a component function's own type: a msgspec struct or a dataclass.

A function whose first parameter is annotated with such a type gets the values of the
component's fields in it, converted and validated, in place of the rendering. Only what
Sitecore sent is bound, nothing of the visitor's request.
"""

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

import msgspec

from jss_layout.layout import Rendering


class FieldsDoNotFit(Exception):
    """A component's fields are not those that its function declares."""


def declared_input(function: Callable[..., object]) -> type[Any] | None:
    """The type of a function's first parameter, if it is one that fields are bound to."""
    first = next(iter(inspect.signature(function).parameters), "")
    declared = _evaluated(inspect.get_annotations(function).get(first), function)
    if not isinstance(declared, type) or issubclass(declared, Rendering):
        return None
    is_bound = issubclass(declared, msgspec.Struct) or dataclasses.is_dataclass(declared)
    return declared if is_bound else None


def _evaluated(annotation: object, function: Callable[..., object]) -> object:
    """An annotation, read if it is text; None for one that only a type checker can read."""
    if not isinstance(annotation, str):
        return annotation
    holder = type("Holder", (), {"__annotations__": {"it": annotation}})
    try:
        return get_type_hints(holder, getattr(function, "__globals__", {}))["it"]
    except NameError:
        return None


def bind(rendering: Rendering, declared: type[Any]) -> Any:
    """The component's fields as the declared type; a missing one is its default.

    Raises ``FieldsDoNotFit``, which names component, field and type.
    """
    try:
        return msgspec.convert(_values(rendering, declared), declared, strict=False)
    except msgspec.ValidationError as error:
        raise FieldsDoNotFit(
            f"The fields of component {rendering.component_name!r} ({rendering.uid}) do not fit "
            f"{declared.__name__}: {error}"
        ) from error


def _values(rendering: Rendering, declared: type[Any]) -> dict[str, Any]:
    fields = rendering.fields
    if isinstance(fields, list):
        return {}
    values = {name: _value(fields.get(name)) for name in _names(declared)}
    return {name: value for name, value in values.items() if value is not None}


def _value(field: object) -> Any:
    """A field's value; a linked item or a list of items is its own value."""
    return field["value"] if isinstance(field, Mapping) and "value" in field else field


def _names(declared: type[Any]) -> list[str]:
    if issubclass(declared, msgspec.Struct):
        return [field.encode_name for field in msgspec.structs.fields(declared)]
    return [field.name for field in dataclasses.fields(declared)]
