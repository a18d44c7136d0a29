"""The system check of the content: every file, page and shared piece, in every language."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from jss_layout.conf import conf
from jss_layout.sources.disconnected.components import Components
from jss_layout.sources.disconnected.content import Content
from jss_layout.sources.disconnected.documents import Definition, Document
from jss_layout.sources.disconnected.errors import ContentError
from jss_layout.sources.disconnected.items import Items, Spot
from jss_layout.sources.disconnected.pages import build_page
from jss_layout.sources.disconnected.scope import Scope


@register
def check_content(**_: Any) -> list[CheckMessage]:
    """Ids ``jss_layout.E101`` to ``E105``, while layouts come from files."""
    if conf.JSS_MODE != "disconnected" or not conf.JSS_DATA_DIR.is_dir():
        return []
    return [
        Error(str(error), hint=error.hint, id=f"jss_layout.{error.code}")
        for error in content_errors()
    ]


def content_errors() -> list[ContentError]:
    """All that is wrong in ``JSS_DATA_DIR``, by file and line; each mistake once."""
    content = Content(conf.JSS_DATA_DIR)
    found = [*content.errors, *_page_errors(content), *_shared_errors(content)]
    unique = {str(error): error for error in found}
    return sorted(unique.values(), key=lambda error: (str(error.file), error.line or 0))


def _page_errors(content: Content) -> list[ContentError]:
    errors = []
    for page in content.pages.values():
        for document in page.languages.values():
            if isinstance(document, Document):
                try:
                    build_page(content, page, document, _scope(document.language.lower()))
                except ContentError as error:
                    errors.append(error)
    return errors


def _shared_errors(content: Content) -> list[ContentError]:
    errors = []
    for language, definition in content.shared_definitions():
        try:
            _expand(Items(content, _scope(language)), definition)
        except ContentError as error:
            errors.append(error)
    return errors


def _expand(items: Items, definition: Definition) -> None:
    spot = Spot(definition.place, (), ())
    items.fields(definition.data.get("fields"), spot.at("fields"))
    if "componentName" in definition.data:
        Components(items).of_definition(definition, spot)


def _scope(language: str) -> Scope:
    fallback = conf.DEFAULT_LANGUAGE.lower() if conf.JSS_LANGUAGE_FALLBACK else language
    return Scope(conf.SITECORE_SITE_NAME, language, tuple(dict.fromkeys((language, fallback))))
