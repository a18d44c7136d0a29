"""A page as the Layout Service's JSON, and what its page view triggers."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec

from jss_layout.sources.disconnected.components import Components
from jss_layout.sources.disconnected.content import Content, Page
from jss_layout.sources.disconnected.documents import Document
from jss_layout.sources.disconnected.errors import WRONG_SHAPE, ContentError
from jss_layout.sources.disconnected.items import Items, Spot
from jss_layout.sources.disconnected.scope import Scope
from jss_layout.sources.disconnected.shapes import mapping, text, texts

# JSS's disconnected server says so where only Sitecore knows.
UNKNOWN = "available-in-connected-mode"


@dataclass(frozen=True, slots=True)
class BuiltPage:
    """A page's JSON and its ``analytics``: ``goals`` and ``events`` (tuples), ``campaign``."""

    body: bytes
    analytics: Mapping[str, Any]


def build_page(content: Content, page: Page, document: Document, scope: Scope) -> BuiltPage:
    """The page as the document of one language has it. Raises ``ContentError``."""
    route = _route(Items(content, scope), page, document)
    context = {**_context(scope.site, scope.language), "itemPath": page.path}
    return BuiltPage(_json(context, route), _analytics(document))


def not_found(site: str, language: str) -> bytes:
    """The JSON of an item that does not exist."""
    return _json(_context(site, language), None)


def add_to_context(body: bytes, values: Mapping[str, Any]) -> bytes:
    """A page's JSON with these values in its context; the route is not read."""
    parts = msgspec.json.decode(body, type=dict[str, dict[str, msgspec.Raw]])["sitecore"]
    context = {**msgspec.json.decode(parts["context"]), **values}
    return msgspec.json.encode({"sitecore": {**parts, "context": context}})


def _json(context: Mapping[str, Any], route: Mapping[str, Any] | None) -> bytes:
    return msgspec.json.encode({"sitecore": {"context": context, "route": route}})


def _context(site: str, language: str) -> dict[str, Any]:
    return {
        "pageEditing": False,
        "site": {"name": site},
        "pageState": "normal",
        "language": language,
    }


def _route(items: Items, page: Page, document: Document) -> dict[str, Any]:
    data, place = document.data, document.place
    item_id = page.item_id(items.scope.site)
    spot = Spot(place, (item_id,), (item_id,))
    name = text(data.get("name"), place.at("name")) or document.name
    return {
        "name": name,
        "displayName": text(data.get("displayName"), place.at("displayName")) or name,
        "databaseName": UNKNOWN,
        "deviceId": UNKNOWN,
        "itemId": item_id,
        "itemLanguage": document.language,
        "itemVersion": 1,
        "layoutId": UNKNOWN,
        "templateId": UNKNOWN,
        "templateName": text(data.get("template"), place.at("template")) or UNKNOWN,
        "fields": items.fields(data.get("fields"), spot.at("fields")),
        "placeholders": Components(items).placeholders(
            data.get("placeholders"), spot.at("placeholders")
        ),
    }


def _analytics(document: Document) -> Mapping[str, Any]:
    place = document.place.at("analytics")
    declared = mapping(document.data.get("analytics"), place)
    if unknown := declared.keys() - {"goals", "events", "campaign"}:
        message = f"knows goals, events and campaign, not {', '.join(sorted(unknown))}"
        raise ContentError(WRONG_SHAPE, place, message)
    triggered: dict[str, Any] = {
        "goals": texts(declared.get("goals"), place.at("goals")),
        "events": texts(declared.get("events"), place.at("events")),
        "campaign": text(declared.get("campaign"), place.at("campaign")),
    }
    return MappingProxyType({key: value for key, value in triggered.items() if value})
