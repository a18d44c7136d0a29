"""Definitions that a site keeps in files: ``analytics/*.yml`` in ``JSS_DATA_DIR``.

::

    goals:
      - Brochure                       # alias alone
      - alias: Test drive
        guid: "{B9D3E6C1-5F07-4A7C-9E52-6D3E8A1F2B40}"
        points: 40
    campaigns:
      - alias: Spring
        channel: Email

They are loaded at each ``manage.py migrate``. What a file names is as the file says; what it
leaves out, and every other definition, is as it was.
"""

import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml
from django.apps import apps as installed_apps
from django.apps.registry import Apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, transaction

from jss_layout.conf import conf as layout_conf
from jss_tracking.models import Definition
from jss_tracking.models.definitions import ALIAS_LENGTH
from jss_tracking.values import parse_guid

FOLDER = "analytics"


class DefinitionFileError(Exception):
    """A file is not what it should be; the message names the file and the place."""


class _Entry(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    alias: str
    guid: str | None = None
    points: int | None = None
    channel: str | None = None
    show_in_profile: bool | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    events: list[_Entry | str] = []
    goals: list[_Entry | str] = []
    outcomes: list[_Entry | str] = []
    campaigns: list[_Entry | str] = []


def load_definitions(data_dir: Path) -> int:
    """Bring the database to what the folder's files say; how many definitions they name.

    All of them or none. Raises ``DefinitionFileError``.
    """
    files = {path: _read(path) for path in sorted((data_dir / FOLDER).glob("*.y*ml"))}
    count = 0
    with transaction.atomic():
        for path, file in files.items():
            for kind, entry in _entries(file):
                _save(path, kind, entry)
                count += 1
    return count


def after_migrate(using: str, apps: Apps = installed_apps, **_: Any) -> None:
    """Load the site's files, once the table is what this version needs.

    Raises ``CommandError`` for a file that is not what it should be.
    """
    try:
        apps.get_model("jss_tracking", "Definition")._meta.get_field("channel")
    except (LookupError, FieldDoesNotExist):
        return
    if using == DEFAULT_DB_ALIAS:
        try:
            load_definitions(Path(layout_conf.JSS_DATA_DIR))
        except DefinitionFileError as error:
            raise CommandError(str(error)) from error


def _read(path: Path) -> _File:
    try:
        return msgspec.convert(yaml.safe_load(path.read_text("utf-8")) or {}, _File)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise DefinitionFileError(f"{path}: {error}") from error


def _entries(file: _File) -> Iterable[tuple[str, _Entry]]:
    for kind in Definition.Kind.values:
        for entry in getattr(file, f"{kind}s"):
            named = _Entry(entry) if isinstance(entry, str) else entry
            named.alias = named.alias.strip()
            yield kind, named


def _save(path: Path, kind: str, entry: _Entry) -> None:
    if not (0 < len(entry.alias) <= ALIAS_LENGTH and entry.alias.isprintable()):
        raise DefinitionFileError(f"{path}: an alias has 1 to {ALIAS_LENGTH} printable characters.")
    guid = _guid(path, kind, entry)
    known = Definition.objects.filter(guid=guid).first()
    if known and known.kind != kind:
        raise DefinitionFileError(f"{path}: {entry.alias} has the GUID of the {known.kind} {known}")
    values = {"guid": guid, "kind": kind, "alias": entry.alias, **_given(entry)}
    try:
        Definition(**values).clean_fields()
    except ValidationError as error:
        reason = " ".join(f"{name}: {' '.join(why)}" for name, why in error.message_dict.items())
        raise DefinitionFileError(f"{path}: {entry.alias}: {reason}") from error
    Definition.objects.update_or_create(guid=guid, defaults=values)


def _guid(path: Path, kind: str, entry: _Entry) -> uuid.UUID:
    """The entry's own, else that of the definition of its name, else one made of the name."""
    named = Definition.objects.filter(kind=kind, alias__iexact=entry.alias).first()
    if entry.guid is None:
        return named.guid if named else uuid.uuid5(uuid.NAMESPACE_OID, f"{kind}:{entry.alias}")
    guid = parse_guid(entry.guid.strip())
    if guid is None:
        raise DefinitionFileError(f"{path}: {entry.alias}: {entry.guid!r:.80} is no GUID.")
    if named and named.guid != guid:
        message = f"{path}: the {kind} {entry.alias} has another GUID already: {named.guid}"
        raise DefinitionFileError(message)
    return guid


def _given(entry: _Entry) -> Mapping[str, Any]:
    values = msgspec.to_builtins(entry)
    return {key: values[key] for key in ("points", "channel", "show_in_profile") if key in values}
