"""A page of Jinja2 as ``docs/templates.md`` has it."""

import re
from pathlib import Path
from typing import Any

import jinja2
from django.test import RequestFactory

from jss_layout.layout import parse_layout
from tests.layout.pages import SITE, component, layout_json, templates

DOCS = Path(__file__).parents[2] / "docs" / "templates.md"


def test_a_page_of_jinja2_prints_fields_and_placeholders_as_documented() -> None:
    _, section = DOCS.read_text().split("## Jinja2 and Python", 1)
    code, page = re.findall(r"```(?:python|html)\n(.*?)```", section, re.DOTALL)
    documented: dict[str, Any] = {}
    exec(code, documented)  # noqa: S102 — the documentation's own example
    environment: jinja2.Environment = documented["environment"](autoescape=True)
    elements = [component("Text", {"heading": "<a>"})]
    layout = parse_layout(layout_json({"jss-main": elements}, {"pageTitle": {"value": "a & b"}}))
    values = {"layout": layout, "route": layout.route, "site": SITE, "language": "en"}
    with templates({"components/Text.html": "<p>{% text fields.heading %}</p>"}):
        html = environment.from_string(page).render(**values, request=RequestFactory().get("/"))
    assert html.split("\n")[1:] == ["<h1>a &amp; b</h1>", "<p>&lt;a&gt;</p>"]
