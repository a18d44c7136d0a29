"""The API keys of the admin, known without a query a request, and when they were last used."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import Error, close_old_connections
from django.db.models import Q
from django.utils import timezone

from jss_layout.hosts import is_web_address, listed, web_address
from jss_layout.models import ApiKey
from jss_layout.reloaded import Reloaded

logger = logging.getLogger(__name__)

LAST_USED_TO_THE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class KeyDefinition:
    """An ``ApiKey`` row; ``sites`` are names of sites, none: all of them."""

    pk: int
    name: str
    key: str = field(repr=False)
    enabled: bool
    services: frozenset[str]
    sites: frozenset[str]
    origins: frozenset[str]
    last_used: datetime | None


def note_use(row: KeyDefinition) -> None:
    """The key has opened a service; ``write_last_used`` writes it down if an hour has passed."""
    if row.last_used is None or row.last_used < timezone.now() - LAST_USED_TO_THE:
        _used.add(row.pk)


def write_last_used(**_: object) -> None:
    """Note the hour in which keys were used.

    Receiver of ``request_finished``: the caller has its answer by then, so that it never
    waits for the database's write lock.
    """
    if not _used:
        return
    keys = set(_used)
    _used.difference_update(keys)
    now = timezone.now()
    stale = Q(last_used=None) | Q(last_used__lt=now - LAST_USED_TO_THE)
    try:
        ApiKey.objects.filter(stale, pk__in=keys).update(last_used=now)
    except Error as error:
        logger.warning("The last use of %d API keys is not noted: %s", len(keys), error)
    key_rows.forget()
    close_old_connections()


def _load() -> tuple[KeyDefinition, ...]:
    return tuple(map(_definition, ApiKey.objects.prefetch_related("sites").order_by("pk")))


def _definition(row: ApiKey) -> KeyDefinition:
    origins = (origin for origin in listed(row.cors_origins) if is_web_address(origin))
    return KeyDefinition(
        pk=row.pk,
        name=row.name,
        key=str(row.key),
        enabled=row.enabled,
        services=frozenset(row.services()),
        sites=frozenset(site.name for site in row.sites.all()),
        origins=frozenset(map(web_address, origins)),
        last_used=row.last_used,
    )


key_rows: Reloaded[tuple[KeyDefinition, ...]] = Reloaded(_load, ())
_used: set[int] = set()
