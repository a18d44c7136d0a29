"""``manage.py create_marketing_role``: a group that may look at visits, and do nothing else."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand

NAME = "Marketing"
VIEWED = (
    "contact",
    "contactidentifier",
    "dailyfigure",
    "definition",
    "device",
    "interaction",
    "liveevent",
    "trackedevent",
)


class Command(BaseCommand):
    """Makes the group, or gives it the permissions that it lacks."""

    help = "Create the group Marketing, which may look at the Experience Profile."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Say what the group may do."""
        group, _ = Group.objects.get_or_create(name=NAME)
        names = [f"view_{model}" for model in VIEWED]
        permissions = Permission.objects.filter(
            content_type__app_label="jss_tracking", codename__in=names
        )
        group.permissions.add(*permissions)
        self.stdout.write(f"The group {NAME} may {', '.join(names)}.")
