"""The documentation names what templates and Python can use."""

import inspect
from pathlib import Path

import pytest

from jss_layout import fields
from jss_layout.templatetags.jss import register

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", sorted({*register.tags, *register.filters}))
def test_every_tag_and_filter_is_documented(name: str) -> None:
    assert name in (DOCS / "templates.md").read_text()


@pytest.mark.parametrize("name", ["text", "rich_text", "image", "link", "file", "date", "number"])
def test_every_argument_of_a_field_is_documented(name: str) -> None:
    _, section = (DOCS / "fields.md").read_text().split(f"`{{% {name} %}}`", 1)
    signature = inspect.signature(getattr(fields, name)).parameters
    for argument in {*signature} - {"field", "editable", "editing", "attributes"}:
        assert f"`{argument}" in section.split("\n## ")[0]
