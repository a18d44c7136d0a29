"""That a component's template prints what Django's own way through its nodes would."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.template import Engine, Template
from django.template.base import NodeList
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jss_layout.component_nodes import ComponentNodes, component_template
from jss_layout.context import ComponentContext
from jss_layout.fields.text import Text
from jss_layout.layout import Rendering, parse_element
from tests.layout.pages import component, place, show, templates
from tests.layout.test_layout import JSON, raw

PIECES = (
    "text & more",
    "{% text fields.heading tag='h2' %}",
    "{% text fields.Heading %}",
    "{% text fields.lacking %}",
    "{% text fields.heading as kept %}",
    "{% text fields.heading as fields %}",
    "{% text route.fields.heading %}",
    "{% text fields.heading|default:'x' %}",
    "{% rich_text fields.content %}",
    "{% link fields.link class=params.styles %}",
    "{% image fields.heading %}",
    "{{ kept }}",
    "{% with fields=route.fields %}{% text fields.heading %}{% endwith %}",
    "{% if fields.heading %}{% text fields.heading %}{% endif %}",
    "{% for field in fields %}{{ field }}{% endfor %}",
)
FIELDS = st.dictionaries(
    st.sampled_from(["heading", "content", "link", "x"]),
    JSON | st.fixed_dictionaries({"value": JSON}),
)


@pytest.fixture(autouse=True, scope="module")
def files() -> Iterator[None]:
    with templates({"components/Text.html": "before {% text fields.heading %}"}):
        yield


def rendered(template: Template, fields: Any) -> str:
    """What the template prints for a component."""
    page = place({}, fields={"heading": {"value": "the route's"}}).page
    rendering = parse_element(raw({**component("A"), "fields": fields}), page.route_fields)
    assert isinstance(rendering, Rendering)
    return ComponentContext(page, rendering, 1, {}).rendered(template)


def outcome(template: Template, fields: Any) -> Any:
    """The same, or how it fails."""
    try:
        return rendered(template, fields)
    except Exception as error:  # noqa: BLE001
        return type(error), str(error)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=6), fields=FIELDS)
def test_nodes_print_what_they_print_one_by_one(pieces: list[str], fields: Any) -> None:
    template = Engine.get_default().from_string("".join(pieces))
    own = component_template(template)
    expected = outcome(template, fields)
    # A tag is asked for its HTML once before it is known what prints it.
    assert [outcome(own, fields) for _ in range(2)] == [expected] * 2


def test_what_the_loader_keeps_stays_as_it_is() -> None:
    template = Engine.get_default().from_string("a")
    own = component_template(template)
    assert (type(template.nodelist), type(own.nodelist)) == (NodeList, ComponentNodes)


def test_an_editor_gets_what_the_editor_of_the_field_needs() -> None:
    field = {"value": "a", "editable": "<input value=a>"}
    element = {"componentName": "Text", "uid": "1", "fields": {"heading": field}}
    assert show([element]) == show([element]) == "before a"
    assert "<input value=a>" in show([element], pageEditing=True)


def test_a_field_that_fails_says_where_in_the_template(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(debug=True, builtins=["jss_layout.templatetags.jss"])
    template = component_template(engine.from_string("before {% text fields.heading %}"))
    fields = {"heading": {"value": "a"}}
    assert outcome(template, fields) == "before a"
    monkeypatch.setattr(Text, "html", _fail)
    with pytest.raises(ZeroDivisionError) as failure:
        rendered(template, fields)
    assert failure.value.template_debug["during"] == "{% text fields.heading %}"  # type: ignore[attr-defined]


def _fail(*_: object) -> str:
    raise ZeroDivisionError
