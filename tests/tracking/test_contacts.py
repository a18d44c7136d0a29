"""Who a visitor is known as; ``{"iAm": …}`` identifies the contact here."""

from typing import Any

import msgspec
import pytest

from jss_layout.sites import SiteDefinition
from jss_tracking.exceptions import TrackerUnavailable, TrackingError
from jss_tracking.models import (
    Contact,
    ContactIdentifier,
    Device,
    Interaction,
    TrackedEvent,
)
from jss_tracking.pipeline import BatchResult, TrackEventArgs, TrackEventProcessor
from jss_tracking.processors import processors
from jss_tracking.trackers import Tracker, Visitor
from jss_tracking.trackers.memory import Memory, MemoryTracker
from jss_tracking.trackers.sitecore import SitecoreTracker
from tests.customers.models import Customer, Order
from tests.tracking.browser import Browser, page

pytestmark = pytest.mark.django_db


class IAm(msgspec.Struct, rename="camel"):
    i_am: str
    source: str = "shop"
    then_fail: bool = False


class Identify(TrackEventProcessor[IAm]):
    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: IAm) -> None:
        tracker.identify_as(event.source, event.i_am)
        if event.then_fail:
            raise RuntimeError
        args.has_been_tracked()


@pytest.fixture(autouse=True)
def identifying(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipeline has a processor that identifies."""
    monkeypatch.setattr(processors, "_changes", ())
    processors.append(Identify)


def i_am(name: str, **data: Any) -> dict[str, Any]:
    return {"iAm": name, **data}


def visits(contact: Contact) -> list[list[str]]:
    ordered = contact.interactions.order_by("started", "ended")
    return [[event.label for event in visit.events.all()] for visit in ordered]


def contact_of(name: str) -> Contact:
    return ContactIdentifier.objects.get(identifier=name).contact


GOAL = {"goalId": "Login"}


def test_an_anonymous_contact_becomes_known() -> None:
    browser = Browser()
    browser.track(page())
    anonymous = Contact.objects.get()
    assert not anonymous.is_known
    assert browser.track(i_am("anna")) == BatchResult(1)
    assert contact_of("anna") == anonymous == Contact.objects.get()
    assert contact_of("anna").is_known


def test_a_first_request_may_identify_and_gets_its_cookies() -> None:
    browser = Browser()
    browser.track(page(), i_am("anna"), GOAL)
    assert visits(contact_of("anna")) == [["/", "Login"]]
    browser.track(page("/more"))
    assert Interaction.objects.count() == Device.objects.count() == Contact.objects.count() == 1


def test_being_identified_again_changes_nothing() -> None:
    browser = Browser()
    browser.track(page(), i_am("anna"))
    browser.track(i_am("anna"), i_am(" anna "))
    assert ContactIdentifier.objects.count() == Interaction.objects.count() == 1


def test_the_same_name_twice_in_one_batch_is_one() -> None:
    assert Browser().track(i_am("anna"), i_am("anna"), GOAL).tracked == 3
    assert visits(contact_of("anna")) == [["Login"]]


def test_names_are_case_sensitive_and_of_their_source() -> None:
    Browser().track(i_am("anna"))
    Browser().track(i_am("Anna"))
    Browser().track(i_am("anna", source="newsletter"))
    assert Contact.objects.count() == 3


def test_an_anonymous_contact_is_merged_into_the_known_one() -> None:
    first = Browser()
    first.track(page("/phone"), i_am("anna"))
    anna = Contact.objects.get()
    second = Browser()
    second.track(page("/laptop"))
    second.track(i_am("anna"), GOAL)
    assert Contact.objects.get() == anna
    assert visits(anna) == [["/phone"], ["/laptop", "Login"]]
    assert anna.devices.count() == 2
    second.track(page("/more"))
    assert visits(anna)[1] == ["/laptop", "Login", "/more"]


def test_on_a_first_visit_the_known_contact_is_taken_at_once() -> None:
    Browser().track(i_am("anna"), GOAL)
    Browser().track(page(), i_am("anna"), GOAL)
    assert Contact.objects.count() == 1
    assert len(visits(contact_of("anna"))) == 2


def test_the_merged_contact_is_as_old_as_the_older_one() -> None:
    old = Browser()
    old.track(page())
    created = Contact.objects.get().created
    Browser().track(i_am("anna"))
    old.track(i_am("anna"))
    assert Contact.objects.get().created == created


def test_an_anonymous_name_moves_with_the_merged_contact() -> None:
    Browser().track(i_am("anna"))
    browser = Browser()
    browser.track(page())
    contact = Contact.objects.exclude(identifiers__identifier="anna").get()
    contact.identifiers.create(source="mail", identifier="c7", kind="anonymous")
    browser.track(i_am("anna"))
    assert contact_of("c7") == contact_of("anna")


class TestRowsOfOtherApps:
    """The contact of the browser is merged into that of a customer, ann."""

    @pytest.fixture
    def ann(self) -> Contact:
        Browser().track(i_am("ann"))
        return contact_of("ann")

    @pytest.fixture
    def browser(self, ann: Contact) -> Browser:
        browser = Browser()
        browser.track(GOAL)
        return browser

    @pytest.fixture
    def anonymous(self, ann: Contact, browser: Browser) -> Contact:
        return Contact.objects.exclude(pk=ann.pk).get()

    def test_become_the_known_contacts(
        self, browser: Browser, ann: Contact, anonymous: Contact
    ) -> None:
        Order.objects.create(contact=ann, number=1)
        Order.objects.create(contact=anonymous, number=2)
        browser.track(i_am("ann"))
        assert set(Order.objects.values_list("contact", "number")) == {(ann.pk, 1), (ann.pk, 2)}

    def test_so_does_the_one_that_a_contact_has_but_once(
        self, browser: Browser, ann: Contact, anonymous: Contact
    ) -> None:
        Customer.objects.create(contact=anonymous, name="Ann")
        browser.track(i_am("ann"))
        assert Customer.objects.get().contact == ann

    def test_what_the_known_contact_has_already_stays_as_it_has_it(
        self, browser: Browser, ann: Contact, anonymous: Contact
    ) -> None:
        Customer.objects.create(contact=ann, name="Ann")
        Customer.objects.create(contact=anonymous, name="Somebody")
        assert browser.track(i_am("ann"), GOAL) == BatchResult(2)
        assert Customer.objects.get().name == "Ann"


def test_a_second_source_adds_its_name_to_the_known_contact() -> None:
    browser = Browser()
    browser.track(i_am("anna"))
    browser.track(i_am("anna@example.com", source="newsletter"))
    assert contact_of("anna") == contact_of("anna@example.com")
    assert Interaction.objects.count() == 1


def test_another_customer_at_the_same_device_is_another_contact() -> None:
    browser = Browser()
    browser.track(page("/anna"), i_am("anna"))
    browser.track(page("/still-anna"), i_am("bert"), GOAL, page("/bert"))
    assert visits(contact_of("anna")) == [["/anna", "/still-anna"]]
    assert visits(contact_of("bert")) == [["Login", "/bert"]]
    earlier, later = Interaction.objects.order_by("started")
    assert earlier.end_reason == "identified"
    assert earlier.ended == earlier.last_activity
    assert later.ended is None
    assert Device.objects.get().contact == contact_of("bert")
    assert TrackedEvent.objects.get(url="/still-anna").duration is not None
    assert TrackedEvent.objects.get(definition__alias="Login").page is None


def test_the_next_request_is_the_later_customers() -> None:
    browser = Browser()
    browser.track(i_am("anna"), i_am("bert"))
    browser.track(page("/more"))
    assert visits(contact_of("bert")) == [["/more"]]


def test_two_known_contacts_are_never_merged() -> None:
    phone, laptop = Browser(), Browser()
    phone.track(page(), i_am("anna"))
    laptop.track(page(), i_am("bert"))
    laptop.track(page(), i_am("anna", source="shop"))
    assert Contact.objects.count() == 2
    assert len(visits(contact_of("anna"))) == 2
    assert len(visits(contact_of("bert"))) == 1


def test_two_customers_in_one_first_batch() -> None:
    browser = Browser()
    browser.track(page("/a"), i_am("anna"), page("/b"), i_am("bert"), page("/c"))
    assert visits(contact_of("anna")) == [["/a", "/b"]]
    assert visits(contact_of("bert")) == [["/c"]]
    assert Device.objects.count() == 1


@pytest.mark.parametrize("known", [False, True])
def test_an_event_that_fails_identifies_nobody(known: bool) -> None:
    if known:
        Browser().track(i_am("bert"))
    browser = Browser()
    browser.track(page("/anna"), i_am("anna"))
    result = browser.track(page("/1"), i_am("bert", thenFail=True), page("/2"))
    assert result.tracked == 2
    assert visits(contact_of("anna")) == [["/anna", "/1", "/2"]]
    assert ContactIdentifier.objects.filter(identifier="bert").exists() == known
    assert Device.objects.filter(contact=contact_of("anna")).exists()


def test_an_anonymous_visitor_whose_login_fails_stays_anonymous() -> None:
    Browser().track(i_am("anna"))
    browser = Browser()
    browser.track(page("/1"), i_am("anna", thenFail=True), page("/2"))
    assert visits(contact_of("anna")) == [[]]
    assert not Interaction.objects.get(events__url="/1").contact.is_known


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "\ud800"])
def test_a_name_that_can_not_be_kept_is_an_error(name: str) -> None:
    (error,) = Browser().track(i_am(name)).errors
    assert error.code == "invalid_event"


def test_a_name_given_elsewhere_meanwhile_makes_the_batch_come_again() -> None:
    tracker = Browser().request()
    with pytest.raises(TrackerUnavailable), tracker.batch():  # noqa: PT012
        tracker.identify_as("shop", "anna")
        other = Contact.objects.create()
        other.identifiers.create(source="shop", identifier="anna", kind="known")
    assert not Interaction.objects.exists()


def test_the_memory_tracker_notes_who_was_identified(memory: Memory) -> None:
    tracker = MemoryTracker(Visitor(SiteDefinition("shop")))
    tracker.identify_as("shop", "anna")
    with pytest.raises(RuntimeError), tracker.savepoint():  # noqa: PT012
        tracker.identify_as("shop", "bert")
        raise RuntimeError
    assert memory.identified == [("shop", "anna")]


def test_a_conduit_leaves_identification_to_sitecore() -> None:
    with pytest.raises(TrackingError) as caught:
        SitecoreTracker(Visitor(SiteDefinition("shop"))).identify_as("shop", "anna")
    assert caught.value.code == "not_supported"
