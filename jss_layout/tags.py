"""The nodes of ``{% load jss %}``, of which all that can be is known once a template is compiled.

They read arguments as ``simple_tag`` does, ``as variable`` included.
"""

from collections.abc import Callable, Mapping
from typing import Any, Self

from django.template import Context
from django.template.base import FilterExpression, Node, Parser, Token
from django.template.library import parse_bits
from django.utils.safestring import SafeString

from jss_layout.component_nodes import FieldNode
from jss_layout.context import COMPONENT_CONTEXTS, ComponentContext
from jss_layout.fields.field import Printer
from jss_layout.lookups import constants, lookup, path
from jss_layout.placeholders import place_of, placeholder


class Tag(Node):
    """Prints its HTML, or keeps it in the variable that ``as`` names."""

    child_nodelists = ()
    variable = ""

    def kept(self, context: Context, html: str) -> str:
        """Nothing, as the variable keeps it."""
        context[self.variable] = SafeString(html)
        return ""


class FieldTag(Tag, FieldNode):
    """Prints one field."""

    def __init__(
        self,
        kind: Callable[..., Printer],
        field: FilterExpression | None,
        options: Mapping[str, FilterExpression],
    ) -> None:
        self.kind = kind
        self.field = field
        self.options = options
        self._look_up = lookup(field) if field else _nothing
        self._constants = constants(options)

    @classmethod
    def parsed(cls, kind: Callable[..., Printer], parser: Parser, token: Token) -> Self:
        """The tag as a template has it."""
        field, options, variable = _arguments(parser, token, "field")
        node = cls(kind, field, options)
        node.variable = variable
        node.own_field = "" if variable else _own_field(field)
        return node

    def render(self, context: Context) -> str:
        """The field's HTML."""
        printer = self.printer or self._made(context)
        field = self._look_up(context)
        # Optimization: nearly all are so.
        is_plain = type(context) is ComponentContext and not context.page.editing
        html = printer.html(field) if is_plain or not editing(context) else printer.edited(field)
        return self.kept(context, html) if self.variable else html

    def _made(self, context: Context) -> Printer:
        """What prints the field; made once, if its options are the same each time."""
        if self._constants is None:
            values = {name: option.resolve(context) for name, option in self.options.items()}
            return self.kind(**values)
        # Not before: a value that does not fit costs its own component, and not all of that name.
        self.printer = self.kind(**self._constants)
        return self.printer


class PlaceholderTag(Tag):
    """Prints a placeholder."""

    def __init__(self, name: FilterExpression | None) -> None:
        self.name = name
        self._look_up = lookup(name) if name else _nothing

    @classmethod
    def parsed(cls, parser: Parser, token: Token) -> Self:
        """The tag as a template has it."""
        name, _, variable = _arguments(parser, token, "name", takes_options=False)
        node = cls(name)
        node.variable = variable
        return node

    def render(self, context: Context) -> str:
        """The placeholder's HTML."""
        html = placeholder(place_of(context), str(self._look_up(context) or ""))
        return self.kept(context, html) if self.variable else html


def editing(context: Context) -> bool:
    """Whether the page stands in an editor."""
    if isinstance(context, COMPONENT_CONTEXTS):
        return context.page.editing
    # The page stays known in what is included with "only".
    return place_of(context).page.editing or getattr(context.get("context"), "page_editing", False)


def _arguments(
    parser: Parser, token: Token, first: str, *, takes_options: bool = True
) -> tuple[FilterExpression | None, dict[str, FilterExpression], str]:
    """The first argument, if there is one, those by name, and the variable after ``as``."""
    tag, *bits = token.split_contents()
    variable = ""
    if len(bits) >= 2 and bits[-2] == "as":
        *bits, _, variable = bits
    options = "options" if takes_options else None
    # The stubs know nothing of the last but one, whether the tag takes the context.
    taken: tuple[Any, ...] = ([first], None, options, (None,), [], None, False, tag)
    arguments, named = parse_bits(parser, bits, *taken)
    return arguments[0] if arguments else named.pop(first, None), named, variable


def _own_field(field: FilterExpression | None) -> str:
    """The name of ``fields.name``; ``""`` for anything else."""
    first, *names = (path(field) if field else ()) or ("",)
    return names[0] if first == "fields" and len(names) == 1 else ""


def _nothing(context: Context) -> Any:  # noqa: ARG001
    return None
