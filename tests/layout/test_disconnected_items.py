"""Fields, items and components of content files in the Layout Service's shapes."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings

from jss_layout.exceptions import InvalidResponse
from jss_layout.sites import SiteDefinition
from tests.layout.content import main, route, write

GUID = "110d559f-dea5-42ea-9c1c-8a5df7e70ef9"


@pytest.fixture
def data(tmp_path: Path, settings: Settings) -> Path:
    settings.JSS_DATA_DIR = tmp_path
    return tmp_path


def field(data: Path, text: str) -> Any:
    """What a page's field ``x`` comes out as."""
    write(data, {"routes/en.yml": f"fields:\n  x: {text}\n"})
    return route()["fields"]["x"]


def fault(data: Path, files: dict[str, str]) -> str:
    """What is wrong with the home page."""
    write(data, files)
    with pytest.raises(InvalidResponse) as caught:
        route()
    return str(caught.value).removeprefix(f"{data}/")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello", {"value": "Hello"}),
        ("1.21", {"value": 1.21}),
        ("true", {"value": True}),
        ("", {"value": ""}),
        ("2026-05-04", {"value": "2026-05-04T00:00:00Z"}),
        ("{src: /a.png, alt: A}", {"value": {"src": "/a.png", "alt": "A"}}),
        ("{href: /about, id: 7}", {"value": {"href": "/about", "id": 7}}),
        ("{href: /about, value: 7}", {"value": {"href": "/about", "value": 7}}),
        ("{value: a, editable: <b>a</b>}", {"value": "a", "editable": "<b>a</b>"}),
        ("{value: }", {"value": None}),
        ("{lat: 1, lng: 2}", {"value": {"lat": 1, "lng": 2}}),
        ("{id: a, lat: 1}", {"value": {"id": "a", "lat": 1}}),
        ("[]", []),
        ("[a, b]", {"value": ["a", "b"]}),
        ("[{lat: 1}]", {"value": [{"lat": 1}]}),
        ("{}", {"value": {}}),
    ],
)
def test_a_field_takes_the_shape_of_the_layout_service(
    data: Path, text: str, expected: Any
) -> None:
    assert field(data, text) == expected


def test_an_item_of_a_fields_own_has_a_stable_id_and_a_name(data: Path) -> None:
    item = field(data, "{template: T, fields: {label: New}}")
    assert item == {
        "id": item["id"],
        "url": "",
        "name": "x",
        "displayName": "x",
        "fields": {"label": {"value": "New"}},
    }
    assert UUID(item["id"]).version == 5
    assert item == field(data, "{template: T, fields: {label: New}}")


def test_an_item_may_say_what_it_is_called(data: Path) -> None:
    item = field(data, f"{{id: '{{{GUID.upper()}}}', name: n, displayName: d, url: /u, fields: }}")
    assert item == {"id": GUID, "url": "/u", "name": "n", "displayName": "d", "fields": {}}


def test_items_of_a_list_have_ids_and_names_of_their_own(data: Path) -> None:
    items = field(data, "[{fields: {a: 1}}, {template: T}]")
    assert [item["name"] for item in items] == ["x-1", "x-2"]
    assert items[0]["id"] != items[1]["id"]
    assert items[1]["fields"] == {}


def test_a_reference_to_an_item_brings_the_item(data: Path) -> None:
    write(data, {"content/Authors/Myrtle/en.yml": "id: Myrtle-Bell\nfields: {role: Editor}\n"})
    item = field(data, "{id: myrtle-bell}")
    assert item == {
        "id": item["id"],
        "url": "",
        "name": "Myrtle",
        "displayName": "Myrtle",
        "fields": {"role": {"value": "Editor"}},
    }


def test_a_shared_item_has_the_same_id_wherever_it_is_referred_to(data: Path) -> None:
    write(data, {"content/M/en.yml": "id: m\nfields: {own: {fields: {a: 1}}}\n"})
    first, second = field(data, "[{id: m}, {id: m}]")
    assert first == second
    assert field(data, "{id: m}") == first


