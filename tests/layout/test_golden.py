"""Whole pages, held to files that were looked at: ``golden/*.html``.

After a change that is meant to show, write them anew and look at the difference::

    GOLDEN=write .venv/bin/pytest tests/layout/test_golden.py && git diff tests/layout/golden
"""

import os
from pathlib import Path

import pytest
from django.template import Engine, RequestContext
from django.test import Client, RequestFactory
from pytest_django import Settings

from jss_layout.layout import parse_layout
from tests.layout.pages import SITE, component, layout_json, templates

GOLDEN = Path(__file__).parent / "golden"
LINES = "First line\nsecond < third"
CHROME = {
    "name": "code",
    "type": "text/sitecore",
    "contents": '{"commands":[]}',
    "attributes": {"type": "text/sitecore", "chrometype": "placeholder", "kind": "open"},
}
FILES = {
    "page.html": (
        "<!doctype html>\n<html lang='{{ language }}'>\n<title>{% text route.fields.pageTitle %}"
        "</title>\n<main>\n{% placeholder 'jss-main' %}\n</main>\n</html>\n"
    ),
    "components/Fields.html": (
        "<section class='{{ styles }}' id='{{ rendering.uid }}'>\n"
        "{% text fields.text tag='h2' class='title' %}\n"
        "{% rich_text fields.rich %}\n"
        "{% image fields.image mw=600 srcset='300, 600' sizes='100vw' loading='lazy' %}\n"
        "{% link fields.link class='button' %}\n"
        "{% linkblock fields.link %}<b>Read</b>{% endlinkblock %}\n"
        "{% file fields.file %}\n"
        "{% date fields.date format='j F Y' time_zone='UTC' tag='time' %}\n"
        "{% number fields.price currency='EUR' %}\n"
        "{% if fields.sale|is_checked %}<b>Sale</b>{% endif %}\n"
        "{% for item in fields.items|linked_items %}"
        "{% text item.fields.title tag='i' %}{% endfor %}\n</section>\n"
    ),
    "components/Columns.html": (
        "<div>{% placeholder 'column-1' %}</div>\n"
        "<ul>{% placeholderblock 'column-2' as it %}<li id='{{ it_counter }}'>{{ it }}</li>"
        "{% empty %}<li>none</li>{% endplaceholderblock %}</ul>\n"
    ),
    "components/Text.html": "{% text fields.text %}",
    "components/Failing.html": "{{ request.path }}",
}
FIELDS = {
    "text": LINES,
    "rich": '<p>A <a href="/about">link</a></p>',
    "image": {"src": "/-/media/a.png?rev=1&h=5", "alt": 'A "boat"', "class": "wide"},
    "link": {"href": "/about", "text": "About & more", "querystring": "a=1", "anchor": "b"},
    "file": {"src": "/-/media/a.pdf", "title": "Manual", "mimeType": "application/pdf"},
    "date": "2012-05-04T00:00:00Z",
    "price": 1234.5,
    "sale": True,
}


def synthetic(**context: object) -> str:
    """A page with every kind of field, placeholder and box."""
    fields = component("Fields", FIELDS, params={"FieldNames": "Default", "GridParameters": "c-6"})
    fields["fields"]["items"] = [{"id": "1", "fields": {"title": {"value": "Linked"}}}]
    text = component("Text", {"text": LINES})
    columns = component("Columns", placeholders={"column-{*}": [CHROME, text, text]})
    odd = [component("Failing"), component("Unknown"), component("Hidden Rendering"), None, 3]
    title = {"pageTitle": {"value": "Golden & <true>"}}
    body = layout_json({"jss-main": [fields, columns, *odd, CHROME]}, title, context)
    layout = parse_layout(body)
    values = {"layout": layout, "route": layout.route, "context": layout.context}
    request = RequestFactory().get("/")
    with templates(FILES):
        page = Engine.get_default().get_template("page.html")
        return page.render(
            RequestContext(request, {**values, "request": request, "site": SITE, "language": "en"})
        )


def hold(name: str, html: str) -> None:
    """The HTML is that of the golden file, or becomes it where ``GOLDEN=write`` says so."""
    file = GOLDEN / f"{name}.html"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(html, "utf-8")
    assert html == file.read_text("utf-8"), f"{file.name} differs; see the top of this module."


def test_a_synthetic_page_is_as_it_was() -> None:
    hold("synthetic", synthetic())


def test_a_synthetic_page_in_an_editor_is_as_it_was() -> None:
    hold("synthetic_metadata", synthetic(pageEditing=True, editMode="metadata"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "path"), [("home", "/"), ("nested", "/instruments/barometer"), ("danish", "/da/about")]
)
def test_a_page_of_the_sample_site_is_as_it_was(
    client: Client, settings: Settings, name: str, path: str
) -> None:
    # What identifies a visitor differs from one request to the next.
    settings.SITECORE_ENABLE_TRACKING = False
    response = client.get(path)
    assert response.status_code == 200
    hold(name, response.content.decode())
