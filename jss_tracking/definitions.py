"""Looks up definitions of events, goals, outcomes and campaigns, without a query each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from jss_layout.reloaded import Reloaded
from jss_tracking.exceptions import UnknownDefinition
from jss_tracking.models import Definition
from jss_tracking.values import parse_guid


@dataclass(frozen=True, slots=True)
class _Known:
    """All definitions, by kind and what they are called by."""

    by_guid: Mapping[tuple[str, UUID], Definition] = field(default_factory=dict)
    by_alias: Mapping[tuple[str, str], Definition] = field(default_factory=dict)

    def find(self, kind: str, reference: str) -> Definition | None:
        guid = parse_guid(reference)
        by_name = self.by_alias.get((kind, reference.casefold()))
        return by_name if guid is None else self.by_guid.get((kind, guid), by_name)


def find_definition(kind: str, reference: str) -> Definition:
    """The definition of that kind by that GUID, in any form, or alias, in any case.

    What it returns is shared between requests: read it, never change it. A change in the
    admin counts at once in this process and within ``SITE_REFRESH_SECONDS`` in others.

    Raises ``UnknownDefinition``.
    """
    definition = definition_rows.get().find(kind, reference.strip())
    if definition is None:
        raise UnknownDefinition(kind, reference[:200])
    return definition


def _load() -> _Known:
    definitions = list(Definition.objects.all())
    return _Known(
        by_guid={(each.kind, each.guid): each for each in definitions},
        by_alias={(each.kind, each.alias.casefold()): each for each in definitions},
    )


definition_rows = Reloaded(_load, empty=_Known())

definition_rows.watch(Definition)