def test_a_copy_has_an_id_of_its_own(data: Path) -> None:
    write(data, {"content/M/en.yml": "id: m\nfields: {own: {fields: {a: 1}}}\n"})
    shared, copy = field(data, "[{id: m}, {id: m, copy: true}]")
    assert copy["id"] != shared["id"]
    assert copy["fields"]["own"]["id"] != shared["fields"]["own"]["id"]
    assert copy["fields"]["own"]["fields"] == {"a": {"value": 1}}


def test_a_reference_to_a_page_brings_its_address(data: Path) -> None:
    write(data, {"routes/About/Team/en.yml": f"id: {GUID}\ndisplayName: The team\n"})
    item = field(data, "{id: 110D559FDEA542EA9C1C8A5DF7E70EF9}")
    assert (item["id"], item["url"], item["displayName"]) == (GUID, "/About/Team", "The team")


def test_the_address_of_a_page_leads_to_the_language_that_it_is_shown_in(data: Path) -> None:
    write(
        data, {"routes/about/en.yml": "id: about\n", "routes/da.yml": "fields: {x: {id: about}}\n"}
    )
    write(data, {"routes/da-DK.yml": "id: home\nfields: {x: {id: home}}\n"})
    assert route(language="da")["fields"]["x"]["url"] == "/da/about"
    assert route(language="da-dk")["fields"]["x"]["url"] == "/da-DK"


def test_pages_that_refer_to_each_other_come_to_an_end(data: Path) -> None:
    write(data, {"routes/a/en.yml": "id: a\nfields: {title: A, next: {id: b}}\n"})
    write(data, {"routes/b/en.yml": "id: b\nfields: {title: B, next: {id: a}}\n"})
    fields = field(data, "{id: a}")["fields"]
    assert fields["title"] == {"value": "A"}
    assert (fields["next"]["url"], fields["next"]["fields"]) == ("/b", {})


def test_items_that_refer_to_each_other_come_to_an_end(data: Path) -> None:
    write(data, {"content/a/en.yml": "id: a\nfields: {next: {id: b}}\n"})
    write(data, {"content/b/en.yml": "id: b\nfields: {next: {id: a}}\n"})
    item = field(data, "{id: a}")
    assert item["fields"]["next"]["fields"]["next"]["fields"] == {}


def test_references_end_after_five_steps(data: Path) -> None:
    for number in range(7):
        text = f"id: i{number}\nfields: {{next: {{id: i{number + 1}}}}}\n"
        write(data, {f"content/{number}/en.yml": text})
    item, steps = field(data, "{id: i0}"), 0
    while item["fields"]:
        item, steps = item["fields"]["next"], steps + 1
    assert steps == 5


def test_an_item_in_a_field_may_be_referred_to_from_elsewhere(data: Path) -> None:
    write(data, {"routes/a/en.yml": "fields: {own: {id: here, fields: {a: 1}}}\n"})
    assert field(data, "{id: here}")["fields"] == {"a": {"value": 1}}
    assert field(data, "{id: here}")["id"] == route("/a")["fields"]["own"]["id"]


def test_parameters_define_no_content(data: Path) -> None:
    write(data, {"routes/a/en.yml": "params: {id: here, template: T}\n"})
    message = fault(data, {"routes/en.yml": "fields: {x: {id: here}}\n"})
    assert message == "routes/en.yml:1: fields.x.id: no content has the id 'here' in en"


def test_a_link_with_an_id_is_no_content_of_that_id(data: Path) -> None:
    links = field(data, "[{href: /a, id: x, fields: {}}, {href: /b, id: x, fields: {}}]")
    assert [link["href"] for link in links["value"]] == ["/a", "/b"]


def test_a_component_has_the_shape_of_the_layout_service(data: Path) -> None:
    text = """
        placeholders:
          main:
            - componentName: ContentBlock
              fields: {heading: Hello}
              params: {cssClass: wide, count: 3, ratio: 1.0, open: true, none: }
              placeholders: {inner: , other: []}
    """
    write(data, {"routes/en.yml": text})
    (component,) = main()
    assert component == {
        "uid": component["uid"],
        "componentName": "ContentBlock",
        "dataSource": component["dataSource"],
        "params": {"cssClass": "wide", "count": "3", "ratio": "1", "open": "true", "none": ""},
        "fields": {"heading": {"value": "Hello"}},
        "placeholders": {"inner": [], "other": []},
    }
    assert UUID(component["uid"]).version == 5
    assert component["dataSource"] == "{" + str(UUID(component["dataSource"])).upper() + "}"


