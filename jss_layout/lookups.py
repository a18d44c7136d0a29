"""Values of a template's context, found as Django finds them, but with less on the way.

A path such as ``fields.heading`` mostly leads through dicts to something that no template calls.
Then it is a few look-ups; wherever it leads elsewhere, Django goes it from its start.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.template import Context
from django.template.base import FilterExpression, Variable
from django.utils.safestring import SafeString

from jss_layout.mappings import Fields, Params

Lookup = Callable[[Context], Any]

# What is never called.
_VALUES = frozenset({str, SafeString, int, float, bool, type(None), list, dict, Fields, Params})
# Where there is no such field, these are found.
_METHODS = frozenset(dir(Fields))
_LITERALS = {"True": True, "False": False, "None": None}


def lookup(expression: FilterExpression) -> Lookup:
    """What finds the expression's value."""
    variable = expression.var
    if type(variable) is SafeString and not expression.filters:
        return lambda _: variable
    names = path(expression)
    return _found(expression, *names) if names else expression.resolve


def path(expression: FilterExpression) -> tuple[str, ...]:
    """The names of ``fields.heading`` and its like, of which nothing is made; else none."""
    variable = expression.var
    is_variable = isinstance(variable, Variable) and not variable.translate
    return () if expression.filters or not is_variable else variable.lookups or ()


def constants(options: Mapping[str, FilterExpression]) -> dict[str, Any] | None:
    """The options' values, if all of them are written in the template; else None."""
    values: dict[str, Any] = {}
    for name, option in options.items():
        variable = option.var
        if option.filters:
            return None
        if type(variable) is SafeString:
            values[name] = variable
        elif not isinstance(variable, Variable) or variable.translate:
            return None
        elif variable.var in _LITERALS:
            values[name] = _LITERALS[variable.var]
        elif variable.literal is None:
            return None
        else:
            values[name] = variable.literal
    return values


def _found(expression: FilterExpression, first: str, *rest: str) -> Lookup:
    resolve = expression.resolve

    def found(context: Context) -> Any:
        for values in reversed(context.dicts):
            if first in values:
                value = values[first]
                break
        else:
            return resolve(context)
        for name in rest:
            kind = type(value)
            if kind is Fields and name in value._own:
                value = value._own[name]
            elif kind is Fields and name not in _METHODS:
                value = value.get(name)
            elif (kind is dict or kind is Params) and name in value:
                value = value[name]
            else:
                return resolve(context)
        kind = type(value)
        return value if kind in _VALUES else resolve(context)

    return found
