"""From a file's placeholders to the Layout Service's: components, shared ones included."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jss_layout.sources.disconnected.documents import Definition
from jss_layout.sources.disconnected.errors import DANGLING, WRONG_SHAPE, ContentError
from jss_layout.sources.disconnected.ids import derived_id, guid, item_id
from jss_layout.sources.disconnected.items import Items, Spot
from jss_layout.sources.disconnected.shapes import mapping, scalar_text, sequence, text


@dataclass(frozen=True, slots=True)
class Components:
    """Expands the placeholders of one page."""

    items: Items

    def placeholders(self, value: Any, spot: Spot) -> dict[str, list[dict[str, Any]]]:
        """Placeholder name → its components; a declared one is there even if it is empty.

        Raises ``ContentError``.
        """
        return {
            name: [
                self._component(entry, spot.at(name, index))
                for index, entry in enumerate(sequence(entries, spot.at(name).place))
            ]
            for name, entries in mapping(value, spot.place).items()
        }

    def of_definition(self, definition: Definition, spot: Spot) -> dict[str, Any]:
        """Shared content as the component that it is where it stands. Raises ``ContentError``."""
        return self._component({"id": definition.id}, spot)

    def _component(self, value: Any, spot: Spot) -> dict[str, Any]:
        data = mapping(value, spot.place)
        if "componentName" in data:
            return self._own(data, spot)
        if "id" in data:
            return self._shared(data, spot)
        message = "a component has a componentName, or the id of a shared one"
        raise ContentError(WRONG_SHAPE, spot.place, message)

    def _own(self, data: Mapping[str, Any], spot: Spot) -> dict[str, Any]:
        declared = text(data.get("id"), spot.place.at("id"))
        site = self.items.scope.site
        source = item_id(site, declared) if declared else derived_id(site, "data", *spot.owner)
        return self._shape(data, spot, self._uid(data, spot), source)

    def _shared(self, reference: Mapping[str, Any], spot: Spot) -> dict[str, Any]:
        """The shared component; the reference's params and placeholders are laid over its own."""
        definition = self.items.shared(reference, spot)
        if spot.is_within(definition):
            message = f"'{definition.id}' contains itself"
            raise ContentError(DANGLING, spot.place.at("id"), message)
        copy = bool(reference.get("copy"))
        source = self.items.shared_id(definition, spot, copy=copy)
        inner = spot.within(definition, copy=copy)
        component = self._shape(definition.data, inner, self._uid(reference, spot), source)
        component["params"].update(_params(reference, spot))
        placeholders = self.placeholders(reference.get("placeholders"), spot.at("placeholders"))
        if placeholders:
            component.setdefault("placeholders", {}).update(placeholders)
        return component

    def _uid(self, data: Mapping[str, Any], spot: Spot) -> str:
        declared = text(data.get("uid"), spot.place.at("uid"))
        derived = derived_id(self.items.scope.site, "uid", *spot.position)
        return guid(declared) or declared or derived

    def _shape(self, data: Mapping[str, Any], spot: Spot, uid: str, source: str) -> dict[str, Any]:
        fields = data.get("fields")
        if not isinstance(fields, list):
            fields = self.items.fields(fields, spot.at("fields"))
        own_source = text(data.get("dataSource"), spot.place.at("dataSource"))
        component = {
            "uid": uid,
            "componentName": _name(data, spot),
            "dataSource": own_source or (f"{{{source.upper()}}}" if fields else ""),
            "params": _params(data, spot),
            "fields": fields,
        }
        if "placeholders" in data:
            component["placeholders"] = self.placeholders(
                data["placeholders"], spot.at("placeholders")
            )
        return component


def _name(data: Mapping[str, Any], spot: Spot) -> str:
    """``componentName``; shared content may give it as ``template``, as JSS has it."""
    key = "componentName" if "componentName" in data else "template"
    name = text(data.get(key), spot.place.at(key))
    if not name:
        raise ContentError(WRONG_SHAPE, spot.place, "a component needs a componentName")
    return name


def _params(data: Mapping[str, Any], spot: Spot) -> dict[str, str]:
    place = spot.place.at("params")
    named = mapping(data.get("params"), place).items()
    return {name: scalar_text(value, place.at(name)) for name, value in named}
