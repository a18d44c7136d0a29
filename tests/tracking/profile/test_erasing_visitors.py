"""A contact is erased while it is visiting, in threads with connections of their own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from jss_tracking.models import Contact
from tests.tracking.browser import Browser, page

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TABS = 2
TIMES = 25


@contextmanager
def visiting(browser: Browser) -> Iterator[None]:
    """The visitor looks at pages in several tabs meanwhile, each of which is tracked."""
    is_over = Event()

    def look() -> None:
        try:
            while not is_over.is_set():
                result = Browser(browser.cookies).track(page("/race"), {"goalId": "Login"})
                assert result.tracked == 2
        finally:
            connection.close()

    with ThreadPoolExecutor(TABS) as pool:
        tabs = [pool.submit(look) for _ in range(TABS)]
        try:
            yield
        finally:
            is_over.set()
        for tab in tabs:
            tab.result()


def test_a_contact_who_is_visiting_is_erased_and_tracked_anew() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("TEST_DATABASE_URL names no PostgreSQL server")
    client = Client()
    client.force_login(User.objects.create_superuser("keeper"))
    for _ in range(TIMES):
        browser = Browser()
        browser.track(*[page("/before")] * 200)
        contact = Contact.objects.latest("created")
        with visiting(browser):
            address = reverse("admin:jss_tracking_contact_delete", args=[contact.pk])
            assert client.post(address, {"post": "yes"}).status_code == 302
        assert not Contact.objects.filter(pk=contact.pk).exists()