def test_a_component_without_fields_has_no_data_source(data: Path) -> None:
    write(data, {"routes/en.yml": "placeholders: {main: [{componentName: A}]}\n"})
    (component,) = main()
    assert (component["dataSource"], component["params"], component["fields"]) == ("", {}, {})
    assert "placeholders" not in component


def test_a_component_may_say_its_uid_and_data_source(data: Path) -> None:
    text = (
        f"placeholders: {{main: [{{componentName: A, uid: '{{{GUID}}}', dataSource: 'local:/x'}}]}}"
    )
    write(data, {"routes/en.yml": text})
    (component,) = main()
    assert (component["uid"], component["dataSource"]) == (GUID, "local:/x")


def test_a_list_of_fields_passes_as_a_resolver_sent_it(data: Path) -> None:
    text = "placeholders: {main: [{componentName: Navigation, fields: [{Href: /, Children: []}]}]}"
    write(data, {"routes/en.yml": text})
    assert main()[0]["fields"] == [{"Href": "/", "Children": []}]


def test_uids_follow_the_position_and_not_the_language(data: Path) -> None:
    text = "placeholders: {main: [{componentName: A}, {componentName: A}]}\n"
    write(data, {"routes/en.yml": text, "routes/da.yml": text, "routes/b/en.yml": text})
    uids = [component["uid"] for component in main()]
    assert uids == [component["uid"] for component in main(language="da")]
    assert len({*uids, *(component["uid"] for component in main("/b"))}) == 4


SHARED = """
    id: box
    componentName: Box
    fields: {heading: Shared}
    params: {a: 1, b: 2}
    placeholders:
      inner: [{componentName: Own, fields: {x: 1}}]
      other: [{componentName: Other}]
"""


def test_shared_content_stands_where_it_is_referred_to(data: Path) -> None:
    write(data, {"component-content/Box/main/en.yml": SHARED})
    write(data, {"routes/en.yml": "placeholders: {main: [{id: box}, {id: BOX}]}\n"})
    first, second = main()
    assert first["componentName"] == "Box"
    assert first["fields"] == {"heading": {"value": "Shared"}}
    assert first["dataSource"] == second["dataSource"]
    assert first["uid"] != second["uid"]
    own, own_again = first["placeholders"]["inner"][0], second["placeholders"]["inner"][0]
    assert own["dataSource"] == own_again["dataSource"]
    assert own["uid"] != own_again["uid"]


def test_a_reference_may_lay_params_and_placeholders_over(data: Path) -> None:
    text = f"""
        placeholders:
          main:
            - id: box
              uid: {GUID}
              params: {{b: 3, c: 4}}
              placeholders: {{inner: [{{componentName: Mine}}]}}
    """
    write(data, {"component-content/box/en.yml": SHARED, "routes/en.yml": text})
    (component,) = main()
    assert component["uid"] == GUID
    assert component["params"] == {"a": "1", "b": "3", "c": "4"}
    assert component["placeholders"]["inner"][0]["componentName"] == "Mine"
    assert component["placeholders"]["other"][0]["componentName"] == "Other"


def test_a_copied_component_has_a_data_source_of_its_own(data: Path) -> None:
    write(data, {"component-content/box/en.yml": SHARED})
    write(data, {"routes/en.yml": "placeholders: {main: [{id: box}, {id: box, copy: true}]}\n"})
    shared, copy = main()
    assert copy["dataSource"] != shared["dataSource"]
    assert copy["fields"] == shared["fields"]


def test_a_component_of_a_page_may_be_shared(data: Path) -> None:
    write(
        data,
        {
            "routes/a/en.yml": "placeholders: {main: [{componentName: A, id: x, fields: {y: 1}}]}",
            "routes/en.yml": "placeholders: {main: [{id: x}]}",
        },
    )
    assert main()[0]["dataSource"] == main("/a")[0]["dataSource"]
    assert main()[0]["componentName"] == "A"


