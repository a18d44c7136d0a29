"""The API keys of the admin, known without a query a request, and when they were last used."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

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


class KeyRows(tuple[KeyDefinition, ...]):
    """All rows, in order. Optimization: they last some seconds, and each page looks for one."""

    @cached_property
    def by_digest(self) -> Mapping[bytes, KeyDefinition]:
        """The rows by ``digest`` of their keys; of several with the same, the first."""
        return {digest(row.key): row for row in reversed(self)}

    @cached_property
    def origins(self) -> frozenset[str]:
        """All that an enabled key lists."""
        return frozenset(origin for row in self if row.enabled for origin in row.origins)

    @cached_property
    def page_keys(self) -> Mapping[str, str]:
        """The key that a site's own pages send to the tracker, by the site's name.

        By ``""`` that of sites that no row names. Of several, the first.
        """
        usable = [row for row in self if row.enabled and row.key and "tracking" in row.services]
        return {name: row.key for row in reversed(usable) for name in (row.sites or ("",))}


def plain(key: str) -> str:
    """The form in which all spellings of a GUID are equal: 32 digits, lower case."""
    return key.strip().strip("{}").replace("-", "").lower()


def digest(key: str) -> bytes:
    """What a key is looked up by: how long a look takes tells nothing of a key that is near."""
    return hashlib.sha256(plain(key).encode()).digest()


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


def _load() -> KeyRows:
    return KeyRows(map(_definition, ApiKey.objects.prefetch_related("sites").order_by("pk")))


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


# None until the database has once told of its rows.
key_rows: Reloaded[KeyRows | None] = Reloaded(_load, None)
_used: set[int] = set()
