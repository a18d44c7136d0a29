"""The pages of the Experience Profile: what they show, to whom, and what they let go."""

import csv
import json
import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any, ClassVar

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from jss_tracking.admin import ContactAdmin, contact_filters, contact_search, latest
from jss_tracking.admin.going import Going
from jss_tracking.models import (
    Contact,
    DailyFigure,
    Definition,
    Device,
    Interaction,
    LiveEvent,
    Refusal,
    TrackedEvent,
)
from tests.customers import models as others
from tests.customers.models import Address, Customer, Invoice, Order, Parcel
from tests.tracking.browser import Browser, page
from tests.tracking.profile.conftest import Clock

pytestmark = pytest.mark.django_db

Get = Callable[..., str]
OVERVIEW = reverse("admin:jss_tracking_dailyfigure_changelist")
CONTACTS = reverse("admin:jss_tracking_contact_changelist")
VISITS = reverse("admin:jss_tracking_interaction_changelist")
GUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


def called(name: str) -> Contact:
    return Contact.objects.get(identifiers__identifier=name)


def of(contact: Contact, action: str) -> str:
    return reverse(f"admin:jss_tracking_contact_{action}", args=[contact.pk])


@pytest.fixture
def get(admin_client: Client) -> Get:
    """The words of a page of the admin."""

    def get(address: str, **query: Any) -> str:
        response = admin_client.get(address, query)
        assert response.status_code == 200
        main = response.content.decode().partition('id="content-start"')[2]
        return " ".join(re.sub(r"<[^>]+>", " ", main).split())

    return get


@pytest.fixture
def ann(clock: Clock) -> Contact:
    """A known contact of two visits, beside an anonymous one."""
    Browser().track(page("/anonymous"), {"goalId": "Register"})
    other = Contact.objects.get()
    browser = Browser(referrer="https://search.example/", host="www.example.com")
    browser.track(page("/first"), {"goalId": "Login"})
    clock.wait(seconds=75)
    browser.track(page("/second"), {"eventId": "Search", "text": "tide"})
    browser.flush()
    clock.wait(days=1)
    browser.visitor["referrer"] = ""
    outcome = {"outcomeId": "Opportunity", "monetaryValue": "1250.5", "currencyCode": "EUR"}
    browser.track(page("/third"), outcome, {"campaignId": "Sample Campaign"})
    contact = Contact.objects.exclude(pk=other.pk).get()
    contact.identifiers.create(source="shop", identifier="Ann@example.com", kind="known")
    return contact


