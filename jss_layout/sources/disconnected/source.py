"""The layout source that reads files; one object, shared by all threads."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any, Self

from django.conf import settings

from jss_layout.conf import conf
from jss_layout.exceptions import InvalidResponse
from jss_layout.layout import parse_layout
from jss_layout.request import LayoutRequest, LayoutResponse
from jss_layout.sites import SiteDefinition
from jss_layout.sources import LayoutSource
from jss_layout.sources.disconnected.content import Content, Page
from jss_layout.sources.disconnected.documents import Document
from jss_layout.sources.disconnected.errors import ContentError
from jss_layout.sources.disconnected.pages import (
    BuiltPage,
    add_to_context,
    build_page,
    not_found,
)
from jss_layout.sources.disconnected.scope import Scope

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServedLayout(LayoutResponse):
    """A layout with the JSON that it was read from."""

    body: bytes = field(default=b"", repr=False)

    def with_context(self, values: Mapping[str, Any]) -> Self:
        """The same answer with these values in Sitecore's context, its JSON too."""
        # Without the class: super() with no arguments does not know a dataclass of slots.
        answer = LayoutResponse.with_context(self, values)
        return replace(answer, body=add_to_context(self.body, values))


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The content of a folder, and the pages built from it so far."""

    content: Content
    pages: dict[tuple[str, Scope], BuiltPage | ContentError] = field(default_factory=dict)


class DisconnectedSource(LayoutSource):
    """Serves ``JSS_DATA_DIR``: read once, and in DEBUG again when a file has changed.

    A broken file costs its own page only. In DEBUG a broken shared file shows on every
    page, so that nobody overlooks it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._loaded: _Loaded | None = None

    def fetch(self, request: LayoutRequest) -> ServedLayout:
        """The page, in its language or, where that falls back, in the default one.

        Raises ``InvalidResponse`` if its file is broken, naming file and line.
        """
        loaded, site = self._load(), request.site
        content = loaded.content
        if content.shared_errors and (settings.DEBUG or not content.pages):
            raise InvalidResponse(str(content.shared_errors[0]))
        scope = _scope(content, site, request.language)
        if scope is None:
            return _not_found(site, site.default_language)
        page = content.page(request.item, site.name)
        document = page.document(scope.languages) if page else None
        if page is None or document is None:
            return _not_found(site, scope.language)
        built = self._built(loaded, page, document, scope)
        return ServedLayout(parse_layout(built.body), analytics=built.analytics, body=built.body)

    def fetch_dictionary(self, request: LayoutRequest) -> dict[str, str]:
        """The phrases, those that the language lacks from the one that it falls back to.

        In DEBUG raises ``InvalidResponse`` if a file is broken; otherwise it is passed over.
        """
        content = self._load().content
        scope = _scope(content, request.site, request.language)
        phrases: dict[str, str] = {}
        for language in reversed(scope.languages if scope else ()):
            found = content.dictionaries.get(language, {})
            if not isinstance(found, ContentError):
                phrases.update(found)
            elif settings.DEBUG:
                raise InvalidResponse(str(found))
        return phrases

    def knows_language(self, site: SiteDefinition, language: str) -> bool:
        """Whether the site's list or any file has that language, in any case."""
        return _scope(self._load().content, site, language) is not None

    def _load(self) -> _Loaded:
        """The content as it stands; another ``JSS_DATA_DIR`` counts as a change of it."""
        folder, loaded = conf.JSS_DATA_DIR, self._loaded
        if loaded and loaded.content.folder == folder and not settings.DEBUG:
            return loaded
        with self._lock:
            return self._reload(folder)

    def _reload(self, folder: Path) -> _Loaded:
        before = self._loaded.content if self._loaded else None
        same = before if before and before.folder == folder else None
        if self._loaded and same and (not settings.DEBUG or same.is_current()):
            return self._loaded
        content = Content(folder, same)
        for error in content.errors:
            logger.error("Content is broken: %s", error)
        self._loaded = _Loaded(content)
        return self._loaded

    def _built(
        self, loaded: _Loaded, page: Page, document: Document | ContentError, scope: Scope
    ) -> BuiltPage:
        """The page's JSON, built when it is first asked for."""
        built: BuiltPage | ContentError | None
        if isinstance(document, ContentError):
            built = document
        elif (built := loaded.pages.get((page.path, scope))) is None:
            with self._lock:
                built = _build(loaded, page, document, scope)
        if isinstance(built, ContentError):
            raise InvalidResponse(str(built))
        return built


def _build(
    loaded: _Loaded, page: Page, document: Document, scope: Scope
) -> BuiltPage | ContentError:
    key = (page.path, scope)
    if key not in loaded.pages:
        try:
            loaded.pages[key] = build_page(loaded.content, page, document, scope)
        except ContentError as error:
            logger.error("Content is broken: %s", error)
            loaded.pages[key] = error
    return loaded.pages[key]


def _scope(content: Content, site: SiteDefinition, language: str) -> Scope | None:
    """What the language stands for in this site; None if nobody knows it."""
    wanted = (language or site.default_language).lower()
    in_site = (site.default_language, *site.languages)
    known = {**content.languages, **{name.lower(): name for name in in_site}}
    if wanted not in known:
        return None
    languages = [wanted]
    if conf.JSS_LANGUAGE_FALLBACK and wanted != site.default_language.lower():
        languages.append(site.default_language.lower())
    prefix = "" if wanted == site.default_language.lower() else f"/{known[wanted]}"
    return Scope(site.name, known[wanted], tuple(languages), prefix)


def _not_found(site: SiteDefinition, language: str) -> ServedLayout:
    body = not_found(site.name, language)
    return ServedLayout(parse_layout(body), 404, body=body)
