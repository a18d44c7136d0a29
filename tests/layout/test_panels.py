"""What the debug toolbar shows of the memo."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings

from jss_layout.context import Page
from jss_layout.layout import parse_layout
from jss_layout.panels import MemoPanel
from jss_layout.placeholders import Place, placeholder
from tests.layout.pages import SITE, component, layout_json, templates

FILES = {
    "components/Text.html": "{% text fields.heading %}",
    "components/Year.html": "{% now 'Y' %}",
    "components/Wrong.html": "{% nonsense %}",
}


def shown(*names: str) -> HttpRequest:
    """A request whose page was rendered, for the third time."""
    request = RequestFactory().get("/")
    json = layout_json({"jss-main": [component(name) for name in names]})
    for _ in range(3):
        page = Page(parse_layout(json), SITE, "en", request)
        placeholder(Place(page), "jss-main")
    request.jss_page = page  # type: ignore[attr-defined]
    return request


class MemoPanelAlone(MemoPanel):
    """The panel without a toolbar around it."""

    def __init__(self) -> None:
        self.stats: dict[str, Any] = {}

    def record_stats(self, stats: dict[str, Any]) -> None:
        self.stats.update(stats)

    def get_stats(self) -> dict[str, Any]:
        return self.stats


def panel(request: HttpRequest) -> tuple[str, str]:
    """Its subtitle and its HTML."""
    made = MemoPanelAlone()
    made.generate_stats(request, HttpResponse())
    return made.nav_subtitle, render_to_string(made.template, made.stats)


def test_it_counts_what_was_remembered_and_says_why_the_rest_was_not() -> None:
    with templates(FILES):
        subtitle, html = panel(shown("Text", "Year"))
    assert subtitle == "1 of 2"
    assert "Entries of placeholders on this page: 1 remembered, 1 rendered." in html
    assert '<th scope="row">Text</th><td>its template is pure</td>' in html
    why = "django.template.defaulttags.NowNode is not known to be pure"
    assert f'<th scope="row">Year</th><td>{why}</td>' in html


def test_it_says_so_where_nothing_is_remembered() -> None:
    with templates(FILES, DEBUG=True):
        subtitle, html = panel(shown("Text"))
    assert subtitle == "off"
    assert "Nothing is remembered: not in DEBUG" in html
    assert "its template is pure" in html


def test_a_template_with_a_mistake_costs_the_panel_nothing() -> None:
    with templates(FILES):
        _, html = panel(shown("Wrong"))
    assert "its template can&#x27;t be loaded: Invalid block tag" in html


def test_an_answer_that_is_no_page_has_no_components() -> None:
    with override_settings(LAYOUT_MEMO_BYTES=1000):
        subtitle, html = panel(RequestFactory().get("/"))
    assert subtitle == "off"
    assert "takes 0\xa0bytes of 1000\xa0bytes" in html
