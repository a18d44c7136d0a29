"""All content files of a folder, read once: pages, shared content by id, dictionaries."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jss_layout.sources.disconnected.documents import (
    Definition,
    Document,
    content_key,
    page_key,
)
from jss_layout.sources.disconnected.errors import AMBIGUOUS, MISSING_FOLDER, ContentError, Place
from jss_layout.sources.disconnected.files import FoundFile, read, scan
from jss_layout.sources.disconnected.ids import derived_id, guid, item_id
from jss_layout.sources.disconnected.shapes import text


@dataclass(slots=True)
class Page:
    """A page in all its languages. A language whose file is broken holds what is wrong."""

    path: str
    id: str = ""
    languages: dict[str, Document | ContentError] = field(default_factory=dict)

    def item_id(self, site: str) -> str:
        """The page item's GUID, the same in every language."""
        return item_id(site, self.id) if self.id else derived_id(site, "route", page_key(self.path))

    def document(self, languages: tuple[str, ...]) -> Document | ContentError | None:
        """The file of the first of the languages that has one."""
        found = (self.languages[name] for name in languages if name in self.languages)
        return next(found, None)

    def add(self, document: Document) -> None:
        """Take in one language. Raises ``ContentError`` if the page has it already."""
        language = document.language.lower()
        _refuse_second(document, language in self.languages)
        self._settle_id(document)
        self.languages[language] = document

    def _settle_id(self, document: Document) -> None:
        declared = text(document.data.get("id"), document.place.at("id"))
        if declared and self.id and content_key(declared) != content_key(self.id):
            message = f"the page has the id '{self.id}' in another language"
            raise ContentError(AMBIGUOUS, document.place.at("id"), message)
        self.id = self.id or declared


class Content:
    """What stood in a folder when it was read; never changes afterwards.

    Languages are compared in lower case; ``languages`` gives their spelling. ``errors``
    lists the files that are broken and the ids that are ambiguous; ``shared_errors`` those
    among them that belong to no single page.
    """

    def __init__(self, folder: Path, before: "Content | None" = None) -> None:
        """Read the folder; files that nobody touched since ``before`` are not read again."""
        self.folder = folder
        self.pages: dict[str, Page] = {}
        self.dictionaries: dict[str, dict[str, str] | ContentError] = {}
        self.languages: dict[str, str] = {}
        self.errors: list[ContentError] = []
        self.shared_errors: list[ContentError] = []
        self._definitions: dict[str, dict[str, Definition]] = defaultdict(dict)
        self._documents: dict[FoundFile, Document] = {}
        files, errors = scan(folder)
        if not folder.is_dir():
            errors.append(ContentError(MISSING_FOLDER, Place(folder), "is no folder"))
        self._fingerprint = _fingerprint(files, errors)
        for error in errors:
            self._note(error, shared=True)
        for file in files:
            self._add(file, before._documents if before else {})

    def is_current(self) -> bool:
        """Whether the folder still holds what was read; looks at every file's date and size."""
        return _fingerprint(*scan(self.folder)) == self._fingerprint

    def page(self, item: str, site: str) -> Page | None:
        """The page at a path, or of an item GUID in any form."""
        found = self.pages.get(page_key(item))
        if found is None and (wanted := guid(item)):
            pages = self.pages.values()
            return next((page for page in pages if page.item_id(site) == wanted), None)
        return found

    def definition(self, declared: str, languages: tuple[str, ...]) -> Definition | None:
        """What goes by that id in the first of the languages that has it."""
        key = content_key(declared)
        found = (self._definitions.get(language, {}).get(key) for language in languages)
        return next(filter(None, found), None)

    def shared_definitions(self) -> list[tuple[str, Definition]]:
        """Everything that has an id, each with its language."""
        return [
            (language, definition)
            for language, definitions in self._definitions.items()
            for definition in definitions.values()
        ]

    def _add(self, file: FoundFile, known: Mapping[FoundFile, Document]) -> None:
        section, *parts = file.path.relative_to(self.folder).parts[:-1]
        language = file.path.stem
        self.languages.setdefault(language.lower(), language)
        page = self._page(parts) if section == "routes" else None
        try:
            document = known.get(file) or _read(file, section, parts)
            self._documents[file] = document
            self._take_in(document, page)
        except ContentError as error:
            self._note(error, shared=section in ("component-content", "content"))
            broken = page.languages if page else self.dictionaries
            if section in ("routes", "dictionary"):
                broken[language.lower()] = error

    def _page(self, parts: list[str]) -> Page:
        path = "/" + "/".join(parts)
        return self.pages.setdefault(page_key(path), Page(path))

    def _take_in(self, document: Document, page: Page | None) -> None:
        language = document.language.lower()
        if document.section == "dictionary":
            _refuse_second(document, language in self.dictionaries)
            self.dictionaries[language] = document.phrases()
            return
        if page:
            page.add(document)
        for definition in document.definitions():
            self._define(definition, language)

    def _define(self, definition: Definition, language: str) -> None:
        known = self._definitions[language].setdefault(content_key(definition.id), definition)
        if known is not definition:
            message = f"the id '{definition.id}' is defined in {known.place.file} already"
            raise ContentError(AMBIGUOUS, definition.place.at("id"), message)

    def _note(self, error: ContentError, *, shared: bool) -> None:
        self.errors.append(error)
        if shared:
            self.shared_errors.append(error)


def _read(file: FoundFile, section: str, parts: list[str]) -> Document:
    data = read(file.path, as_text=section == "dictionary")
    return Document(file.path, section, tuple(parts), file.path.stem, data)


def _refuse_second(document: Document, taken: bool) -> None:
    if taken:
        message = "another file of this folder is in the same language"
        raise ContentError(AMBIGUOUS, document.place, message)


def _fingerprint(files: list[FoundFile], errors: list[ContentError]) -> object:
    """Changes when any file is added, removed or written."""
    return files, [str(error) for error in errors]
