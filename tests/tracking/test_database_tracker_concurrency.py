"""Requests of one visitor at the same time, in threads with connections of their own.

On PostgreSQL many transactions run at once and the device's row is locked; on SQLite, here
in a file as on a site, the database is.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from jss_tracking.events import PageView
from jss_tracking.exceptions import TrackerUnavailable
from jss_tracking.models import (
    Contact,
    ContactIdentifier,
    Device,
    Interaction,
    TrackedEvent,
)
from tests.tracking.browser import DEVICE, HOME, SESSION, Browser, page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sqlite_file")]

THREADS = 6
BATCHES = 3

Together = Callable[[Callable[[int], None]], None]


@pytest.fixture
def together() -> Iterator[Together]:
    """Runs a function in each thread, started at the same moment; passes on what it raises."""
    with ThreadPoolExecutor(THREADS) as pool:

        def run(function: Callable[[int], None]) -> None:
            barrier = Barrier(THREADS)

            def work(number: int) -> None:
                try:
                    barrier.wait(timeout=10)
                    function(number)
                finally:
                    connection.close()

            list(pool.map(work, range(THREADS)))

        yield run


def batch(number: int) -> list[dict[str, object]]:
    return [page(f"/{number}"), *({"goalId": "Login", "n": n, "batch": number} for n in range(4))]


def test_batches_of_one_session_stay_together_and_in_order(together: Together) -> None:
    browser = Browser()
    browser.track(page())

    def track(number: int) -> None:
        for _ in range(BATCHES):
            assert Browser(browser.cookies).track(*batch(number)).tracked == 5

    together(track)
    interaction = Interaction.objects.get()
    events = list(TrackedEvent.objects.order_by("sequence").select_related("page"))
    assert [event.sequence for event in events] == list(range(1 + THREADS * BATCHES * 5))
    assert interaction.engagement_value == 5 * 4 * BATCHES * THREADS
    for start in range(1, len(events), 5):
        view, *goals = events[start : start + 5]
        assert [goal.data for goal in goals] == [
            {"n": n, "batch": int(view.url.strip("/"))} for n in range(4)
        ]
        assert {goal.page for goal in goals} == {view}


def test_first_requests_of_a_device_make_one_contact(together: Together) -> None:
    cookies = {DEVICE: "5d0f3a8c71b94e2fa6c8d1e07b3f9a24|False"}
    requests = [Browser(cookies).request() for _ in range(THREADS)]

    def track(number: int) -> None:
        tracker = requests[number]
        with tracker.batch():
            tracker.register_page_view(*_page_view(number))

    together(track)
    assert Contact.objects.count() == Device.objects.count() == Interaction.objects.count() == 1
    assert TrackedEvent.objects.count() == THREADS
    assert len({tracker.set_cookies[0] for tracker in requests}) == 1


def test_an_expired_session_is_followed_by_one_interaction(together: Together) -> None:
    browser = Browser()
    browser.track(page())
    _expire()
    together(lambda number: _track(Browser(browser.cookies), number))
    assert Interaction.objects.count() == 2
    assert Interaction.objects.filter(ended=None).count() == 1


def test_a_flushed_session_is_followed_by_one_interaction(together: Together) -> None:
    browser = Browser()
    browser.track(page())
    browser.flush()
    browsers = [Browser(browser.cookies) for _ in range(THREADS)]
    together(lambda number: _track(browsers[number], number))
    assert Interaction.objects.count() == 2
    assert len({each.cookies[SESSION] for each in browsers}) == 1


def test_tracking_and_flushing_at_once_loses_nothing(together: Together) -> None:
    browser = Browser()
    browser.track(page())

    def work(number: int) -> None:
        mine = Browser(browser.cookies)
        for _ in range(BATCHES):
            mine.flush() if number == 0 else _track(mine, number)

    together(work)
    assert TrackedEvent.objects.count() == 1 + BATCHES * (THREADS - 1)
    assert Interaction.objects.filter(ended=None).count() <= 1


def test_one_batch_sent_by_all_at_once_is_tracked_once(together: Together) -> None:
    browser = Browser()
    browser.track(page())
    goals = [{"goalId": "Login", "eventUid": str(uuid4())} for _ in range(5)]
    together(lambda _: _send_until_taken(Browser(browser.cookies), goals))
    assert TrackedEvent.objects.count() == 1 + 5
    assert Interaction.objects.count() == 1


def test_a_first_batch_sent_by_all_at_once_makes_one_contact(together: Together) -> None:
    goals = [{"goalId": "Login", "eventUid": str(uuid4())} for _ in range(5)]
    browsers = [Browser() for _ in range(THREADS)]
    together(lambda number: _send_until_taken(browsers[number], goals))
    assert TrackedEvent.objects.count() == 5
    assert Contact.objects.count() == Device.objects.count() == Interaction.objects.count() == 1
    assert len({browser.cookies[SESSION] for browser in browsers}) == 1


def test_logins_of_one_customer_at_many_devices_make_one_contact(together: Together) -> None:
    browsers = [Browser() for _ in range(THREADS)]
    for browser in browsers:
        browser.track(page())

    def log_in(number: int) -> None:
        tracker = browsers[number].request()
        while not tracker.set_cookies:
            with suppress(TrackerUnavailable), tracker.batch():
                tracker.identify_as("shop", "anna")

    together(log_in)
    assert Contact.objects.count() == ContactIdentifier.objects.count() == 1
    assert Interaction.objects.count() == Contact.objects.get().devices.count() == THREADS


@pytest.mark.postgres
def test_a_connection_that_is_cut_is_503_and_keeps_nothing() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("TEST_DATABASE_URL names no PostgreSQL server")
    browser = Browser()
    tracker = browser.request()
    with pytest.raises(TrackerUnavailable), tracker.batch():  # noqa: PT012
        tracker.register_page_view(*_page_view(1))
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        _cut(pid)
    connection.close()
    assert not TrackedEvent.objects.exists()
    assert tracker.set_cookies == []
    assert browser.track(page()).tracked == 1


def _cut(pid: int) -> None:
    def terminate() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(terminate).result()


def _page_view(number: int) -> tuple[PageView, dict[str, object]]:
    return PageView(HOME, f"/{number}"), {}


def _track(browser: Browser, number: int) -> None:
    assert browser.track(page(f"/{number}")).tracked == 1


def _send_until_taken(browser: Browser, payloads: list[dict[str, str]]) -> None:
    """As a client does that is told to come again."""
    while True:
        with suppress(TrackerUnavailable):
            assert browser.track(*payloads).tracked == len(payloads)
            return


def _expire() -> None:
    interaction = Interaction.objects.get()
    interaction.started -= timedelta(hours=1)
    interaction.last_activity -= timedelta(hours=1)
    interaction.save()
