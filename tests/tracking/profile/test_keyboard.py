"""The Experience Profile by keyboard alone: all of it is reached, and seen to be reached."""

from playwright.sync_api import BrowserContext, Locator, Page, expect

from jss_tracking.models import Contact, Interaction
from tests.tracking.profile.test_browser import ADMIN, admin, pytestmark, site, visits

__all__ = ["admin", "pytestmark", "site", "visits"]

MOST_STEPS = 150

LOOKS = """each => {
    const told = ["outline", "boxShadow", "borderColor", "backgroundColor", "textDecoration"];
    const looks = () => told.map((name) => getComputedStyle(each)[name]).join();
    const focused = looks();
    each.blur();
    const blurred = looks();
    each.focus({ focusVisible: true });
    return focused !== blurred;
}"""


def step_to(tab: Page, wanted: Locator) -> None:
    """Press Tab until the focus is there, where it must show."""
    for _ in range(MOST_STEPS):
        tab.keyboard.press("Tab")
        if wanted.evaluate("each => each === document.activeElement"):
            assert wanted.evaluate(LOOKS), f"The focus does not show: {wanted}"
            return
    raise AssertionError(f"{MOST_STEPS} steps by Tab never reach {wanted}.")


def test_a_period_is_picked(site: str, admin: BrowserContext, visits: None) -> None:
    tab = admin.new_page()
    tab.goto(f"{site}{ADMIN}/dailyfigure/")
    step_to(tab, tab.get_by_role("link", name="7 days", exact=True))
    tab.keyboard.press("Enter")
    expect(tab.locator('a[aria-current="true"]')).to_have_text("7 days")
    step_to(tab, tab.get_by_label("From"))
    tab.keyboard.type("01022026")
    step_to(tab, tab.get_by_role("button", name="Show"))
    tab.keyboard.press("Enter")
    expect(tab.get_by_label("From")).to_have_value("2026-01-02")
    step_to(tab, tab.get_by_role("region", name="Visits and value by day"))
    step_to(tab, tab.get_by_role("region", name="Goals reached"))


def test_a_contact_is_found_taken_away_and_erased(
    site: str, admin: BrowserContext, visits: None
) -> None:
    tab = admin.new_page()
    tab.goto(f"{site}{ADMIN}/contact/")
    step_to(tab, tab.get_by_label("Search", exact=True))
    tab.keyboard.type("ann")
    tab.keyboard.press("Enter")
    step_to(tab, tab.get_by_role("link", name="ann@example.com"))
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="ann@example.com")).to_be_visible()
    step_to(tab, tab.get_by_role("button", name="Export as JSON"))
    with tab.expect_download() as download:
        tab.keyboard.press("Space")
    assert download.value.suggested_filename == "contacts.json"

    for keep in (True, False):
        step_to(tab, tab.get_by_role("link", name="Erase…"))
        tab.keyboard.press("Enter")
        expect(tab.get_by_role("heading", name="Erase contact")).to_be_visible()
        if keep:
            step_to(tab, tab.get_by_role("link", name="No, keep it"))
            tab.keyboard.press("Enter")
            expect(tab.get_by_role("heading", name="ann@example.com")).to_be_visible()
    step_to(tab, tab.get_by_role("button", name="Erase"))
    tab.keyboard.press("Space")
    expect(tab.get_by_text("The contact is erased.")).to_be_visible()
    expect(tab.get_by_label("Search", exact=True)).to_be_visible()
    assert not Contact.objects.filter(is_known=True).exists()


def test_a_visit_is_followed_live(site: str, admin: BrowserContext, visits: None) -> None:
    tab = admin.new_page()
    tab.goto(f"{site}{ADMIN}/liveevent/")
    step_to(tab, tab.get_by_role("link", name="Follow my own visit"))
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("This browser has no visit yet.")).to_be_visible()
    visit = Interaction.objects.filter(events__url="/third")[0]
    step_to(tab, tab.get_by_label("Visit", exact=True))
    tab.keyboard.type(str(visit.pk))
    tab.keyboard.press("Enter")
    expect(tab.locator('a[aria-current="true"]')).to_have_text(f"Visit {str(visit.pk)[:8]}")
    step_to(tab, tab.get_by_role("button", name="Pause"))
    tab.keyboard.press("Space")
    expect(tab.get_by_role("status")).to_have_text("Paused.")
    step_to(tab, tab.locator('[data-rows="events"] tr').first.get_by_role("link").last)
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="ann@example.com")).to_be_visible()
    step_to(tab, tab.get_by_role("link", name="this visit alone").first)
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Visit", exact=True)).to_be_visible()
