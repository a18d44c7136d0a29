"""Looks up definitions of events, goals, outcomes and campaigns, without a query each."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction

from jss_layout.reloaded import Reloaded
from jss_tracking.conf import conf
from jss_tracking.exceptions import TrackerUnavailable, UnknownDefinition
from jss_tracking.models import Definition
from jss_tracking.models.definitions import ALIAS_LENGTH
from jss_tracking.values import parse_guid, storable


@dataclass(frozen=True, slots=True)
class _Known:
    """All definitions, by kind and what they are called by."""

    by_guid: Mapping[tuple[str, UUID], Definition]
    by_alias: Mapping[tuple[str, str], Definition]

    def find(self, kind: str, reference: str) -> Definition | None:
        guid = parse_guid(reference)
        by_name = self.by_alias.get((kind, reference.casefold()))
        return by_name if guid is None else self.by_guid.get((kind, guid), by_name)


def find_definition(kind: str, reference: str) -> Definition:
    """The definition of that kind by that GUID, in any form, or alias, in any case.

    What it returns is shared between requests: read it, never change it. A change in the
    admin counts at once in this process and within ``SITE_REFRESH_SECONDS`` in others.

    An unknown one is made if ``TRACKING_CREATE_DEFINITIONS`` is on, else it raises
    ``UnknownDefinition``. Raises ``TrackerUnavailable`` while no definition could be read yet.
    """
    name = reference.strip()
    definition = _known().find(kind, name)
    if definition is not None:
        return definition
    if conf.TRACKING_CREATE_DEFINITIONS and 0 < len(name) <= ALIAS_LENGTH:
        return _create(kind, storable("id", name, ALIAS_LENGTH))
    raise UnknownDefinition(kind, reference[:ALIAS_LENGTH])


def is_defined(kind: str, reference: str) -> bool:
    """Whether a definition of that kind goes by that GUID or alias; makes none.

    Raises ``TrackerUnavailable`` as ``find_definition`` does.
    """
    return _known().find(kind, reference.strip()) is not None


def _known() -> _Known:
    """All definitions; none of them must pass for unknown because the database is away."""
    known = definition_rows.get()
    if known is None:
        definition_rows.forget()
        raise TrackerUnavailable("The tracker's database does not tell its definitions.")
    return known


def _create(kind: str, name: str) -> Definition:
    """A definition without points, for somebody to look at in the admin."""
    guid = parse_guid(name)
    try:
        with transaction.atomic():
            if guid is None:
                found = Definition.objects.filter(kind=kind, alias__iexact=name).first()
                return found or Definition.objects.create(kind=kind, alias=name)
            return Definition.objects.get_or_create(
                guid=guid, kind=kind, defaults={"alias": str(guid)}
            )[0]
    except IntegrityError:  # of another kind, or another request made it first
        raise UnknownDefinition(kind, name) from None


def _load() -> _Known:
    definitions = list(Definition.objects.all())
    return _Known(
        by_guid={(each.kind, each.guid): each for each in definitions},
        by_alias={(each.kind, each.alias.casefold()): each for each in definitions},
    )


definition_rows: Reloaded[_Known | None] = Reloaded(_load, empty=None)

definition_rows.watch(Definition)
