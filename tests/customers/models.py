from django.db import models

from jss_tracking.models import Contact


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


class Parcel(models.Model):
    """Goes with the customer, and else keeps its address from going."""

    customer = models.ForeignKey(Customer, models.CASCADE, null=True)
    address = models.ForeignKey(Address, models.RESTRICT)

    def __str__(self) -> str:
        return f"Parcel {self.pk}"
