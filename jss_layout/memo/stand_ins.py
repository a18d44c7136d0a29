"""What a component's template sees in place of the route and of Sitecore's context.

A stand-in notes what is read of it, and gives up where it can't tell what that is.
"""

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any

from jss_layout.layout import Context, Layout, Route
from jss_layout.memo.recording import (
    MISSING,
    Recorder,
    context_attribute,
    context_item,
    lacked_field,
    route_attribute,
    route_field,
)


class Seen:
    """The layout as components see it: with stand-ins, or as it is where nobody records."""

    def __init__(self, layout: Layout, recorder: Recorder | None) -> None:
        route = layout.route
        self.context: Any = layout.context
        self.route: Any = route
        self.route_fields: Mapping[str, Any] = route.fields if route else {}
        if recorder:
            self.context = RecordedContext(recorder, layout.context)
            self.route = RecordedRoute(recorder, route) if route else None
            self.route_fields = RecordedFallback(recorder, self.route_fields)


class _StandIn:
    """Stands for a part of the layout. What it does not know how to note, it gives up on."""

    def __init__(self, recorder: Recorder, subject: Context | Route) -> None:
        self._recorder = recorder
        self._subject = subject

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """That of the subject, for ``isinstance``."""
        return type(self._subject)

    def _whole(self) -> Context | Route:
        self._recorder.give_up()
        return self._subject

    def __repr__(self) -> str:
        return repr(self._whole())

    def __eq__(self, other: object) -> bool:
        return self._whole() == (other._subject if type(other) is type(self) else other)

    def __hash__(self) -> int:
        return hash(self._whole())


class RecordedContext(_StandIn):
    """Stands for Sitecore's context."""

    def __getitem__(self, key: str) -> Any:
        value = self._recorder.note((context_item, key), context_item(self._recorder.layout, key))
        if value is MISSING:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        noted = self._recorder.note((context_item, key), context_item(self._recorder.layout, key))
        return noted is not MISSING

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._subject, name)
        if name == "data":
            # All of it is another one on each page, for it holds the time.
            self._recorder.give_up()
            return value
        return self._recorder.note((context_attribute, name), value)


class RecordedRoute(_StandIn):
    """Stands for the page item."""

    def __init__(self, recorder: Recorder, route: Route) -> None:
        super().__init__(recorder, route)
        self._fields = RecordedFields(recorder, route.fields)

    @property
    def fields(self) -> Mapping[str, Any]:
        """Its fields by their exact names."""
        if not len(dict.keys(self._fields)):
            # Python asks an empty dict for nothing more.
            self._fields.keys()
        return self._fields

    def __getattr__(self, name: str) -> Any:
        return self._recorder.note((route_attribute, name), getattr(self._subject, name))


class RecordedFields(dict[str, Any]):
    """Stands for the route's fields: notes one by its name, or all of them."""

    def __init__(self, recorder: Recorder, fields: Mapping[str, Any]) -> None:
        super().__init__(fields)
        self._recorder = recorder
        self._fields = fields

    def _whole(self) -> dict[str, Any]:
        """All fields, noted."""
        return dict(self._recorder.note((route_attribute, "fields"), self._fields))

    def __contains__(self, name: object) -> bool:
        value = route_field(self._recorder.layout, name)
        return self._recorder.note((route_field, name), value) is not MISSING

    def __getitem__(self, name: str) -> Any:
        return self._fields[name] if name in self else super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """The field of that name, else the default."""
        return self._fields[name] if name in self else default

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def __repr__(self) -> str:
        return repr(self._whole())

    def __eq__(self, other: object) -> bool:
        return self._whole() == other

    def __ne__(self, other: object) -> bool:
        return self._whole() != other

    __hash__ = None

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        """All names."""
        return self._whole().keys()

    def values(self) -> ValuesView[Any]:  # type: ignore[override]
        """All fields."""
        return self._whole().values()

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
        """All names and fields."""
        return self._whole().items()

    def copy(self) -> dict[str, Any]:
        """All fields, in a dict of its own."""
        return self._whole()

    def __or__(self, other: Any) -> Any:
        return self._whole() | other

    def __ror__(self, other: Any) -> Any:
        return other | self._whole()

    def pop(self, *args: Any) -> Any:
        """As that of a dict; what has changed can't be noted."""
        self._recorder.give_up()
        return super().pop(*args)

    def popitem(self) -> tuple[str, Any]:
        """As that of a dict; what has changed can't be noted."""
        self._recorder.give_up()
        return super().popitem()


class RecordedFallback(Mapping[str, Any]):
    """Stands for the route's fields where a component lacks one: by name, in any case."""

    def __init__(self, recorder: Recorder, fields: Mapping[str, Any]) -> None:
        self._recorder = recorder
        self._fields = fields

    def __contains__(self, name: object) -> bool:
        layout = self._recorder.layout
        return self._recorder.note((lacked_field, name), lacked_field(layout, name)) is not MISSING

    def __getitem__(self, name: str) -> Any:
        if name in self:
            return lacked_field(self._recorder.layout, name)
        raise KeyError(name)

    # Who goes through the names has asked for one of them, and that is noted.
    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)
