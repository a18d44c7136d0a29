"""``manage.py startcomponent Name``: a new component's template, entry and test."""

import ast
import keyword
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import Engine

from jss_layout.components import registry, template_names

TEMPLATE = """{{% load jss %}}<section class="{css}">
{{% text fields.heading tag="h2" %}}
{{% rich_text fields.content %}}
</section>
"""
ENTRY = '''

@components.register("{name}")
def {function}(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
    """What the template sees beside the component's fields."""
    return {{}}
'''
IMPORT = (ast.Import, ast.ImportFrom)
IMPORTS = {
    "Any": "from typing import Any\n",
    "HttpRequest": "from django.http import HttpRequest\n",
    "components": "from jss_layout import components\n",
    "Rendering": "from jss_layout.layout import Rendering\n",
}
NEW_ENTRIES = """\"\"\"Components that need Python; imported at start-up.\"\"\"

from typing import Any

from django.http import HttpRequest

from jss_layout import components
from jss_layout.layout import Rendering
"""
TEST = '''"""The component {name}."""

import json

from django.test import RequestFactory

from jss_layout.context import Page
from jss_layout.layout import parse_layout
from jss_layout.placeholders import Place, placeholder
from jss_layout.sites import SiteDefinition

RENDERING = {{
    "componentName": "{name}",
    "fields": {{"heading": {{"value": "Fish & chips"}}, "content": {{"value": "<p>Warm</p>"}}}},
}}


def test_{snake}_shows_its_fields() -> None:
    route = {{"name": "home", "placeholders": {{"jss-main": [RENDERING]}}}}
    layout = parse_layout(json.dumps({{"sitecore": {{"context": {{}}, "route": route}}}}).encode())
    page = Page(layout, SiteDefinition(name="website"), "en", RequestFactory().get("/"))
    html = placeholder(Place(page), "jss-main")
    assert "<h2>Fish &amp; chips</h2>" in html
    assert "<p>Warm</p>" in html
'''


class Command(BaseCommand):
    """Writes the files of a component; never over one that exists."""

    help = "Writes a component's template and test, and with --app its function."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The name, and the app."""
        parser.add_argument("name", help="the component's name in Sitecore, such as PriceList")
        parser.add_argument("--app", metavar="LABEL", help="the app that gets it; else the site")

    def handle(self, *_: Any, **options: Any) -> None:
        """Write them, or none if one of them exists."""
        name: str = options["name"]
        if not re.fullmatch(r"[A-Za-z][\w-]*", name, re.ASCII):
            raise CommandError(f"{name!r} is no component's name: write one such as PriceList.")
        names = _names(name)
        if options["app"]:
            _check_owner(name)
        files = _app_files(options["app"], names) if options["app"] else _site_files(names)
        if taken := [path for path in files if path.exists() and path.name != "jss_components.py"]:
            raise CommandError(f"{taken[0]} exists; nothing was written.")
        _check_python(files)
        for path, text in files.items():
            self._write(path, text)

    def _write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.stdout.write(str(path))


def _names(name: str) -> dict[str, str]:
    snake = Path(template_names(name)[-1]).stem.replace("-", "_")
    # No word of Python's own, and no name that the entries import.
    is_taken = keyword.iskeyword(snake) or snake in IMPORTS
    function = f"{snake}_" if is_taken else snake
    return {"name": name, "snake": snake, "function": function, "css": snake.replace("_", "-")}


def _check_owner(name: str) -> None:
    """Refuse a second function or template for a name, which would stop the site from starting."""
    owner = registry.registered().get(name.casefold())
    if owner:
        raise CommandError(
            f"Component {owner.name!r} is registered by {owner} already; nothing was written. "
            "Without --app, the site gets a template of its own for it."
        )


def _check_python(files: dict[Path, str]) -> None:
    """Refuse text that would stop the site from starting."""
    for path, text in files.items():
        if path.suffix == ".py":
            try:
                compile(text, path, "exec")
            except SyntaxError as error:
                raise CommandError(
                    f"{path} would not run ({error}); nothing was written."
                ) from error


def _site_files(names: dict[str, str]) -> dict[Path, str]:
    folders = Engine.get_default().dirs
    if not folders:
        raise CommandError("TEMPLATES names no folder in DIRS: give the site one, or say --app.")
    root = Path(getattr(settings, "BASE_DIR", Path.cwd()))
    return {
        Path(folders[0], "components", f"{names['name']}.html"): TEMPLATE.format_map(names),
        root / "tests" / f"test_{names['snake']}.py": TEST.format_map(names),
    }


def _app_files(label: str, names: dict[str, str]) -> dict[Path, str]:
    try:
        folder = Path(apps.get_app_config(label).path)
    except LookupError as error:
        raise CommandError(f"No app is installed as {label!r}; see INSTALLED_APPS.") from error
    entries = folder / "jss_components.py"
    before = _with_imports(entries) if entries.exists() else NEW_ENTRIES
    return {
        folder / "templates" / "components" / f"{names['name']}.html": TEMPLATE.format_map(names),
        folder / "tests" / f"test_{names['snake']}.py": TEST.format_map(names),
        entries: before + ENTRY.format_map(names),
    }


def _with_imports(file: Path) -> str:
    """The module as it stands, with what a new entry needs imported above its own imports."""
    source = file.read_text(encoding="utf-8")
    try:
        found = [node for node in ast.parse(source).body if isinstance(node, IMPORT)]
    except SyntaxError as error:
        raise CommandError(f"{file} does not run ({error}); nothing was written.") from error
    known = {alias.asname or alias.name for node in found for alias in node.names}
    missing = "".join(line for name, line in IMPORTS.items() if name not in known)
    lines = [f"{line}\n" for line in source.split("\n")]
    # Imports from the future stay first.
    others = [node for node in found if getattr(node, "module", "") != "__future__"]
    ends = [node.end_lineno or 0 for node in found]
    first = others[0].lineno - 1 if others else max(ends, default=len(lines))
    return "".join([*lines[:first], missing, *lines[first:]]).rstrip("\n") + "\n"
