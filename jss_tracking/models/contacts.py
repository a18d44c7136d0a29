"""Who visits: contacts, their identifiers and their devices."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

SOURCE_LENGTH = 100
"""Longest name of a source of identifiers."""

IDENTIFIER_LENGTH = 400
"""Longest identifier of a contact."""


class ContactQuerySet(models.QuerySet["Contact"]):
    """Contacts."""

    def with_known(self) -> "ContactQuerySet":
        """Adds ``is_known``: whether an identifier says who the contact is."""
        identifiers = ContactIdentifier.objects.filter(
            contact=OuterRef("pk"), kind=ContactIdentifier.Kind.KNOWN
        )
        return self.annotate(is_known=Exists(identifiers))


class Contact(models.Model):
    """A person, known by an identifier or anonymous.

    ``last_seen`` is when the latest interaction began.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)
    last_seen = models.DateTimeField(default=timezone.now, db_index=True, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-last_seen"]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def known(self) -> bool:
        """Whether an identifier says who the contact is; else it is anonymous."""
        return self.identifiers.filter(kind=ContactIdentifier.Kind.KNOWN).exists()


class ContactIdentifier(models.Model):
    """By what name a source, such as a shop or a newsletter, calls the contact.

    Source and identifier are case-sensitive, as in Sitecore's experience database.
    """

    class Kind(models.TextChoices):
        """Whether the identifier says who the contact is."""

        ANONYMOUS = "anonymous"
        KNOWN = "known"

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="identifiers")
    source = models.CharField(max_length=SOURCE_LENGTH)
    identifier = models.CharField(max_length=IDENTIFIER_LENGTH)
    kind = models.CharField(max_length=16, choices=Kind.choices)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "identifier"], name="jss_tracking_identifier_of_source"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.identifier}"


class Device(models.Model):
    """A browser, known by the id in its analytics cookie.

    The id stands for the visitor: whoever has it may speak in the visitor's name. So it is
    shown ``masked``.
    """

    id = models.CharField(max_length=32, primary_key=True, editable=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="devices", editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)
    is_human = models.BooleanField(
        "human", default=False, editable=False, help_text="A person was seen to use it."
    )

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """Enough of the id to tell devices apart, too little to use it."""
        return f"{self.id[:4]}…{self.id[-4:]}"
