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


class Note(models.Model):
    """Goes with the contact, which has no name for it."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    text = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.text


class OpenComplaints(models.Manager["Complaint"]):
    def get_queryset(self) -> models.QuerySet["Complaint"]:
        return super().get_queryset().filter(is_closed=False)


class Complaint(models.Model):
    """Must not lose its contact, which has no name for it; closed ones are hidden."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="+")
    is_closed = models.BooleanField(default=False)
    objects = OpenComplaints()

    def __str__(self) -> str:
        return f"Complaint {self.pk}"


class Order(models.Model):
    """Must not lose its contact."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="orders")
    number = models.IntegerField()

    def __str__(self) -> str:
        return f"Order {self.number}"
