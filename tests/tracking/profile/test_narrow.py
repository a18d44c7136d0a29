"""The Experience Profile on a phone: no page scrolls sideways, however long a name is."""

from decimal import Decimal

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page

from jss_tracking.models import Contact, Definition, Interaction, TrackedEvent
from jss_tracking.models.definitions import ALIAS_LENGTH
from tests.tracking.profile.test_browser import ADMIN, admin, findings, pytestmark, site, visits

__all__ = ["admin", "pytestmark", "site", "visits"]

HIDDEN = "(each) => each.scrollWidth - each.clientWidth"
OVERFLOW = f"({HIDDEN})(document.scrollingElement)"


@pytest.fixture
def ann(visits: None) -> Contact:
    """A known contact with a long name and much money, on a site with a long name."""
    contact = Contact.objects.get(is_known=True)
    contact.identifiers.update(identifier=f"{'rosalind' * 5}@example.com")
    Interaction.objects.update(site="w" * 100)
    TrackedEvent.objects.filter(kind="outcome").update(monetary_value=Decimal("99999999999.99"))
    return contact


@pytest.fixture
def phone(admin: BrowserContext) -> Page:
    """A tab that is 390 px wide."""
    tab = admin.new_page()
    tab.set_viewport_size({"width": 390, "height": 844})
    return tab


def test_no_page_of_a_contact_scrolls_sideways(site: str, phone: Page, ann: Contact) -> None:
    visit = ann.interactions.all()[0]
    for address in (
        *(f"contact/{ann.pk}/{each}/" for each in ("change", "delete", "history")),
        *(f"interaction/{visit.pk}/{each}/" for each in ("change", "history")),
        "dailyfigure/",
    ):
        phone.goto(f"{site}{ADMIN}/{address}")
        assert phone.evaluate(OVERFLOW) == 0, address
        assert findings(phone) == [], address


def test_no_page_of_a_definition_scrolls_sideways(site: str, phone: Page, visits: None) -> None:
    definition = Definition.objects.create(
        guid="00000000-0000-0000-0000-000000000007", alias="w" * ALIAS_LENGTH, kind="goal"
    )
    for action in ("change", "delete", "history"):
        phone.goto(f"{site}{ADMIN}/definition/{definition.pk}/{action}/")
        assert phone.evaluate(OVERFLOW) == 0, action
    phone.goto(f"{site}{ADMIN}/definition/?q={'w' * ALIAS_LENGTH}")
    choose_all(phone)
    assert phone.get_by_text("Are you sure").is_visible()
    assert phone.evaluate(OVERFLOW) == 0


def test_no_history_scrolls_sideways_by_the_name_of_who_did_it(
    site: str, phone: Page, ann: Contact
) -> None:
    keeper = User.objects.create_user("k" * 100)
    LogEntry.objects.log_actions(keeper.pk, [ann], CHANGE, change_message="m" * 100)
    phone.goto(f"{site}{ADMIN}/contact/{ann.pk}/history/")
    assert phone.get_by_text("k" * 100).is_visible()
    assert phone.evaluate(OVERFLOW) == 0


def test_what_says_that_several_are_erased_looks_like_what_says_it_of_one(
    site: str, phone: Page, ann: Contact
) -> None:
    phone.goto(f"{site}{ADMIN}/contact/")
    choose_all(phone)
    text = phone.get_by_text("Erase these contacts?")
    assert text.evaluate("(each) => getComputedStyle(each).overflowWrap") == "anywhere"
    assert findings(phone) == []


@pytest.mark.parametrize("width", [1440, 641, 390])
def test_a_large_sum_stays_in_its_field(
    site: str, admin: BrowserContext, ann: Contact, width: int
) -> None:
    tab = admin.new_page()
    tab.set_viewport_size({"width": width, "height": 844})
    for name in (f"contact/{ann.pk}/change/", "dailyfigure/"):
        tab.goto(f"{site}{ADMIN}/{name}")
        sum_of_money = tab.locator(".jss-numbers div").filter(has_text="EUR")
        assert sum_of_money.evaluate(HIDDEN) == 0, name


def choose_all(tab: Page) -> None:
    """Ask to erase all lines of a list."""
    tab.locator("#action-toggle").check()
    tab.locator("select[name=action]").select_option("delete_selected")
    tab.locator("button[name=index]").click()
