import re
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpRequest
from django.test import override_settings
from pytest_django import Settings

from jss_layout.components import ComponentRegistry
from jss_layout.layout import Rendering, parse_layout
from jss_layout.request import LayoutResponse
from tests.layout.content import write
from tests.layout.pages import layout_json

ROUTE = """
    placeholders:
      jss-main:
        - componentName: Offer
          placeholders:
            inner:
              - componentName: Lost
        - componentName: Hidden Rendering
        - componentName: Teaser Big
        - componentName: Lost
"""


@pytest.fixture(autouse=True)
def registry(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> ComponentRegistry:
    """A site with three templates, one of them with a mistake, and two pages."""
    empty = ComponentRegistry()
    monkeypatch.setattr("jss_layout.management.commands.list_components.registry", empty)
    folder = tmp_path / "templates" / "components"
    (folder / "Offer").mkdir(parents=True)
    (folder / "Offer.html").touch()
    (folder / "Offer" / "Wide.html").touch()
    (folder / "Odd.html").write_text("{% nonsense %}")
    (folder / "teaser.html").touch()
    engine = "django.template.backends.django.DjangoTemplates"
    settings.TEMPLATES = [{"BACKEND": engine, "DIRS": [tmp_path / "templates"], "APP_DIRS": True}]
    settings.JSS_DATA_DIR = str(tmp_path / "data")
    write(tmp_path / "data", {"routes/en.yml": ROUTE, "routes/about/en.yml": ROUTE})
    return empty


def lines(*paths: str) -> list[str]:
    out = StringIO()
    call_command("list_components", *paths, stdout=out)
    return [re.sub(" {2,}", " | ", line) for line in out.getvalue().splitlines()]


def test_components_show_with_template_owner_and_function(registry: ComponentRegistry) -> None:
    @registry.register("Offer")
    def offer(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        return {}

    @registry.register("Gone")
    def gone(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        return {}

    registry.register(re.compile("Teaser.*"), template="components/teaser.html")
    registry.register_default("page.html")
    shown = lines("/")
    assert shown[0] == "name | template | of | function"
    [function] = [line.split(" | ")[-1] for line in shown if line.startswith("Offer ")]
    assert f"Offer | components/Offer.html | the site | {function}" in shown
    assert function.endswith(".offer")
    assert "RichText | components/RichText.html | jss_layout.sxa" in shown
    assert "Teaser.* | components/teaser.html" in shown
    assert "* | page.html" in shown
    assert not [line for line in shown if "Wide" in line]
    [odd] = [line for line in shown if line.startswith("Odd")]
    assert "has a mistake: Invalid block tag" in odd


def test_a_function_without_a_template_names_those_tried(registry: ComponentRegistry) -> None:
    @registry.register("Gone")
    def gone(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        return {}

    [line] = [line for line in lines("/") if line.startswith("Gone")]
    assert "missing: components/Gone.html, components/gone.html" in line


def test_names_in_layouts_without_a_component_show_with_their_pages() -> None:
    unknown = [line for line in lines() if "has no component" in line]
    assert unknown == [
        "Lost has no component; it stands on /, /about",
        "Teaser Big has no component; it stands on /, /about",
    ]
    assert "Lost has no component; it stands on /about" in lines("/about")


def test_a_name_whose_template_has_a_mistake_is_not_among_them(tmp_path: Path) -> None:
    page = "placeholders: {jss-main: [{componentName: Odd}, {componentName: Lost}]}"
    write(tmp_path / "data", {"routes/odd/en.yml": page})
    unknown = [line for line in lines("/odd") if "has no component" in line]
    assert unknown == ["Lost has no component; it stands on /odd"]


def test_an_entry_that_is_no_rendering_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = parse_layout(layout_json({"jss-main": [[], 3, {"componentName": "Lost"}]}))
    source = SimpleNamespace(fetch=lambda _: LayoutResponse(layout))
    monkeypatch.setattr(
        "jss_layout.management.commands.list_components.layout_source", lambda: source
    )
    unknown = [line for line in lines("/odd") if "has no component" in line]
    assert unknown == ["Lost has no component; it stands on /odd"]


def test_a_page_that_is_none_is_named() -> None:
    with pytest.raises(CommandError, match="There is no page /nowhere"):
        lines("/nowhere")


def test_a_page_that_is_broken_is_named(tmp_path: Path) -> None:
    write(tmp_path / "data", {"routes/broken/en.yml": "- a list"})
    with pytest.raises(CommandError, match="/broken could not be read"):
        lines("/broken")


@override_settings(JSS_MODE="connected", SITECORE_API_HOST="https://cd.example.com")
def test_a_connected_site_asks_sitecore_for_the_pages_named_alone() -> None:
    assert not [line for line in lines() if "has no component" in line]
