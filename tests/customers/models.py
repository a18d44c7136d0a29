from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models

from jss_tracking.models import Contact, TrackedEvent
from jss_tracking.models import Device as Browser


class Customer(models.Model):
    """Goes with the contact."""

    class Level(models.TextChoices):
        GOLD = "g", "Gold level"

    contact = models.OneToOneField(Contact, models.CASCADE, related_name="customer")
    name = models.CharField(max_length=100)
    level = models.CharField(max_length=1, choices=Level.choices, default=Level.GOLD)

    def __str__(self) -> str:
        return self.name


class OpenOrders(models.Manager["Order"]):
    def get_queryset(self) -> models.QuerySet["Order"]:
        return super().get_queryset().filter(is_closed=False)


class Order(models.Model):
    """Must not lose its contact, which has no name for it; closed ones are hidden."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="+")
    number = models.IntegerField()
    is_closed = models.BooleanField(default=False)
    objects = OpenOrders()

    def __str__(self) -> str:
        return f"Order {self.number}"


class Address(models.Model):
    """Goes with the customer."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses")

    class Meta:
        verbose_name_plural = "addresses"

    def __str__(self) -> str:
        return f"Address {self.pk}"


class Invoice(models.Model):
    """Must not lose its customer."""

    customer = models.ForeignKey(Customer, models.PROTECT, null=True)

    def __str__(self) -> str:
        return f"Invoice {self.pk}"


class Receipt(models.Model):
    """The database alone keeps it from losing its customer."""

    customer = models.ForeignKey(Customer, models.DO_NOTHING)

    def __str__(self) -> str:
        return f"Receipt {self.pk}"


class Box(models.Model):
    """Goes with the customer."""

    customer = models.ForeignKey(Customer, models.CASCADE)

    class Meta:
        verbose_name_plural = "boxes"

    def __str__(self) -> str:
        return f"Box {self.pk}"


class Parcel(models.Model):
    """Goes with the customer or with its box, and else keeps its address from going."""

    customer = models.ForeignKey(Customer, models.CASCADE, null=True)
    box = models.ForeignKey(Box, models.CASCADE, null=True)
    address = models.ForeignKey(Address, models.RESTRICT, null=True)

    def __str__(self) -> str:
        return f"Parcel {self.pk}"


class Label(models.Model):
    """Must not lose its parcel."""

    parcel = models.ForeignKey(Parcel, models.PROTECT)

    def __str__(self) -> str:
        return f"Label {self.pk}"


class Note(models.Model):
    """Goes with whatever it is of."""

    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.CharField(max_length=40)
    of = GenericForeignKey()

    def __str__(self) -> str:
        return f"Note {self.pk}"


class Member(models.Model):
    """Goes with the contact, and with the member who brought it."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    brought_by = models.ForeignKey("self", models.CASCADE, null=True)
    notes = GenericRelation(Note)

    def __str__(self) -> str:
        return f"Member {self.pk}"


class Fee(models.Model):
    """Must not lose its member."""

    member = models.ForeignKey(Member, models.PROTECT)

    def __str__(self) -> str:
        return f"Fee {self.pk}"


class Badge(models.Model):
    """Must not lose its member either, unless it goes itself."""

    member = models.ForeignKey(Member, models.RESTRICT)

    def __str__(self) -> str:
        return f"Badge {self.pk}"


class Human(models.Model):
    """Goes with the guest that it is."""

    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class Guest(Human):
    """Goes with the contact."""

    contact = models.ForeignKey(Contact, models.CASCADE)


class Card(models.Model):
    """Must not lose its human."""

    human = models.ForeignKey(Human, models.PROTECT)

    def __str__(self) -> str:
        return f"Card {self.pk}"


class Device(models.Model):
    """Goes with the contact, and is called as a browser of the tracker's is."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"Device {self.pk}"


class Pledge(models.Model):
    """Must not lose its browser."""

    browser = models.ForeignKey(Browser, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"Pledge {self.pk}"


class Proof(models.Model):
    """Must not lose its event."""

    event = models.ForeignKey(TrackedEvent, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"Proof {self.pk}"


class Reply(models.Model):
    """Goes with its event."""

    event = models.ForeignKey(TrackedEvent, models.CASCADE, related_name="+")

    class Meta:
        verbose_name_plural = "replies"

    def __str__(self) -> str:
        return f"Reply {self.pk}"
