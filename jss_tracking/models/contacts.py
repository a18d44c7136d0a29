"""Who visits: contacts, their identifiers and their devices."""

import uuid
from typing import Any, ClassVar, cast

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jss_tracking.models.needed import without_needed

SOURCE_LENGTH = 100
"""Longest name of a source of identifiers."""

IDENTIFIER_LENGTH = 400
"""Longest identifier of a contact."""


def masked_id(device: str) -> str:
    """Enough of a device's id to tell devices apart, too little to use it; ``""`` for none."""
    return f"{device[:4]}…{device[-4:]}" if device else ""


class ContactQuerySet(models.QuerySet["Contact"]):
    """Contacts."""

    def unused(self) -> "ContactQuerySet":
        """Those of which nothing is left, and which no other app protects."""
        unused = self.filter(
            devices__isnull=True, interactions__isnull=True, identifiers__isnull=True
        )
        return cast("ContactQuerySet", without_needed(unused))


class Contact(models.Model):
    """A person, known by an identifier or anonymous.

    ``last_seen`` is when the latest interaction began. ``is_known`` says that an identifier
    tells who the contact is; whatever saves such a one sets it. Optimization: so lists of
    known contacts, and of anonymous ones, have an index.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    last_seen = models.DateTimeField(
        _("last visit"), default=timezone.now, db_index=True, editable=False
    )
    is_known = models.BooleanField(_("known"), default=False, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering: ClassVar = ["-last_seen"]
        permissions: ClassVar = [("export_contact", "Can export contact")]
        indexes: ClassVar = [
            models.Index(fields=["is_known", "-last_seen", "-id"], name="jss_tracking_known"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class ContactIdentifier(models.Model):
    """By what name a source, such as a shop or a newsletter, calls the contact.

    Source and identifier are case-sensitive, as in Sitecore's experience database. People who
    look for one need not be: ``search_key`` is what their text is compared with.
    """

    class Kind(models.TextChoices):
        """Whether the identifier says who the contact is."""

        ANONYMOUS = "anonymous", _("Anonymous")
        KNOWN = "known", _("Known")

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="identifiers")
    source = models.CharField(_("source"), max_length=SOURCE_LENGTH)
    identifier = models.CharField(_("identifier"), max_length=IDENTIFIER_LENGTH)
    search_key = models.GeneratedField(
        expression=Lower("identifier"),
        output_field=models.CharField(max_length=IDENTIFIER_LENGTH),
        db_persist=True,
        db_index=True,
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)

    class Meta:
        verbose_name = _("contact identifier")
        verbose_name_plural = _("contact identifiers")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "identifier"], name="jss_tracking_identifier_of_source"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.identifier}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it; one that says who the contact is makes it known."""
        super().save(*args, **kwargs)
        if self.kind == self.Kind.KNOWN:
            self.contact.is_known = True
            self.contact.save(update_fields=["is_known"])


class Device(models.Model):
    """A browser, known by the id in its analytics cookie.

    The id stands for the visitor: whoever has it may speak in the visitor's name. So it is
    shown ``masked``.
    """

    id = models.CharField(max_length=32, primary_key=True, editable=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="devices", editable=False)
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    is_human = models.BooleanField(
        _("human"), default=False, editable=False, help_text=_("A person was seen to use it.")
    )

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """Enough of the id to tell devices apart, too little to use it."""
        return masked_id(self.id)
