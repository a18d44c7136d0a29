"""A page with all that JSS's styleguide shows comes in Sitecore's shapes."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from pytest_django import Settings

from jss_layout.sources.disconnected import DisconnectedSource
from tests.layout.content import asked, route, write

FILES = {
    "routes/styleguide/en.yml": """
        fields:
          pageTitle: Styleguide
        placeholders:
          jss-header:
          jss-main:
            - componentName: Styleguide-Layout
              placeholders:
                jss-styleguide-layout:
                  - componentName: Styleguide-Section
                    fields: {heading: Content data}
                    placeholders:
                      jss-styleguide-section:
                        - componentName: Styleguide-FieldUsage
                          params: {cssClass: alert, columns: 2, narrow: false}
                          fields:
                            text: A <mark>text</mark>
                            richText: |
                              <p>First</p>
                              <p>Second</p>
                            image: {src: /data/media/img/logo.png, alt: Logo}
                            file: {src: /data/media/files/a.pdf, title: A file}
                            number: 1.21
                            checkbox: true
                            date: '2012-05-04T00:00:00Z'
                            link: {href: /, text: Home, target: _blank, class: b, title: T}
                            sharedItemLink: {id: shared-1}
                            localItemLink: {template: T, fields: {textField: Local}}
                            sharedContentList: [{id: shared-1}, {id: shared-2}]
                            localContentList: [{template: T, fields: {textField: One}}]
                            customIntField: 31337
                        - id: lorem-ipsum
                        - id: lorem-ipsum
                          copy: true
    """,
    "content/Styleguide/Item1/en.yml": """
        id: shared-1
        displayName: Item 1
        template: T
        fields: {textField: Shared 1}
    """,
    "content/Styleguide/Item2/en.yml": "id: shared-2\ntemplate: T\nfields: {textField: Shared 2}",
    "component-content/Styleguide/LoremIpsum/en.yml": """
        id: lorem-ipsum
        componentName: ContentBlock
        fields: {heading: Lorem, content: <p>Ipsum</p>}
    """,
}


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: Settings) -> None:
    settings.JSS_DATA_DIR = write(tmp_path, FILES)


def item(guid: str, name: str, display_name: str, text: str) -> dict[str, object]:
    fields = {"textField": {"value": text}}
    return {"id": guid, "url": "", "name": name, "displayName": display_name, "fields": fields}


def test_the_styleguide_has_the_shape_of_the_layout_service() -> None:
    found = route("/styleguide")
    assert found["itemId"] == str(UUID(found["itemId"]))
    assert found["placeholders"]["jss-header"] == []
    (layout,) = found["placeholders"]["jss-main"]
    (section,) = layout["placeholders"]["jss-styleguide-layout"]
    usage, lorem, copy = section["placeholders"]["jss-styleguide-section"]
    fields = usage["fields"]
    item_1 = item(fields["sharedItemLink"]["id"], "Item1", "Item 1", "Shared 1")
    item_2 = item(fields["sharedContentList"][1]["id"], "Item2", "Item2", "Shared 2")
    local = fields["localItemLink"]["id"]
    listed = fields["localContentList"][0]["id"]
    assert usage == {
        "uid": str(UUID(usage["uid"])),
        "componentName": "Styleguide-FieldUsage",
        "dataSource": "{" + str(UUID(usage["dataSource"])).upper() + "}",
        "params": {"cssClass": "alert", "columns": "2", "narrow": "false"},
        "fields": {
            "text": {"value": "A <mark>text</mark>"},
            "richText": {"value": "<p>First</p>\n<p>Second</p>\n"},
            "image": {"value": {"src": "/data/media/img/logo.png", "alt": "Logo"}},
            "file": {"value": {"src": "/data/media/files/a.pdf", "title": "A file"}},
            "number": {"value": 1.21},
            "checkbox": {"value": True},
            "date": {"value": "2012-05-04T00:00:00Z"},
            "link": {
                "value": {
                    "href": "/",
                    "text": "Home",
                    "target": "_blank",
                    "class": "b",
                    "title": "T",
                }
            },
            "sharedItemLink": item_1,
            "localItemLink": item(local, "localItemLink", "localItemLink", "Local"),
            "sharedContentList": [item_1, item_2],
            "localContentList": [item(listed, "localContentList-1", "localContentList-1", "One")],
            "customIntField": {"value": 31337},
        },
    }
    assert len({item_1["id"], item_2["id"], local, listed}) == 4
    assert lorem["fields"] == copy["fields"]
    assert lorem["dataSource"] != copy["dataSource"]


def test_every_component_of_a_page_has_a_uid_of_its_own() -> None:
    body = DisconnectedSource().fetch(asked("/styleguide")).body
    uids: list[str] = []

    def note(value: dict[str, object]) -> dict[str, object]:
        uids.extend([str(value["uid"])] if "uid" in value else [])
        return value

    json.loads(body, object_hook=note)
    assert len(uids) == len(set(uids)) == 5
