"""The nodes of a component's template, rendered in one go.

Most of them are text, and tags that print one of the component's own fields: Django asks each
node by itself, in three calls of functions or more. Here only those are asked that are neither.
"""

from copy import copy
from typing import Any

from django.template import Context, Template
from django.template.base import Node, NodeList, TextNode
from django.utils.safestring import SafeString

from jss_layout.context import ComponentContext
from jss_layout.fields.field import Printer
from jss_layout.mappings import Fields


class FieldNode(Node):
    """A tag that prints a field.

    Where all that it prints is the component's own field of a name, that is ``own_field``.
    ``printer`` is there once the tag was rendered, if it is the same each time.
    """

    own_field = ""
    printer: Printer | None = None


# A text; or a node, and its ``own_field``. Optimization: a tuple with names takes long to unpack.
Step = tuple[str, Any, str]


class ComponentNodes(NodeList):
    """The nodes of a component's template."""

    def __init__(self, nodes: NodeList) -> None:
        super().__init__(nodes)
        self._steps = tuple(map(_step, nodes))

    def render(self, context: Context) -> SafeString:
        """The HTML of all nodes, one after the other."""
        if type(context) is not ComponentContext or context.page.editing:
            return super().render(context)
        html: list[str] = []
        layers = context.dicts
        for text, node, name in self._steps:
            if node is None:
                html.append(text)
                continue
            if name and node.printer:
                # A tag before this one may have given the name to something else.
                fields = layers[-1].get("fields")
                field = fields._own.get(name) if type(fields) is Fields else None
                if type(field) is dict:
                    try:
                        html.append(node.printer.html(field))
                        continue
                    except Exception:  # noqa: BLE001, S110 — the node raises it again, with its place
                        pass
            html.append(node.render_annotated(context))
        return SafeString("".join(html))


def _step(node: Node) -> Step:
    if type(node) is TextNode:
        return node.s, None, ""
    return "", node, node.own_field if isinstance(node, FieldNode) else ""


def component_template(template: Template) -> Template:
    """The template for use as a component's; what the loader keeps stays as it is."""
    own = copy(template)
    own.nodelist = ComponentNodes(template.nodelist)
    return own
