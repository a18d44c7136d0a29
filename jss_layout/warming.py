"""What a process of the server does before its first request, so that no visitor waits for it.

Else each thread of those that come first compiles the same templates for itself, all at once.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.template import Engine
from django.template.loaders import filesystem

from jss_layout.components import registry

logger = logging.getLogger(__name__)


def compile_templates() -> None:
    """Compile the site's own templates and those of components, for Django's loader to keep.

    One that fails is passed over: it fails again, and is told, where it is used. In DEBUG no
    template is kept, so none is compiled.
    """
    if settings.DEBUG:
        return
    try:
        engine = Engine.get_default()
    except ImproperlyConfigured:  # a project without Django's templates
        return
    for name in sorted(set(_names(engine))):
        try:
            engine.get_template(name)
        except Exception:  # whatever a tag raises
            logger.warning("The template %s can't be compiled", name, exc_info=True)


def _names(engine: Engine) -> Iterator[str]:
    for folder in map(Path, engine.dirs):
        yield from _within(folder, "**/*.html")
    for folder in _folders(engine):
        yield from _within(folder, "components/**/*.html")
    for registration in (registry.registered() | registry.fallbacks()).values():
        if registration.template:
            yield registration.template


def _folders(engine: Engine) -> Iterator[Path]:
    """Where the engine's loaders look, those of apps too."""
    for loader in engine.template_loaders:
        for one in getattr(loader, "loaders", [loader]):  # which Django's cache has within it
            if isinstance(one, filesystem.Loader):
                yield from map(Path, one.get_dirs())


def _within(folder: Path, pattern: str) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in folder.glob(pattern))
