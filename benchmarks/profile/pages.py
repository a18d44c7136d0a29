"""Time each page in this process's database: ``python -m benchmarks.profile.pages``."""

import os
import statistics
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jss_site.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402  # after setup
from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from jss_tracking.models import (  # noqa: E402
    Contact,
    ContactIdentifier,
    Definition,
    Device,
    Interaction,
    TrackedEvent,
)
from tests.tracking.profile.plans import whole_tables_read  # noqa: E402

TIMES = 7


def pages() -> Iterator[tuple[str, str]]:
    """Each page's name and address."""

    def address(model: str, action: str = "changelist", *args: Any, **query: Any) -> str:
        path = reverse(f"admin:jss_tracking_{model}_{action}", args=args)
        return f"{path}?{urlencode(query)}" if query else path

    goals = Definition.objects.filter(kind="goal")
    goal = max(goals, key=lambda each: TrackedEvent.objects.filter(definition=each).count())
    campaign = Definition.objects.get(alias="Spring newsletter")
    name = ContactIdentifier.objects.order_by("pk")[0].identifier
    busiest: Any = Contact.objects.annotate(visits=Count("interactions")).latest("visits")
    visit = Interaction.objects.order_by("-next_sequence")[0]
    yield "contacts", address("contact")
    yield "contacts, page 20", address("contact", p=20)
    yield "contacts, known", address("contact", known="yes")
    yield "contacts, anonymous", address("contact", known="no")
    yield "contacts, identifier that begins so", address("contact", q=name[:4])
    yield "contacts, whole identifier", address("contact", q=name)
    yield "contacts, device", address("contact", q=Device.objects.all()[0].pk)
    yield "contacts, most reached goal", address("contact", goal=goal.pk)
    yield "contacts, largest campaign", address("contact", campaign=campaign.pk)
    both: Any = {"goal": goal.pk, "campaign": campaign.pk}
    yield "contacts, that goal and that campaign", address("contact", **both)
    yield f"a contact of {busiest.visits} visits", address("contact", "change", busiest.pk)
    yield "what erasing it says", address("contact", "delete", busiest.pk)
    for days in (7, 30, 90, 365):
        yield f"overview of {days} days", address("dailyfigure", days=days)
    yield "live", address("liveevent")
    yield "live, what the script asks", address("liveevent", "latest")
    yield "live, one visit", address("liveevent", visit=visit.pk)
    yield "interactions", address("interaction")
    yield "interactions, a contact's name", address("interaction", q=name)
    yield (
        f"an interaction of {visit.next_sequence} events",
        address("interaction", "change", visit.pk),
    )


def main() -> None:
    """Print the table's lines."""
    User.objects.filter(username="benchmark").delete()
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.create_superuser("benchmark"))
    for name, address in pages():
        client.get(address)
        seconds = [_timed(client, address) for _ in range(TIMES)]
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        read = {table for query in queries for table in whole_tables_read(query["sql"])}
        print(
            f"| {name} | {1000 * statistics.median(seconds):.0f} | {1000 * max(seconds):.0f} "
            f"| {len(queries)} | {', '.join(sorted(read)) or 'none'} |",
            flush=True,
        )


def _timed(client: Client, address: str) -> float:
    started = time.perf_counter()
    response = client.get(address)
    assert response.status_code == 200, f"{address}: {response.status_code}"
    return time.perf_counter() - started


main()