def test_shared_content_may_be_named_by_its_template(data: Path) -> None:
    write(data, {"content/x/en.yml": "id: x\ntemplate: Box\nfields: {a: 1}\n"})
    write(data, {"routes/en.yml": "placeholders: {main: [{id: x}]}"})
    assert main()[0]["componentName"] == "Box"


def test_ids_differ_from_site_to_site(data: Path) -> None:
    write(data, {"routes/en.yml": "placeholders: {main: [{componentName: A, fields: {a: 1}}]}"})
    other = route(site=SiteDefinition("other"))
    assert other["itemId"] != route()["itemId"]
    assert other["placeholders"]["main"][0]["uid"] != main()[0]["uid"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("placeholders: [a]", "1: placeholders: must be a mapping, not a list"),
        ("placeholders: {main: {a: 1}}", "1: placeholders.main: must be a list, not a mapping"),
        ("placeholders:\n  main:\n    - a", "3: placeholders.main[0]: must be a mapping, not text"),
        ("placeholders: {main: [{}]}", "1: placeholders.main[0]: a component has a componentName"),
        ("placeholders: {main: [{componentName: }]}", "1: placeholders.main[0]: a component needs"),
        ("placeholders: {main: [{id: gone}]}", "1: placeholders.main[0].id: no content has the id"),
        (
            "placeholders:\n  main:\n    - componentName: A\n      fields: 7",
            "4: placeholders.main[0].fields: must be a mapping, not a number",
        ),
        (
            "placeholders:\n  main:\n    - componentName: A\n      params:\n        a: {b: 1}",
            "5: placeholders.main[0].params.a: must be text or a number, not a mapping",
        ),
        ("fields: true", "1: fields: must be a mapping, not a boolean"),
        ("fields:\n  x: {id: gone}", "2: fields.x.id: no content has the id 'gone' in en"),
        (
            "fields:\n  x:\n    - id: gone\n    - 7",
            "4: fields.x[1]: a content list holds items only",
        ),
        ("fields: {x: {fields: [a]}}", "1: fields.x.fields: must be a mapping, not a list"),
        ("id: [a]", "1: id: must be text or a number, not a list"),
        ("displayName: {a: b}", "1: displayName: must be text or a number, not a mapping"),
        ("analytics: goals", "1: analytics: must be a mapping, not text"),
        ("analytics: {goal: x}", "1: analytics: knows goals, events and campaign, not goal"),
        ("analytics: {goals: [[a]]}", "1: analytics.goals[0]: must be text or a number"),
        ("analytics: {campaign: [a]}", "1: analytics.campaign: must be text or a number"),
    ],
)
def test_a_wrong_shape_is_told_by_file_line_and_place(data: Path, text: str, message: str) -> None:
    assert fault(data, {"routes/en.yml": text}).startswith(f"routes/en.yml:{message}")


def test_a_wrong_shape_in_json_is_told_by_line_too(data: Path) -> None:
    text = '{\n\t"fields": {\n\t\t"face": "\\ud83d\\ude00",\n\t\t"x": {"id": "gone"}\n\t}\n}'
    message = fault(data, {"routes/en.json": text})
    assert message == "routes/en.json:4: fields.x.id: no content has the id 'gone' in en"


def test_a_mistake_in_shared_content_is_told_where_it_stands(data: Path) -> None:
    message = fault(
        data,
        {
            "component-content/box/en.yml": "id: box\ncomponentName: Box\nparams: [a]\n",
            "routes/en.yml": "placeholders: {main: [{id: box}]}",
        },
    )
    assert message == "component-content/box/en.yml:3: params: must be a mapping, not a list"


def test_a_component_that_contains_itself_is_an_error(data: Path) -> None:
    message = fault(
        data,
        {
            "component-content/a/en.yml": "id: a\ncomponentName: A\nplaceholders: {x: [{id: b}]}",
            "component-content/b/en.yml": "id: b\ncomponentName: B\nplaceholders: {x: [{id: a}]}",
            "routes/en.yml": "placeholders: {main: [{id: a}]}",
        },
    )
    assert message == "component-content/b/en.yml:3: placeholders.x[0].id: 'a' contains itself"
