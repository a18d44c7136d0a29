"""No page reads a large table from end to end: each of its queries has an index."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jss_tracking.admin import (
    ContactAdmin,
    InteractionAdmin,
    contact_filters,
    contact_search,
    latest,
)
from jss_tracking.admin.found_list import InFew
from jss_tracking.models import Contact, Definition, Device, Interaction, TrackedEvent
from tests.tracking.browser import Browser, page
from tests.tracking.profile.plans import whole_tables_read

pytestmark = pytest.mark.django_db

Address = Callable[[], str]


def path(model: str, action: str = "changelist", *args: Any, query: str = "") -> str:
    return f"{reverse(f'admin:jss_tracking_{model}_{action}', args=args)}?{query}"


ADDRESSES: dict[str, Address] = {
    "contacts": lambda: path("contact"),
    "known contacts": lambda: path("contact", query="known=yes"),
    "anonymous contacts": lambda: path("contact", query="known=no"),
    "contacts by name": lambda: path("contact", query="q=ann"),
    "contacts by device": lambda: path("contact", query=f"q={Device.objects.all()[0].pk}"),
    "contacts by what is an id and an identifier": lambda: path(
        "contact", query=f"q={guid_name()}"
    ),
    "contacts by goal": lambda: path("contact", query=f"goal={guid('Login')}"),
    "contacts by campaign": lambda: path("contact", query=f"campaign={guid('Sample Campaign')}"),
    "contacts by both": lambda: path(
        "contact", query=f"goal={guid('Login')}&campaign={guid('Sample Campaign')}"
    ),
    "known contacts by goal": lambda: path("contact", query=f"known=yes&goal={guid('Login')}"),
    "contacts by name and goal": lambda: path("contact", query=f"q=ann&goal={guid('Login')}"),
    "a contact": lambda: path("contact", "change", Contact.objects.all()[0].pk),
    "erasing": lambda: path("contact", "delete", Contact.objects.all()[0].pk),
    "overview": lambda: path("dailyfigure"),
    "live": lambda: path("liveevent"),
    "live, latest": lambda: path("liveevent", "latest"),
    "live, one visit": lambda: path("liveevent", query=f"visit={Interaction.objects.all()[0].pk}"),
    "live, by how an id begins": lambda: path(
        "liveevent", query=f"visit={str(Interaction.objects.all()[0].pk)[:8]}"
    ),
    "live, mine": lambda: path("liveevent", query="mine"),
    "interactions": lambda: path("interaction"),
    "interactions by name": lambda: path("interaction", query="q=ann"),
    "interactions by id": lambda: path("interaction", query=f"q={Contact.objects.all()[0].pk}"),
    "interactions by what is an id and an identifier": lambda: path(
        "interaction", query=f"q={guid_name()}"
    ),
    "an interaction": lambda: path("interaction", "change", Interaction.objects.all()[0].pk),
}


def guid(alias: str) -> Any:
    return Definition.objects.get(alias=alias).pk


def guid_name() -> Any:
    """The id of a contact by which another one is known."""
    first, second = Contact.objects.order_by("pk")[:2]
    second.identifiers.get_or_create(source="crm", identifier=str(first.pk), kind="known")
    return first.pk


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few of everything, so that lists have pages."""
    if connection.vendor != "sqlite":
        pytest.skip("A server that may choose reads such small tables whole.")
    for admin in (ContactAdmin, InteractionAdmin):
        monkeypatch.setattr(admin, "list_per_page", 1)
    for number in range(3):
        browser = Browser()
        browser.track(page(f"/{number}"), {"goalId": "Login"}, {"campaignId": "Sample Campaign"})
        tracker = browser.request()
        with tracker.batch():
            tracker.identify_as("shop", f"ann{number}@example.com")


def read_whole(client: Client, name: str) -> list[tuple[str, set[str]]]:
    """The queries of a page that read large tables whole, and which."""
    address = ADDRESSES[name]()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    read = [(query["sql"], whole_tables_read(query["sql"])) for query in queries]
    return [(sql, tables) for sql, tables in read if tables]


@pytest.mark.parametrize("name", ADDRESSES)
def test_no_page_reads_a_whole_table(visits: None, admin_client: Client, name: str) -> None:
    assert read_whole(admin_client, name) == []


@pytest.mark.postgres
def test_no_page_reads_a_whole_table_of_a_server_that_may_choose(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("TEST_DATABASE_URL names no PostgreSQL server")
    # As small a part of these few visits as the limits are of a million events.
    monkeypatch.setattr(contact_filters, "TIMES", 40)
    monkeypatch.setattr(contact_filters, "TIMES_AMONG_OTHERS", 200)
    monkeypatch.setattr(contact_search, "NAMES", 8)
    monkeypatch.setattr(latest, "MOST", 40)
    for admin in (ContactAdmin, InteractionAdmin):
        monkeypatch.setattr(admin, "list_per_page", 2)
    call_command("generate_visits", contacts=4000, events=40_000, verbosity=0)
    for name in ADDRESSES:
        assert [(name, sql, tables) for sql, tables in read_whole(admin_client, name)] == []


def test_many_keys_are_looked_up_each_by_itself() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("A server that may choose reads such small tables whole.")
    Contact.objects.bulk_create(Contact() for _ in range(2000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    found = Contact.objects.filter(InFew(F("pk"), {uuid4() for _ in range(900)}))
    rows = found.order_by("-last_seen", "-pk").values_list("pk", flat=True)[:1000]
    assert "SEARCH jss_tracking_contact" in rows.explain()


def test_a_query_that_reads_a_whole_table_is_found(visits: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        list(TrackedEvent.objects.filter(url__contains="1"))
        list(Contact.objects.filter(pk__in=Interaction.objects.filter(site="x").values("contact")))
        list(Interaction.objects.filter(site="x").order_by("started"))
        list(Contact.objects.order_by("last_seen")[:1])
    found = [whole_tables_read(query["sql"]) for query in queries]
    event, interaction = "jss_tracking_trackedevent", "jss_tracking_interaction"
    assert found == [{event}, {interaction}, {interaction}, set()]
