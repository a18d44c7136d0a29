"""One field of Sitecore → HTML, a function a kind; what is empty.

Each takes the field as it stands in the layout, ``{"value": …}``, and gives safe HTML.
What is no such field — missing, None, a scalar, a list, another kind — gives nothing and
never raises. Keyword arguments that a function does not name become HTML attributes
(``class_``, ``data_id``): those win over the field's own, classes join. ``editing=True``
prints an editor's markup where the field brings it, unless ``editable=False``. The template
tags of ``{% load jss %}`` are these functions, with ``editing`` filled in.
"""

from jss_layout.fields.date import date
from jss_layout.fields.field import is_empty, value
from jss_layout.fields.file import file
from jss_layout.fields.image import image
from jss_layout.fields.item import is_checked, linked_items
from jss_layout.fields.link import link
from jss_layout.fields.number import number
from jss_layout.fields.text import rich_text, text

__all__ = [
    "date",
    "file",
    "image",
    "is_checked",
    "is_empty",
    "link",
    "linked_items",
    "number",
    "rich_text",
    "text",
    "value",
]
