"""``manage.py list_components``: which components there are, and which are missing."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.template import Engine, TemplateSyntaxError
from msgspec import Raw

from jss_layout.components import is_hidden, registry
from jss_layout.conf import conf
from jss_layout.exceptions import LayoutServiceError
from jss_layout.layout import Element, InvalidLayout, Placeholders, Rendering, parse_element
from jss_layout.request import LayoutRequest
from jss_layout.sites import environment_site
from jss_layout.sources import layout_source
from jss_layout.sources.disconnected.content import Content

HEAD = ("name", "template", "of", "function")


class Row(NamedTuple):
    """One component: its name, its template, the app or folder of that, its function."""

    name: str
    template: str
    owner: str
    function: str


class Command(BaseCommand):
    """Prints the components that templates and apps define, then the names without one."""

    help = "Lists components: name, template, app, function; and names in layouts without one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The pages to look through."""
        parser.add_argument(
            "paths",
            nargs="*",
            metavar="PATH",
            help="pages to look through, such as / /about; else all of a disconnected site",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Print both lists."""
        rows = [HEAD, *sorted(_rows(), key=lambda row: row.name.casefold())]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        for row in rows:
            line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
            self.stdout.write(line.rstrip())
        for name, pages in sorted(_unknown(options["paths"] or _all_paths()).items()):
            self.stdout.write(f"{name} has no component; it stands on {', '.join(pages)}")


def _rows() -> Iterator[Row]:
    registered = (found.name for found in registry.registered().values())
    for name in {name.casefold(): name for name in (*registered, *_named_by_templates())}.values():
        yield _row(name, name)
    for pattern, found in registry.fallbacks().items():
        yield Row(pattern, found.template or "", "", str((found.function and found) or ""))


def _row(name: str, shown: str) -> Row:
    try:
        component = registry.resolve(name)
    except TemplateSyntaxError as error:
        return Row(shown, f"has a mistake: {error}", "", "")
    template, data = component.template, component.data
    function = str(data) if data.function else ""
    if template is None:
        return Row(shown, f"missing: {', '.join(component.tried)}", "", function)
    return Row(shown, str(template.name), _owner(template.origin.name), function)


def _owner(file: str) -> str:
    """The app that a template belongs to; the site's own stand in a folder of ``DIRS``."""
    owners = [app for app in apps.get_app_configs() if Path(file).is_relative_to(app.path)]
    return max(owners, key=lambda app: len(app.path)).name if owners else "the site"


def _named_by_templates() -> Iterator[str]:
    """The names of ``components/*.html``, where the loaders look; variants are no names."""
    for folder in _folders(Engine.get_default().template_loaders):
        for file in sorted(Path(folder, "components").glob("*.html")):
            yield file.stem


def _folders(loaders: Iterable[Any]) -> Iterator[str]:
    for loader in loaders:
        yield from _folders(getattr(loader, "loaders", ()))
        if hasattr(loader, "get_dirs"):
            yield from map(str, loader.get_dirs())


def _all_paths() -> list[str]:
    if conf.JSS_MODE != "disconnected":
        return []
    return sorted(f"/{path}" for path in Content(conf.JSS_DATA_DIR).pages)


def _unknown(paths: list[str]) -> dict[str, list[str]]:
    """The names without a template, each with the pages that it stands on."""
    unknown: dict[str, list[str]] = {}
    for path in paths:
        for name, variant in _placed(path):
            if not is_hidden(name) and not _has_template(name, variant):
                pages = unknown.setdefault(name, [])
                pages += [path] if path not in pages else []
    return unknown


def _has_template(name: str, variant: str) -> bool:
    try:
        return registry.resolve(name, variant).template is not None
    except TemplateSyntaxError:
        return True  # the list of components says so


def _placed(path: str) -> set[tuple[str, str]]:
    """Names and variants of all components on a page, in the site's default language."""
    site = environment_site()
    request = LayoutRequest(path, site, site.default_language, tracking=False)
    try:
        route = layout_source().fetch(request).layout.route
    except LayoutServiceError as error:
        raise CommandError(f"{path} could not be read: {error}") from error
    if route is None:
        raise CommandError(f"There is no page {path}.")
    return {(it.component_name, it.variant) for it in _renderings(route.placeholders)}


def _renderings(placeholders: Placeholders) -> Iterator[Rendering]:
    for name in placeholders:
        for raw in placeholders[name]:
            element = _parsed(raw)
            if isinstance(element, Rendering):
                yield element
                yield from _renderings(element.placeholders)


def _parsed(raw: Raw) -> Rendering | Element | None:
    """The entry; None for one that is no rendering, and a box of its own on the page."""
    try:
        return parse_element(raw)
    except InvalidLayout:
        return None