class TestContacts:
    def test_known_ones_go_by_their_names_and_others_by_their_ids(
        self, get: Get, ann: Contact
    ) -> None:
        other = Contact.objects.exclude(pk=ann.pk).get()
        text = get(CONTACTS)
        assert re.search(r"Ann@example.com .* 2 5 Anonymous ", text)
        assert f"Anonymous {str(other.pk)[:8]}" in text

    def test_anonymous_ones_are_left_out_where_the_setting_says_so(
        self, get: Get, ann: Contact, settings: Any
    ) -> None:
        settings.TRACKING_SHOW_ANONYMOUS_CONTACTS = False
        assert "1 contact" in get(CONTACTS)
        assert "By known" not in get(CONTACTS)
        other = Contact.objects.exclude(pk=ann.pk).get()
        assert "0 contacts" in get(CONTACTS, q=str(other.pk))

    @pytest.mark.parametrize(
        ("query", "count"),
        [("ann@", 1), ("ANN@EXAMPLE.COM", 1), ("example", 0), ("an%", 0), ("", 2), (" ann ", 1)],
    )
    def test_an_identifier_is_found_by_how_it_begins(
        self, get: Get, ann: Contact, query: str, count: int
    ) -> None:
        assert f" {count} contact" in get(CONTACTS, q=query)

    @pytest.mark.parametrize("query", [GUID, f" {GUID.upper()}", GUID[:13]])
    def test_an_identifier_that_is_a_guid_is_found_whole(
        self, get: Get, ann: Contact, query: str
    ) -> None:
        assert " 0 contacts " in get(CONTACTS, q=query)
        ann.identifiers.create(source="crm", identifier=GUID, kind="known")
        assert " 1 contact " in get(CONTACTS, q=query)
        assert " 2 interactions " in get(VISITS, q=query)

    @pytest.mark.parametrize(
        ("alias", "count"), [("Login", 1), ("Register", 1), ("Instant Demo", 0)]
    )
    def test_they_are_filtered_by_a_goal(
        self, get: Get, ann: Contact, alias: str, count: int
    ) -> None:
        goal = Definition.objects.get(alias=alias)
        assert f" {count} contact" in get(CONTACTS, goal=goal.pk)

    def test_they_are_filtered_by_a_campaign(self, get: Get, ann: Contact) -> None:
        campaign = Definition.objects.get(alias="Sample Campaign")
        assert "Ann@example.com" in get(CONTACTS, campaign=campaign.pk)

    def test_a_goal_and_a_campaign_leave_those_whom_both_find(self, get: Get, ann: Contact) -> None:
        campaign = Definition.objects.get(alias="Sample Campaign")
        login, register = (Definition.objects.get(alias=name) for name in ("Login", "Register"))
        assert " 1 contact " in get(CONTACTS, campaign=campaign.pk, goal=login.pk)
        assert " 0 contacts " in get(CONTACTS, campaign=campaign.pk, goal=register.pk)

    def test_a_filter_by_what_there_is_not_shows_all(self, get: Get, ann: Contact) -> None:
        assert " 2 contacts" in get(CONTACTS, goal="nonsense")

    @pytest.mark.parametrize("model", ["contact", "interaction"])
    def test_nobody_makes_a_list_count_what_each_filter_holds(
        self, admin_client: Client, ann: Contact, model: str
    ) -> None:
        address = reverse(f"admin:jss_tracking_{model}_changelist")
        found = admin_client.get(address, {"_facets": "True"})
        assert found.context["cl"].add_facets is False
        assert "Show counts" not in found.content.decode()

    def test_a_long_list_ends_and_says_so(
        self, get: Get, ann: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(latest, "MOST", 2)
        monkeypatch.setattr(ContactAdmin, "list_per_page", 1)
        Browser().track(page("/third"))
        text = get(CONTACTS)
        assert "The list ends after 2 lines." in text
        assert "3 contacts" not in text

    def test_a_goal_alone_is_followed_back_a_while_and_the_list_says_so(
        self, get: Get, ann: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(contact_filters, "TIMES", 1)
        goal = Definition.objects.get(alias="Login").pk
        assert "Looked at are" not in get(CONTACTS, goal=goal)
        Browser().track(page(), {"goalId": "Login"})
        text = get(CONTACTS, goal=goal)
        assert " 1 contact " in text
        assert "Looked at are the latest 1 times that the goal was reached." in text
        assert "Ann@example.com" in get(CONTACTS, goal=goal, q="ann")

    def test_a_search_looks_at_the_first_names_and_says_so(
        self, get: Get, ann: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(contact_search, "NAMES", 1)
        assert "names begin so" not in get(CONTACTS, q="ann")
        other = Contact.objects.exclude(pk=ann.pk).get()
        other.identifiers.create(source="shop", identifier="anna@example.com", kind="known")
        text = get(CONTACTS, q="ann")
        assert "More than 1 names begin so" in text
        assert "Ann@example.com" in text
        assert "anna@example.com" not in text

    def test_the_second_page_goes_on_where_the_first_ends(self, get: Get, clock: Clock) -> None:
        for number in range(52):
            clock.wait(minutes=1)
            Browser().track(page(f"/{number}"))
        ids = [str(pk)[:8] for pk in Contact.objects.values_list("pk", flat=True)]
        first, second = get(CONTACTS), get(CONTACTS, p=2)
        assert [each for each in ids if each in first] == ids[:50]
        assert [each for each in ids if each in second] == ids[50:]


class TestContact:
    def test_it_tells_who_it_is_and_what_it_was_worth(self, get: Get, ann: Contact) -> None:
        text = get(of(ann, "change"))
        for words in (
            "Visits 2 ",
            "Engagement value 5 ",
            "Goals reached 1 ",
            "Outcomes' worth 1,250.50 EUR",
            "03/18/2026 Referral",
            "03/19/2026 Direct",
            "shop Ann@example.com Known",
        ):
            assert words in text

    def test_its_visits_stand_in_a_time_line_the_latest_first(self, get: Get, ann: Contact) -> None:
        line = get(of(ann, "change")).partition("Time line")[2]
        words = ["/third", "Opportunity", "1,250.50 EUR", "Not over yet", "/first"]
        words += ["Login", "+5", "/second", "Search", "text: tide", "Flushed"]
        places = [line.index(word) for word in words]
        assert places == sorted(places)
        assert "/first 1 min 15 s Goal Login" in line

    def test_latest_events_are_those_that_want_to_be_shown(self, get: Get, ann: Contact) -> None:
        Definition.objects.filter(alias="Login").update(show_in_profile=False)
        events = get(of(ann, "change")).partition("Latest events")[2].partition("Time line")[0]
        assert "Opportunity" in events
        assert "Login" not in events

    def test_a_long_time_line_has_pages(self, get: Get, clock: Clock) -> None:
        browser = Browser()
        for number in range(22):
            browser.track(page(f"/visit-{number}-"))
            browser.flush()
            clock.wait(hours=1)
        contact = Contact.objects.get()
        assert "/visit-21-" in get(of(contact, "change"))
        second = get(of(contact, "change"), p="2")
        assert "Page 2 of 2" in second
        assert "/visit-0-" in second
        assert "/visit-21-" not in second

    def test_a_page_of_the_time_line_that_there_is_not_is_the_last(
        self, get: Get, ann: Contact
    ) -> None:
        assert "/first" in get(of(ann, "change"), p="9")

    def test_of_a_long_visit_the_rest_is_a_click_away(self, get: Get, clock: Clock) -> None:
        Browser().track(*(page(f"/page-{number}-") for number in range(105)))
        text = get(of(Contact.objects.get(), "change"))
        assert "/page-99-" in text
        assert "/page-100-" not in text
        assert "5 more events" in text

    def test_what_happened_before_any_page_is_shown(self, get: Get, clock: Clock) -> None:
        Browser().track({"goalId": "Login"}, page("/later"))
        line = get(of(Contact.objects.get(), "change")).partition("Time line")[2]
        assert line.index("Login") < line.index("/later")

    def test_what_a_visitor_sent_is_escaped(self, admin_client: Client, clock: Clock) -> None:
        hostile = "<script>alert(1)</script>"
        Browser(referrer=f"https://x.example/{hostile}").track(
            page(f"/{hostile}"), {"eventId": "Search", hostile: hostile}
        )
        contact = Contact.objects.get()
        contact.identifiers.create(source=hostile, identifier=hostile, kind="known")
        for address in (CONTACTS, of(contact, "change"), OVERVIEW):
            assert "alert(1)</script>" not in admin_client.get(address).content.decode()

    def test_of_many_devices_the_newest_are_shown_and_the_others_counted(
        self, get: Get, ann: Contact, clock: Clock
    ) -> None:
        assert "older" not in get(of(ann, "change"))
        for number in range(22):
            clock.wait(minutes=1)
            ann.devices.create(id=f"{number:04}{'0' * 28}", created=clock.now)
        text = get(of(ann, "change")).partition("Devices")[2].partition("Latest events")[0]
        shown = re.findall(r"(\d{4})…0000", text)
        assert shown == [f"{number:04}" for number in reversed(range(2, 22))]
        assert "and 3 older" in text

    def test_facets_are_what_other_apps_keep_of_it(self, get: Get, ann: Contact) -> None:
        Customer.objects.create(contact=ann, name="Ann Berg")
        text = get(of(ann, "change"))
        assert "Customer Name Ann Berg Level Gold level" in text

    def test_what_it_has_no_name_for_is_a_facet_too(self, get: Get, ann: Contact) -> None:
        Order.objects.create(contact=ann, number=7)
        assert "Order Number 7" in get(of(ann, "change"))

    def test_one_that_is_erased_is_not_found(self, admin_client: Client, ann: Contact) -> None:
        address = of(ann, "change")
        ann.delete()
        assert admin_client.get(address).status_code == 404


class TestOverview:
    def test_it_shows_the_numbers_of_the_latest_thirty_days(self, get: Get, ann: Contact) -> None:
        text = get(OVERVIEW)
        for words in ("Visits 3 ", "Engagement value 30 ", "Goals reached 2 ", "1,251 EUR"):
            assert words in text
        assert "Sample Campaign 1 0" in text

    @pytest.mark.parametrize(("days", "rows"), [("7", 7), ("90", 90), ("13", 30), ("x", 30)])
    def test_a_period_is_picked_by_its_length(
        self, admin_client: Client, clock: Clock, days: str, rows: int
    ) -> None:
        found = admin_client.get(OVERVIEW, {"days": days}).context["overview"]
        assert len(found.days) == rows

    def test_a_period_is_picked_by_its_days(self, admin_client: Client, clock: Clock) -> None:
        query = {"first": "2026-02-01", "last": "2026-02-28"}
        period = admin_client.get(OVERVIEW, query).context["overview"].period
        assert [str(period.first), str(period.last)] == ["2026-02-01", "2026-02-28"]

    @pytest.mark.parametrize(
        ("first", "last", "error"),
        [
            ("2026-03-02", "2026-03-01", "The period ends before it begins."),
            ("2020-01-01", "2026-01-01", "A period has at most two years."),
            ("yesterday", "2026-03-01", "Enter a valid date."),
            ("", "2026-03-01", "This field is required."),
            (
                "0001-01-01",
                "0001-01-02",
                "Ensure this value is greater than or equal to 2000-01-01.",
            ),
            (
                "1999-12-31",
                "2000-01-02",
                "Ensure this value is greater than or equal to 2000-01-01.",
            ),
            ("9999-12-30", "9999-12-31", "Ensure this value is less than or equal to 2999-12-31."),
        ],
    )
    def test_a_period_that_is_none_is_said_to_be(
        self, get: Get, clock: Clock, first: str, last: str, error: str
    ) -> None:
        assert error in get(OVERVIEW, first=first, last=last)

    def test_a_period_before_anything_was_kept_is_empty(self, get: Get, ann: Contact) -> None:
        text = get(OVERVIEW, first="2025-01-01", last="2025-01-31")
        assert "Visits 0 " in text
        assert "None in this period." in text

    def test_every_chart_has_its_table(self, admin_client: Client, ann: Contact) -> None:
        html = admin_client.get(OVERVIEW).content.decode()
        cards = html.split("data-chart=")[1:]
        drawn = [card for card in cards if "<canvas" in card]
        assert len(drawn) == 8
        for card in drawn:
            assert 'role="img" aria-label="' in card
            assert re.search(r'<td data-value="\d+">', card)

    def test_a_ranking_has_ten_lines_and_counts_the_others(self, get: Get, clock: Clock) -> None:
        Browser().track(*(page(f"/page-{number:02}") for number in range(13)))
        text = get(OVERVIEW).partition("Top pages")[2].partition("Entry pages")[0]
        assert text.count("/page-") == 10
        assert "and 3 more" in text

    def test_it_costs_few_queries(
        self, get: Get, ann: Contact, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        get(OVERVIEW)
        with django_assert_max_num_queries(22):
            get(OVERVIEW)


class TestPermissions:
    PAGES: ClassVar[dict[str, Callable[[], str]]] = {
        "view_contact": lambda: CONTACTS,
        "view_dailyfigure": lambda: OVERVIEW,
        "view_liveevent": lambda: reverse("admin:jss_tracking_liveevent_changelist"),
        "view_interaction": lambda: reverse("admin:jss_tracking_interaction_changelist"),
    }

    @pytest.fixture
    def viewer(self, client: Client) -> User:
        viewer = User.objects.create_user("viewer", is_staff=True)
        client.force_login(viewer)
        return viewer

    @pytest.mark.parametrize("permission", PAGES)
    def test_each_page_needs_its_own(self, client: Client, viewer: User, permission: str) -> None:
        others = Permission.objects.filter(codename__in={*self.PAGES} - {permission})
        viewer.user_permissions.set(others)
        address = self.PAGES[permission]()
        assert client.get(address).status_code == 403
        viewer.user_permissions.add(Permission.objects.get(codename=permission))
        assert client.get(address).status_code == 200

    def test_a_contact_needs_the_permission_too(
        self, client: Client, viewer: User, ann: Contact
    ) -> None:
        assert client.get(of(ann, "change")).status_code == 403

    def test_nobody_sees_anything_without_being_staff(self, client: Client, ann: Contact) -> None:
        for address in (*(each() for each in self.PAGES.values()), of(ann, "change")):
            assert client.get(address).status_code == 302

    def test_who_may_see_visits_alone_sees_no_names(
        self, client: Client, viewer: User, ann: Contact
    ) -> None:
        visit = ann.interactions.all()[0]
        address = reverse("admin:jss_tracking_interaction_change", args=[visit.pk])
        viewer.user_permissions.add(Permission.objects.get(codename="view_interaction"))
        assert "Ann@example.com" not in client.get(address).content.decode()
        viewer.user_permissions.add(Permission.objects.get(codename="view_contact"))
        assert "Ann@example.com" in client.get(address).content.decode()

    def test_who_may_see_visits_alone_finds_nobody_by_name(
        self, client: Client, viewer: User, ann: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(contact_search, "NAMES", 0)
        address = self.PAGES["view_interaction"]()
        viewer.user_permissions.add(Permission.objects.get(codename="view_interaction"))
        html = client.get(address, {"q": "ann@example.com"}).content.decode()
        assert "0 interactions" in html
        assert "names begin so" not in html
        assert "How an identifier begins" not in html
        assert "2 interactions" in client.get(address, {"q": str(ann.pk)}).content.decode()

    def test_to_take_away_needs_to_view_as_well(
        self, client: Client, viewer: User, ann: Contact
    ) -> None:
        viewer.user_permissions.add(Permission.objects.get(codename="export_contact"))
        assert client.post(of(ann, "export"), {"format": "json"}).status_code == 403
        viewer.user_permissions.add(Permission.objects.get(codename="view_contact"))
        assert client.post(of(ann, "export"), {"format": "json"}).status_code == 200

    def test_a_visit_needs_the_permission_too(
        self, client: Client, viewer: User, ann: Contact
    ) -> None:
        address = reverse(
            "admin:jss_tracking_interaction_change", args=[ann.interactions.all()[0].pk]
        )
        assert client.get(address).status_code == 403

    def test_to_view_is_not_to_take_away(self, client: Client, viewer: User, ann: Contact) -> None:
        viewer.user_permissions.add(Permission.objects.get(codename="view_contact"))
        text = client.get(of(ann, "change")).content.decode()
        assert "Export as" not in text
        assert "Erase" not in text
        assert client.post(of(ann, "export"), {"format": "json"}).status_code == 403
        assert client.get(of(ann, "delete")).status_code == 403
        assert "Export as" not in client.get(CONTACTS).content.decode()

    def test_the_marketing_role_may_look_and_nothing_else(
        self, client: Client, viewer: User, ann: Contact
    ) -> None:
        call_command("create_marketing_role", verbosity=0)
        call_command("create_marketing_role", verbosity=0)
        viewer.groups.add(Group.objects.get(name="Marketing"))
        for address in (*(each() for each in self.PAGES.values()), of(ann, "change")):
            assert client.get(address).status_code == 200
        assert client.post(of(ann, "export"), {"format": "csv"}).status_code == 403
        assert client.get(of(ann, "delete")).status_code == 403

    def test_a_facet_needs_the_permission_of_its_app(
        self, client: Client, viewer: User, ann: Contact
    ) -> None:
        Customer.objects.create(contact=ann, name="Ann Berg")
        viewer.user_permissions.add(Permission.objects.get(codename="view_contact"))
        assert "Ann Berg" not in client.get(of(ann, "change")).content.decode()

    @pytest.mark.parametrize("model", [DailyFigure, LiveEvent])
    def test_what_is_shown_is_never_added_or_changed(
        self, admin_client: Client, model: Any
    ) -> None:
        name = model._meta.model_name
        address = reverse(f"admin:jss_tracking_{name}_add")
        assert admin_client.get(address).status_code == 403

    @pytest.mark.parametrize("name", ["dailyfigure", "liveevent"])
    def test_what_has_no_page_of_its_own_leads_to_all_of_them(
        self, admin_client: Client, name: str
    ) -> None:
        response = admin_client.get(reverse(f"admin:jss_tracking_{name}_change", args=["1"]))
        assert response.headers["Location"] == reverse(f"admin:jss_tracking_{name}_changelist")


class TestExport:
    def test_json_holds_all_that_is_kept(self, admin_client: Client, ann: Contact) -> None:
        response = admin_client.post(of(ann, "export"), {"format": "json"})
        assert response["Content-Disposition"] == 'attachment; filename="contacts.json"'
        assert "no-store" in response["Cache-Control"]
        (found,) = json.loads(response.content)["contacts"]
        assert len(found["interactions"]) == 2

    def test_json_holds_why_events_of_its_devices_were_refused(
        self, admin_client: Client, ann: Contact, clock: Clock
    ) -> None:
        mine = ann.devices.get().masked
        told = {"code": "unknown_goal", "reference": "Nope", "message": "None is called so."}
        for device in (mine, "0123…cdef", ""):
            Refusal.objects.create(refused=clock.now, site="jss", device=device, **told)
        response = admin_client.post(of(ann, "export"), {"format": "json"})
        assert json.loads(response.content)["contacts"][0]["refusals"] == [
            {"refused": clock.now.isoformat(), **told, "site": "jss", "device": mine}
        ]

    def test_csv_has_a_line_an_event(self, admin_client: Client, ann: Contact) -> None:
        response = admin_client.post(of(ann, "export"), {"format": "csv"})
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(StringIO(response.content.decode("utf-8-sig"))))
        assert [row["name"] for row in rows] == [
            "/first",
            "Login",
            "/second",
            "Search",
            "/third",
            "Opportunity",
            "Sample Campaign",
        ]
        assert rows[0]["seconds"] == "75.0"
        assert (rows[5]["monetary_value"], rows[5]["page"]) == ("1250.5000", "/third")

    def test_a_line_of_the_csv_tells_of_the_event_and_of_its_visit(
        self, admin_client: Client, ann: Contact
    ) -> None:
        response = admin_client.post(of(ann, "export"), {"format": "csv"})
        rows = list(csv.DictReader(StringIO(response.content.decode("utf-8-sig"))))
        assert [row["referrer"] for row in rows[3:5]] == ["https://search.example/", ""]
        assert [row["end_reason"] for row in rows[3:5]] == ["flushed", ""]
        assert json.loads(rows[3]["data"]) == {"text": "tide"}

    def test_a_line_of_the_csv_tells_whose_it_is(self, admin_client: Client, ann: Contact) -> None:
        ann.identifiers.create(source="=crm", identifier="7", kind="known")
        ids = [str(pk) for pk in Contact.objects.values_list("pk", flat=True)]
        data = {"action": "export_csv", "_selected_action": ids}
        response = admin_client.post(CONTACTS, data)
        rows = list(csv.DictReader(StringIO(response.content.decode("utf-8-sig"))))
        whose = {(row["contact"] == str(ann.pk), row["identifiers"]) for row in rows}
        assert whose == {(True, "shop/Ann@example.com; =crm/7"), (False, "")}

    def test_identifiers_in_the_csv_are_no_formula(
        self, admin_client: Client, clock: Clock
    ) -> None:
        Browser().track(page())
        contact = Contact.objects.get()
        contact.identifiers.create(source="=crm", identifier="7", kind="known")
        response = admin_client.post(of(contact, "export"), {"format": "csv"})
        (row,) = csv.DictReader(StringIO(response.content.decode("utf-8-sig")))
        assert row["identifiers"] == "'=crm/7"

    def test_a_contact_without_events_has_a_line_in_the_csv(
        self, admin_client: Client, ann: Contact
    ) -> None:
        ann.interactions.all().delete()
        response = admin_client.post(of(ann, "export"), {"format": "csv"})
        (row,) = csv.DictReader(StringIO(response.content.decode("utf-8-sig")))
        told = {name: value for name, value in row.items() if value}
        assert told == {"contact": str(ann.pk), "identifiers": "shop/Ann@example.com"}

    def test_an_amount_below_nothing_is_a_number_in_the_csv(
        self, admin_client: Client, clock: Clock
    ) -> None:
        Browser().track(page("-5"), {"outcomeId": "Opportunity", "monetaryValue": "-5.5"})
        response = admin_client.post(of(Contact.objects.get(), "export"), {"format": "csv"})
        rows = list(csv.DictReader(StringIO(response.content.decode("utf-8-sig"))))
        assert (rows[1]["monetary_value"], rows[1]["page"]) == ("-5.5000", "'-5")

    def test_json_holds_the_facets_that_the_viewer_may_see(
        self, client: Client, admin_client: Client, ann: Contact
    ) -> None:
        Customer.objects.create(contact=ann, name="Åse Berg")
        response = admin_client.post(of(ann, "export"), {"format": "json"})
        (facet,) = json.loads(response.content)["contacts"][0]["facets"]
        assert facet["model"] == "customers.customer"
        assert (facet["fields"]["name"], facet["fields"]["level"]) == ("Åse Berg", "g")
        assert "Åse Berg" in response.content.decode()
        taker = User.objects.create_user("taker", is_staff=True)
        names = ("view_contact", "export_contact")
        taker.user_permissions.set(Permission.objects.filter(codename__in=names))
        client.force_login(taker)
        response = client.post(of(ann, "export"), {"format": "json"})
        assert json.loads(response.content)["contacts"][0]["facets"] == []

    def test_json_holds_what_the_contact_has_no_name_for(
        self, admin_client: Client, ann: Contact
    ) -> None:
        Order.objects.create(contact=ann, number=7)
        response = admin_client.post(of(ann, "export"), {"format": "json"})
        (facet,) = json.loads(response.content)["contacts"][0]["facets"]
        assert facet["model"] == "customers.order"

    def test_no_cell_of_the_csv_is_a_formula(self, admin_client: Client, clock: Clock) -> None:
        Browser().track(page("=HYPERLINK(1)"), page("@x"), page("/fine"))
        contact = Contact.objects.get()
        response = admin_client.post(of(contact, "export"), {"format": "csv"})
        rows = csv.DictReader(StringIO(response.content.decode("utf-8-sig")))
        assert [row["page"] for row in rows] == ["'=HYPERLINK(1)", "'@x", "/fine"]

    def test_no_file_has_an_id_of_a_device_or_session(
        self, admin_client: Client, ann: Contact
    ) -> None:
        visit = Interaction.objects.filter(contact=ann)[0]
        for file_type in ("json", "csv"):
            text = admin_client.post(of(ann, "export"), {"format": file_type}).content.decode()
            assert visit.device_id not in text
            assert visit.session_id not in text

    @pytest.mark.parametrize("action", ["export_json", "export_csv"])
    def test_several_are_exported_from_the_list_and_each_is_logged(
        self, admin_client: Client, ann: Contact, action: str
    ) -> None:
        ids = [str(pk) for pk in Contact.objects.values_list("pk", flat=True)]
        response = admin_client.post(CONTACTS, {"action": action, "_selected_action": ids})
        assert all(each in response.content.decode() for each in ids)
        assert {entry.object_id for entry in LogEntry.objects.all()} == {*ids}

    def test_who_took_whose_data_is_in_the_admins_log(
        self, admin_client: Client, admin_user: User, ann: Contact
    ) -> None:
        admin_client.post(of(ann, "export"), {"format": "csv"})
        entry = LogEntry.objects.get()
        assert (entry.user, entry.object_id) == (admin_user, str(ann.pk))
        assert entry.get_change_message() == "Exported as CSV."

    def test_a_contacts_page_leads_to_who_took_its_data(
        self, admin_client: Client, ann: Contact
    ) -> None:
        admin_client.post(of(ann, "export"), {"format": "csv"})
        assert (
            f'href="{of(ann, "history")}"' in admin_client.get(of(ann, "change")).content.decode()
        )
        assert "Exported as CSV." in admin_client.get(of(ann, "history")).content.decode()

    def test_a_file_is_posted_for(self, admin_client: Client, ann: Contact) -> None:
        assert admin_client.get(of(ann, "export")).status_code == 405
        assert not LogEntry.objects.exists()

    def test_who_erased_whom_is_in_the_admins_log(
        self, admin_client: Client, admin_user: User, ann: Contact
    ) -> None:
        admin_client.post(of(ann, "delete"), {"post": "yes"})
        entry = LogEntry.objects.get()
        assert (entry.user, entry.object_id) == (admin_user, str(ann.pk))
        assert entry.is_deletion()
        assert not TrackedEvent.objects.filter(interaction__contact=ann.pk).exists()


class TestVisits:
    LIST = reverse("admin:jss_tracking_interaction_changelist")

    def test_the_list_names_known_contacts_and_tells_in_a_word_how_a_visit_ended(
        self, get: Get, ann: Contact
    ) -> None:
        Browser().track(page())
        text = get(self.LIST)
        assert re.search(r"Ann@example.com Flushed - 5 ", text)
        assert "Flushed: the session was ended on demand" not in text.partition(" Filter ")[0]
        assert re.search(r"Anonymous [0-9a-f]{8} - - 0 ", text)

    def test_who_may_not_look_at_contacts_learns_no_name(
        self, client: Client, ann: Contact
    ) -> None:
        viewer = User.objects.create_user("viewer", is_staff=True)
        viewer.user_permissions.set(Permission.objects.filter(codename="view_interaction"))
        client.force_login(viewer)
        html = client.get(self.LIST).content.decode()
        assert str(ann.pk)[:8] in html
        assert "Ann@example.com" not in html


class TestVisit:
    def test_it_has_its_pages_in_order_and_how_long_each_was_looked_at(
        self, get: Get, ann: Contact
    ) -> None:
        visit = ann.interactions.order_by("started")[0]
        text = get(reverse("admin:jss_tracking_interaction_change", args=[visit.pk]))
        assert re.search(r"/first 1 min 15 s Goal Login \+5 .* /second", text)

    def test_a_long_one_says_how_much_it_leaves_out(
        self, get: Get, ann: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("jss_tracking.profile.contact.EVENTS_OF_WHOLE_VISIT", 1)
        visit = ann.interactions.order_by("started")[0]
        text = get(reverse("admin:jss_tracking_interaction_change", args=[visit.pk]))
        assert "3 more events" in text
        assert "/second" not in text

    @pytest.mark.parametrize("key", ["nonsense", "00000000-0000-0000-0000-000000000000"])
    def test_one_that_there_is_not_is_404(self, admin_client: Client, key: str) -> None:
        address = reverse("admin:jss_tracking_interaction_change", args=[key])
        assert admin_client.get(address).status_code == 404


class TestErasure:
    def test_what_other_apps_keep_of_a_contact_is_said_to_go_and_does(
        self, admin_client: Client, get: Get, ann: Contact
    ) -> None:
        Customer.objects.create(contact=ann, name="Ann Berg")
        text = get(of(ann, "delete"))
        for line in ("1 contact 1", "2 interactions", "7 tracked events", "1 customer "):
            assert text.count(line) == 1
        assert "Ann@example.com" in text
        admin_client.post(of(ann, "delete"), {"post": "yes"})
        assert not Customer.objects.exists()

    def test_what_there_is_none_of_is_not_listed(self, get: Get, clock: Clock) -> None:
        Browser().track(page())
        text = get(of(Contact.objects.get(), "delete"))
        assert "1 tracked event " in text
        assert " 0 " not in text

    def test_refusals_that_go_are_listed(self, get: Get, ann: Contact, clock: Clock) -> None:
        mine = ann.devices.get().masked
        for device in (mine, mine, "0123…cdef"):
            Refusal.objects.create(refused=clock.now, code="unknown_goal", device=device)
        assert " 2 refusals " in get(of(ann, "delete"))

    def test_whoever_has_erased_one_is_back_at_the_list(
        self, admin_client: Client, ann: Contact
    ) -> None:
        response = admin_client.post(of(ann, "delete"), {"post": "yes"}, follow=True)
        assert response.request["PATH_INFO"] == CONTACTS
        assert "The contact is erased." in response.content.decode()

    def test_whoever_may_erase_and_not_look_is_back_at_the_admin(
        self, client: Client, ann: Contact
    ) -> None:
        keeper = User.objects.create_user("keeper", is_staff=True)
        keeper.user_permissions.set(Permission.objects.filter(codename="delete_contact"))
        client.force_login(keeper)
        response = client.post(of(ann, "delete"), {"post": "yes"}, follow=True)
        assert response.request["PATH_INFO"] == reverse("admin:index")
        assert response.status_code == 200

    def test_several_are_erased_after_a_page_that_says_how_much_goes(
        self, admin_client: Client, ann: Contact
    ) -> None:
        ids = [str(pk) for pk in Contact.objects.values_list("pk", flat=True)]
        assert "Erase selected contacts" in admin_client.get(CONTACTS).content.decode()
        data = {"action": "delete_selected", "_selected_action": ids}
        page_of_all = admin_client.post(CONTACTS, data).content.decode()
        assert "Erase these contacts? Nothing brings them back." in page_of_all
        assert page_of_all.count("2 contacts") == 1
        assert "9 tracked events" in page_of_all
        assert Contact.objects.count() == 2
        admin_client.post(CONTACTS, {**data, "post": "yes"})
        assert not Contact.objects.exists()
        assert {entry.object_id for entry in LogEntry.objects.all()} == {*ids}

    def test_several_of_which_another_app_needs_one_stay(
        self, admin_client: Client, ann: Contact
    ) -> None:
        Order.objects.create(contact=ann, number=7)
        data = {"action": "delete_selected", "_selected_action": [str(ann.pk)], "post": "yes"}
        assert "1 order" in admin_client.post(CONTACTS, data).content.decode()
        assert Contact.objects.filter(pk=ann.pk).exists()

    def test_a_contact_that_another_app_needs_is_not_erased(
        self, admin_client: Client, ann: Contact
    ) -> None:
        Order.objects.create(contact=ann, number=7)
        response = admin_client.post(of(ann, "delete"), {"post": "yes"})
        assert "1 order" in response.content.decode()
        assert Contact.objects.filter(pk=ann.pk).exists()

    def test_a_contact_is_not_erased_that_hidden_rows_of_another_app_need(
        self, admin_client: Client, ann: Contact
    ) -> None:
        Order.objects.create(contact=ann, number=7, is_closed=True)
        response = admin_client.post(of(ann, "delete"), {"post": "yes"})
        assert "1 order" in response.content.decode()
        assert Contact.objects.filter(pk=ann.pk).exists()

    def test_what_goes_with_what_other_apps_keep_is_said_to_go_and_does(
        self, admin_client: Client, get: Get, ann: Contact
    ) -> None:
        customer = Customer.objects.create(contact=ann, name="Ann Berg")
        address = Address.objects.create(customer=customer)
        Address.objects.create(customer=customer)
        Parcel.objects.create(customer=customer, address=address)
        text = get(of(ann, "delete"))
        for line in ("1 customer ", "2 addresses ", "1 parcel "):
            assert text.count(line) == 1
        admin_client.post(of(ann, "delete"), {"post": "yes"})
        assert not Address.objects.exists()
        assert not Parcel.objects.exists()

    def test_a_contact_is_not_erased_with_which_would_go_what_another_app_needs(
        self, admin_client: Client, ann: Contact
    ) -> None:
        Invoice.objects.create(customer=Customer.objects.create(contact=ann, name="Ann Berg"))
        response = admin_client.post(of(ann, "delete"), {"post": "yes"})
        assert "1 invoice" in response.content.decode()
        assert Customer.objects.filter(contact=ann).exists()

    def test_a_contact_is_not_erased_with_which_would_go_what_others_are_restricted_to(
        self, admin_client: Client, ann: Contact
    ) -> None:
        customer = Customer.objects.create(contact=ann, name="Ann Berg")
        Parcel.objects.create(address=Address.objects.create(customer=customer))
        response = admin_client.post(of(ann, "delete"), {"post": "yes"})
        assert "1 parcel" in response.content.decode()
        assert Customer.objects.filter(contact=ann).exists()

    def test_what_needs_a_row_that_goes_by_one_of_two_ways_keeps_the_contact(
        self, admin_client: Client, ann: Contact
    ) -> None:
        customer = Customer.objects.create(contact=ann, name="Ann Berg")
        box = others.Box.objects.create(customer=customer)
        others.Label.objects.create(parcel=Parcel.objects.create(box=box))
        assert kept_by(admin_client, ann) == ["1 label"]

    @pytest.mark.parametrize("needing", ["fee", "badge"])
    def test_what_needs_a_row_below_one_of_its_own_table_keeps_the_contact(
        self, admin_client: Client, ann: Contact, needing: str
    ) -> None:
        second = members(ann, 2)[1]
        getattr(second, f"{needing}_set").create()
        assert kept_by(admin_client, ann) == [f"1 {needing}"]

    def test_all_rows_below_each_other_in_one_table_are_said_to_go_and_do(
        self, admin_client: Client, ann: Contact
    ) -> None:
        members(ann, 3)
        assert "3 members" in going(admin_client, ann)
        admin_client.post(of(ann, "delete"), {"post": "yes"})
        assert not others.Member.objects.exists()

    def test_a_row_that_is_also_one_of_another_table_goes_with_it_and_is_listed(
        self, admin_client: Client, ann: Contact
    ) -> None:
        others.Guest.objects.create(contact=ann, name="Ann")
        assert going(admin_client, ann)[-2:] == ["1 guest", "1 human"]
        admin_client.post(of(ann, "delete"), {"post": "yes"})
        assert not others.Human.objects.exists()

    def test_what_needs_a_row_of_that_other_table_keeps_the_contact(
        self, admin_client: Client, ann: Contact
    ) -> None:
        guest = others.Guest.objects.create(contact=ann, name="Ann")
        others.Card.objects.create(human=guest)
        assert kept_by(admin_client, ann) == ["1 card"]

    def test_what_refers_to_a_row_of_any_table_goes_with_it_and_is_listed(
        self, admin_client: Client, ann: Contact
    ) -> None:
        (member,) = members(ann, 1)
        others.Note.objects.create(of=member)
        others.Note.objects.create(of=ann.devices.get())
        assert going(admin_client, ann)[-2:] == ["1 member", "1 note"]
        admin_client.post(of(ann, "delete"), {"post": "yes"})
        assert others.Note.objects.count() == 1

    def test_rows_of_two_tables_of_one_name_are_counted_together(
        self, admin_client: Client, ann: Contact
    ) -> None:
        others.Device.objects.create(contact=ann)
        assert "2 devices" in going(admin_client, ann)

    def test_what_refers_to_its_events_goes_or_keeps_it(
        self, admin_client: Client, ann: Contact
    ) -> None:
        event, another = TrackedEvent.objects.filter(interaction__contact=ann)[:2]
        others.Reply.objects.create(event=event)
        others.Reply.objects.create(event=another)
        assert going(admin_client, ann)[-1] == "2 replies"
        others.Proof.objects.create(event=event)
        assert kept_by(admin_client, ann) == ["1 proof"]

    def test_what_refers_to_another_contacts_rows_is_not_counted(
        self, admin_client: Client, ann: Contact
    ) -> None:
        other = Contact.objects.exclude(pk=ann.pk).get()
        members(other, 2)
        others.Reply.objects.create(
            event=TrackedEvent.objects.get(interaction__contact=other, kind="goal")
        )
        assert going(admin_client, ann) == [
            "1 contact",
            "1 contact identifier",
            "1 device",
            "2 interactions",
            "7 tracked events",
        ]

    def test_however_many_events_there_are_none_is_read_for_the_page(
        self, admin_client: Client, ann: Contact
    ) -> None:
        with CaptureQueriesContext(connection) as queries:
            going(admin_client, ann)
        read = [
            each["sql"] for each in queries if 'SELECT "jss_tracking_trackedevent"' in each["sql"]
        ]
        assert read == []

    def test_why_its_events_were_refused_goes_too(
        self, admin_client: Client, ann: Contact, clock: Clock
    ) -> None:
        mine = ann.devices.get().masked
        for device in (mine, "0123…cdef", ""):
            Refusal.objects.create(refused=clock.now, code="unknown_goal", device=device)
        admin_client.post(of(ann, "delete"), {"post": "yes"})
        assert {each.device for each in Refusal.objects.all()} == {"0123…cdef", ""}


class TestAllOfAList:
    """More contacts than a list has lines, all of which are chosen."""

    @pytest.fixture
    def contacts(self, clock: Clock) -> list[str]:
        """Their ids, the latest first."""
        rows = [Contact(last_seen=clock.now - timedelta(hours=hour)) for hour in range(1003)]
        return [str(contact.pk) for contact in Contact.objects.bulk_create(rows)]

    def all_of(self, contacts: list[str], action: str) -> dict[str, Any]:
        """What the list sends: the rows of its page are ticked as well."""
        ticked = contacts[:50]
        return {"action": action, "index": "0", "select_across": "1", "_selected_action": ticked}

    def confirmed(self, html: str) -> dict[str, str]:
        """The fields that the button of the page sends."""
        form = html.partition('id="deleted-objects"')[2].partition("</form>")[0]
        return dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">', form))

    def test_what_its_pages_have_is_exported_and_no_more(
        self, admin_client: Client, contacts: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(latest, "MOST", 4)
        response = admin_client.post(CONTACTS, self.all_of(contacts, "export_json"))
        found = json.loads(response.content)["contacts"]
        assert [each["id"] for each in found] == contacts[:4]
        assert LogEntry.objects.count() == 4

    def test_what_its_pages_have_is_said_to_go_and_does_and_no_more(
        self, admin_client: Client, contacts: list[str]
    ) -> None:
        data = self.all_of(contacts, "delete_selected")
        html = admin_client.post(CONTACTS, data).content.decode()
        assert re.findall(r"<li>(.*) contacts</li>", html) == ["1000"]
        assert Contact.objects.count() == 1003
        response = admin_client.post(CONTACTS, self.confirmed(html))
        assert response.status_code == 302
        left = Contact.objects.values_list("pk", flat=True)
        assert [str(pk) for pk in left] == contacts[1000:]
        assert LogEntry.objects.count() == 1000

    def test_what_was_confirmed_goes_whatever_the_list_finds_by_then(
        self, admin_client: Client, contacts: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(latest, "MOST", 2)
        address, data = f"{CONTACTS}?known=no", self.all_of(contacts, "delete_selected")
        html = admin_client.post(address, data).content.decode()
        Contact.objects.filter(pk=contacts[0]).update(is_known=True)
        later = Contact.objects.create()
        response = admin_client.post(address, self.confirmed(html))
        assert response.headers["Location"] == address
        assert Contact.objects.latest("last_seen") == later
        assert not Contact.objects.filter(pk__in=contacts[:2]).exists()
        assert Contact.objects.count() == 1002


class TestErasureThatFails:
    """Rows that the page does not foresee need what would go."""

    @pytest.fixture(params=["protected", "restricted", "left to the database"])
    def needed(
        self, request: pytest.FixtureRequest, ann: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> Contact:
        if request.param == "left to the database":
            customer = Customer.objects.create(contact=ann, name="Ann Berg")
            others.Receipt.objects.create(customer=customer)
            return ann
        # As if the row came between the look and the deletion.
        monkeypatch.setattr(Going, "needing", lambda _: {})
        (member,) = members(ann, 1)
        needing = others.Fee if request.param == "protected" else others.Badge
        needing.objects.create(member=member)
        return ann

    def test_of_one_changes_nothing_and_says_so(
        self, admin_client: Client, needed: Contact
    ) -> None:
        response = admin_client.post(of(needed, "delete"), {"post": "yes"}, follow=True)
        assert response.request["PATH_INFO"] == of(needed, "delete")
        self.nothing_is_erased(response, needed)

    def test_of_several_changes_nothing_and_says_so(
        self, admin_client: Client, needed: Contact
    ) -> None:
        ids = [str(pk) for pk in Contact.objects.values_list("pk", flat=True)]
        data = {"action": "delete_selected", "_selected_action": ids, "post": "yes"}
        response = admin_client.post(CONTACTS, data, follow=True)
        assert response.request["PATH_INFO"] == CONTACTS
        assert Contact.objects.count() == 2
        self.nothing_is_erased(response, needed)

    def nothing_is_erased(self, response: Any, contact: Contact) -> None:
        told = [str(message) for message in response.context["messages"]]
        assert told == ["Nothing is erased: rows of other apps need what would go."]
        assert contact.interactions.count() == 2
        assert not LogEntry.objects.exists()


def members(contact: Contact, count: int) -> list[others.Member]:
    """Each brought by the one before; the contact itself is the first, others are the rest."""
    found = [others.Member.objects.create(contact=contact)]
    while len(found) < count:
        other = Contact.objects.create()
        found.append(others.Member.objects.create(contact=other, brought_by=found[-1]))
    return found


def going(client: Client, contact: Contact) -> list[str]:
    """What the page says that goes with the contact."""
    html = client.get(of(contact, "delete")).content.decode()
    listed = html.partition('id="deleted-objects">')[2].partition("</ul>")[0]
    return re.findall(r"<li>([^<\n]+)", listed)


def kept_by(client: Client, contact: Contact) -> list[str]:
    """What the answer says that keeps the contact, which is to be erased and stays."""
    response = client.post(of(contact, "delete"), {"post": "yes"})
    assert Contact.objects.filter(pk=contact.pk).exists()
    assert response.status_code == 200
    return list(response.context["protected"])


class TestErasureAtASharedDevice:
    """A browser that was ann's is bert's from then on."""

    @pytest.fixture
    def browser(self, clock: Clock) -> Browser:
        browser = Browser()
        for name in ("ann", "bert"):
            tracker = browser.request()
            with tracker.batch():
                tracker.identify_as("shop", name)
            browser.answer(tracker)
            browser.track(page(f"/{name}"))
            clock.wait(minutes=1)
        return browser

    def test_the_other_ones_visits_are_neither_said_to_go_nor_do(
        self, admin_client: Client, get: Get, browser: Browser
    ) -> None:
        ann, bert = called("ann"), called("bert")
        visit = ann.interactions.get()
        text = get(of(bert, "delete"))
        assert "1 device 1 interaction 1 tracked event " in text
        admin_client.post(of(bert, "delete"), {"post": "yes"})
        assert not Contact.objects.filter(pk=bert.pk).exists()
        assert [event.url for event in ann.interactions.get().events.all()] == ["/ann"]
        assert ann.interactions.get() == visit

    def test_they_have_a_device_of_their_own_of_which_the_browser_knows_nothing(
        self, admin_client: Client, browser: Browser
    ) -> None:
        ann, bert = called("ann"), called("bert")
        old = bert.devices.get()
        admin_client.post(of(bert, "delete"), {"post": "yes"})
        new = ann.devices.get()
        assert new == Device.objects.get() == ann.interactions.get().device
        assert new.pk != old.pk
        assert new.created == old.created
        browser.track(page("/later"))
        assert ann.interactions.count() == 1

    def test_with_both_all_goes(self, admin_client: Client, browser: Browser) -> None:
        ids = [str(pk) for pk in Contact.objects.values_list("pk", flat=True)]
        data = {"action": "delete_selected", "_selected_action": ids, "post": "yes"}
        admin_client.post(CONTACTS, data)
        for model in (Contact, Device, Interaction):
            assert not model._default_manager.exists()

    def test_who_had_it_before_takes_no_device_along(
        self, admin_client: Client, browser: Browser
    ) -> None:
        bert = called("bert")
        admin_client.post(of(called("ann"), "delete"), {"post": "yes"})
        assert Contact.objects.get() == bert
        assert Interaction.objects.get().device == bert.devices.get()


@pytest.mark.parametrize("name", ["contact", "definition", "queuedbatch"])
@pytest.mark.parametrize("key", ["zz", "\0", ""])
def test_what_is_chosen_and_is_no_key_is_not_chosen(
    admin_client: Client, name: str, key: str
) -> None:
    address = reverse(f"admin:jss_tracking_{name}_changelist")
    action = "export" if name == "queuedbatch" else "delete_selected"
    data = {"action": action, "_selected_action": [key]}
    response = admin_client.post(address, data, follow=True)
    assert "Items must be selected" in response.content.decode()


def test_a_number_that_no_key_reaches_is_not_chosen(admin_client: Client) -> None:
    address = reverse("admin:jss_tracking_queuedbatch_changelist")
    data = {"action": "export", "_selected_action": ["9" * 40]}
    response = admin_client.post(address, data, follow=True)
    assert "Items must be selected" in response.content.decode()


@pytest.mark.parametrize(
    ("name", "lookup"),
    [
        ("interaction", "session_id__startswith"),
        ("interaction", "device__startswith"),
        ("contact", "devices__id__startswith"),
    ],
)
def test_what_a_list_masks_can_not_be_guessed_by_filters(
    admin_client: Client, name: str, lookup: str
) -> None:
    address = reverse(f"admin:jss_tracking_{name}_changelist")
    assert admin_client.get(address, {lookup: "a"}).status_code == 400
