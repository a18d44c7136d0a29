"""What a component's function declares that it takes, and how Sitecore's values become it.

``(rendering, request)`` gets the rendering. A first parameter that is annotated with a
msgspec struct or a dataclass gets the values of the component's fields in it, converted and
validated; annotated ``list[…]``, those of a component whose fields are a list. Further
parameters named ``params``, ``route`` and ``context`` get those, or their values in the type
that they are annotated with. Only what Sitecore sent is bound, nothing of the visitor's
request.
"""

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec
from django.core.exceptions import ImproperlyConfigured

from jss_layout.fields.field import EMPTY_DATE
from jss_layout.layout import Layout, Rendering
from jss_layout.mappings import Fields

NAMED = ("params", "route", "context")
# Annotations that bind nothing.
_ANYTHING = (None, inspect.Parameter.empty, Any, object)


class FieldsDoNotFit(Exception):
    """A component's values are not those that its function declares."""


class Parameters(NamedTuple):
    """What a function takes; a type of None leaves the value as it is.

    ``fields`` is the type of its first parameter, ``named`` those of the names in ``NAMED``
    that it asks for.
    """

    fields: Any = None
    named: Mapping[str, Any] = MappingProxyType({})


ANY_RENDERING = Parameters()


def declared_parameters(function: Callable[..., object]) -> Parameters:
    """Read a function's parameters.

    Raises ``ImproperlyConfigured`` for one beyond ``rendering, request`` that is no name of
    ``NAMED`` and has no default, and for a type that values can't be bound to.
    """
    first, *others = inspect.signature(function).parameters.values() or (None,)
    named = [other for other in others[1:] if other.name in NAMED or _is_required(other)]
    if unknown := [other.name for other in named if other.name not in NAMED]:
        raise ImproperlyConfigured(
            f"{function.__module__}.{function.__qualname__} asks for {', '.join(unknown)}: after "
            f"the rendering and the request, a component's function may take {', '.join(NAMED)}."
        )
    return Parameters(
        _bound_type(first, function), {one.name: _bound_type(one, function) for one in named}
    )


def arguments(
    parameters: Parameters, rendering: Rendering, layout: Layout
) -> tuple[Any, dict[str, Any]]:
    """The first argument of a function and those by name.

    Raises ``FieldsDoNotFit``, which names component, field and type.
    """
    subject = rendering
    if parameters.fields is not None:
        subject = _bound(rendering, "fields", rendering.fields, parameters.fields)
    named = {
        name: _named(rendering, layout, name, declared)
        for name, declared in parameters.named.items()
    }
    return subject, named


def _named(rendering: Rendering, layout: Layout, name: str, declared: Any) -> Any:
    if declared is None:
        return rendering.params if name == "params" else getattr(layout, name)
    values = {
        "params": rendering.params,
        "route": Fields(layout.route.fields if layout.route else {}),
        "context": Fields({key: {"value": it} for key, it in layout.context.data.items()}),
    }
    return _bound(rendering, name, values[name], declared)


def _is_required(parameter: inspect.Parameter) -> bool:
    gathers = parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    return parameter.default is parameter.empty and not gathers


def _bound_type(parameter: inspect.Parameter | None, function: Callable[..., object]) -> Any:
    """The type of a parameter, if it is one that values are bound to."""
    declared = parameter and _unwrapped(_evaluated(parameter.annotation, function))
    kind = get_origin(declared) or declared
    if kind is list:
        return declared
    if parameter is None or declared in _ANYTHING:
        return None
    if isinstance(kind, type):
        is_params = parameter.name == "params" and issubclass(kind, Mapping)
        if is_params or kind.__module__ == Rendering.__module__:
            return None
        if issubclass(kind, msgspec.Struct) or dataclasses.is_dataclass(kind):
            return declared
    raise ImproperlyConfigured(
        f"{function.__module__}.{function.__qualname__} declares {parameter.name} as {declared}: "
        "write a msgspec struct, a dataclass or a list of such, or leave the type out."
    )


def _unwrapped(annotation: object) -> object:
    """The type of an optional value."""
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    types = [one for one in get_args(annotation) if one is not NoneType]
    return types[0] if len(types) == 1 else annotation


def _evaluated(annotation: object, function: Callable[..., object]) -> object:
    """An annotation, read if it is text; None for one that only a type checker can read."""
    if not isinstance(annotation, str):
        return annotation
    holder = type("Holder", (), {"__annotations__": {"it": annotation}})
    try:
        return get_type_hints(holder, getattr(function, "__globals__", {}))["it"]
    except NameError:
        return None


def _bound(rendering: Rendering, what: str, given: Any, declared: Any) -> Any:
    """The values as the declared type; a missing one is its default."""
    try:
        return msgspec.convert(_values(given, declared), declared, strict=False)
    except msgspec.ValidationError as error:
        raise FieldsDoNotFit(
            f"The {what} of component {rendering.component_name!r} ({rendering.uid}) do not fit "
            f"{getattr(declared, '__name__', declared)}: {error}"
        ) from error


def _values(given: Any, declared: Any) -> Any:
    if get_origin(declared) is list:
        return [_value(item) for item in given] if isinstance(given, list) else []
    if not isinstance(given, Mapping):
        return given
    names = _names(declared).items()
    # Sitecore sends these for a checkbox, a number or a date that has no value.
    absent = {name: (None,) if takes_text else (None, "", EMPTY_DATE) for name, takes_text in names}
    values = {name: _value(given.get(name)) for name in absent}
    return {name: value for name, value in values.items() if value not in absent[name]}


def _value(field: object) -> Any:
    """A field's value; a linked item's are its own properties and its fields' values."""
    if isinstance(field, list):
        return [_value(item) for item in field]
    if not isinstance(field, Mapping):
        return field
    if "value" in field:
        return field["value"]
    inner = field.get("fields")
    if not isinstance(inner, Mapping):
        return field
    own = {name: value for name, value in field.items() if name != "fields"}
    return own | {name: _value(value) for name, value in inner.items()}


@lru_cache(maxsize=1024)
def _names(declared: type[Any]) -> dict[str, bool]:
    """The names that a type declares, and whether ``""`` is a value of each."""
    kind = get_origin(declared) or declared
    if issubclass(kind, msgspec.Struct):
        fields = msgspec.structs.fields(declared)
        return {field.encode_name: _takes_empty_text(field.type) for field in fields}
    types = get_type_hints(kind, include_extras=True)
    return {field.name: _takes_empty_text(types[field.name]) for field in dataclasses.fields(kind)}


def _takes_empty_text(declared: Any) -> bool:
    try:
        msgspec.convert("", declared)
    except msgspec.ValidationError:
        return False
    return True
