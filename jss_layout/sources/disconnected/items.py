"""From a file's short forms to the Layout Service's shapes: fields and items.

Shapes: Sitecore's Layout Service and JSS's disconnected server. An item that is referred
to from within itself comes without fields, and so does one that is referred to by a page
that is itself referred to; otherwise pages that name each other would never end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jss_layout.sources.disconnected.content import Content
from jss_layout.sources.disconnected.documents import (
    VALUE_KEYS,
    Definition,
    content_key,
    is_reference,
)
from jss_layout.sources.disconnected.errors import (
    DANGLING,
    WRONG_SHAPE,
    ContentError,
    Key,
    Place,
)
from jss_layout.sources.disconnected.ids import derived_id, item_id
from jss_layout.sources.disconnected.scope import Scope
from jss_layout.sources.disconnected.shapes import mapping, text

MAX_REFERENCES = 5


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the expansion stands.

    ``place`` is in a file; ``position`` in the page, whence come the components' uids;
    ``owner`` in the content, whence come the ids of items, so that shared content has the
    same ones on every page; ``trail`` is the shared content that is being expanded.
    """

    place: Place
    position: tuple[Key, ...]
    owner: tuple[Key, ...]
    trail: tuple[Definition, ...] = ()

    def at(self, *keys: Key) -> "Spot":
        """The spot below this one."""
        return Spot(self.place.at(*keys), self.position + keys, self.owner + keys, self.trail)

    def within(self, definition: Definition, *, copy: bool) -> "Spot":
        """The top of shared content that stands here."""
        owner = self.owner if copy else ("id", content_key(definition.id))
        return Spot(definition.place, self.position, owner, (*self.trail, definition))

    def is_within(self, definition: Definition) -> bool:
        """Whether that content is being expanded here already."""
        return definition in self.trail


@dataclass(frozen=True, slots=True)
class Items:
    """Expands fields and items, for one site and in the first language that has them."""

    content: Content
    scope: Scope

    def fields(self, value: Any, spot: Spot) -> dict[str, Any]:
        """All fields of a component, an item or a page. Raises ``ContentError``."""
        named = mapping(value, spot.place).items()
        return {name: self._field(name, entry, spot.at(name)) for name, entry in named}

    def shared(self, value: Mapping[str, Any], spot: Spot) -> Definition:
        """What a reference refers to. Raises ``ContentError`` if there is no such content."""
        place = spot.place.at("id")
        declared = text(value["id"], place)
        definition = self.content.definition(declared, self.scope.languages)
        if definition is None:
            message = f"no content has the id '{declared}' in {' or '.join(self.scope.languages)}"
            raise ContentError(DANGLING, place, message)
        return definition

    def shared_id(self, definition: Definition, spot: Spot, *, copy: bool) -> str:
        """The GUID of shared content; a copy's own one."""
        if copy:
            return derived_id(self.scope.site, "copy", *spot.owner)
        return item_id(self.scope.site, definition.id)

    def _field(self, name: str, value: Any, spot: Spot) -> Any:
        if isinstance(value, list):
            return self._list(name, value, spot)
        if not isinstance(value, dict):
            return {"value": "" if value is None else value}
        if "value" in value and not {"src", "href"} & value.keys():
            return value
        return self._item(name, value, spot) if _is_item(value) else {"value": value}

    def _list(self, name: str, value: list[Any], spot: Spot) -> Any:
        items = [_is_item(entry) for entry in value]
        if not any(items):
            return {"value": value} if value else []
        if not all(items):
            message = "a content list holds items only: mappings with id, fields or template"
            raise ContentError(WRONG_SHAPE, spot.at(items.index(False)).place, message)
        return [
            self._item(f"{name}-{index + 1}", entry, spot.at(index))
            for index, entry in enumerate(value)
        ]

    def _item(self, name: str, value: Mapping[str, Any], spot: Spot) -> dict[str, Any]:
        if is_reference(value):
            return self._reference(value, spot)
        declared = text(value.get("id"), spot.place.at("id"))
        own_id = derived_id(self.scope.site, "item", *spot.owner)
        guid = item_id(self.scope.site, declared) if declared else own_id
        fields = self.fields(value.get("fields"), spot.at("fields"))
        return _item_shape(guid, "", name, value, spot, fields)

    def _reference(self, value: Mapping[str, Any], spot: Spot) -> dict[str, Any]:
        definition = self.shared(value, spot)
        copy = bool(value.get("copy"))
        guid = self.shared_id(definition, spot, copy=copy)
        inner = spot.within(definition, copy=copy)
        data = definition.data
        ends = spot.is_within(definition) or _is_far(spot.trail)
        fields = {} if ends else self.fields(data.get("fields"), inner.at("fields"))
        url = definition.address and self.scope.page_url(definition.address)
        return _item_shape(guid, url, definition.name, data, inner, fields)


def _is_far(trail: tuple[Definition, ...]) -> bool:
    return len(trail) >= MAX_REFERENCES or any(definition.address for definition in trail)


def _item_shape(
    guid: str,
    url: str,
    name: str,
    data: Mapping[str, Any],
    spot: Spot,
    fields: dict[str, Any],
) -> dict[str, Any]:
    name = text(data.get("name"), spot.place.at("name")) or name
    return {
        "id": guid,
        "url": url or text(data.get("url"), spot.place.at("url")),
        "name": name,
        "displayName": text(data.get("displayName"), spot.place.at("displayName")) or name,
        "fields": fields,
    }


def _is_item(value: Any) -> bool:
    if not isinstance(value, dict) or any(key in value for key in VALUE_KEYS):
        return False
    return "fields" in value or "template" in value or is_reference(value)
