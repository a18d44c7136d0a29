"""The Experience Profile speaks Danish as well as English."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

import jss_tracking
from jss_tracking.models import Contact
from jss_tracking.templatetags.jss_profile import spent
from tests.tracking.browser import Browser, page
from tests.translations import catalog, compiled_otherwise, missing, untranslated

TEMPLATES = Path(jss_tracking.__file__).parent / "templates" / "admin" / "jss_tracking"


def test_every_text_has_its_translation() -> None:
    assert untranslated("jss_tracking") == []


def test_what_is_compiled_is_what_is_written() -> None:
    assert list(compiled_otherwise("jss_tracking")) == []


def test_every_text_of_the_code_is_in_the_catalog() -> None:
    assert missing("jss_tracking") == set()


def test_every_text_of_a_template_is_in_the_catalog() -> None:
    texts = {
        text
        for template in TEMPLATES.glob("*.html")
        for text in re.findall(r'{% translate "([^"]+)" %}', template.read_text())
    }
    assert len(texts) > 50
    assert texts - set(catalog("jss_tracking")) == set()


@pytest.mark.django_db
def test_pages_are_in_the_readers_language(admin_client: Client, settings: Any) -> None:
    settings.LANGUAGE_CODE = "da"
    Browser().track(page("/first"), {"goalId": "Register"})
    contact = Contact.objects.get()
    addresses = {
        reverse("admin:jss_tracking_dailyfigure_changelist"): ("Overblik", "Kasserede robotter"),
        reverse("admin:jss_tracking_contact_changelist"): ("Seneste besøg", "Anonym "),
        reverse("admin:jss_tracking_contact_change", args=[contact.pk]): ("Tidslinje", "Ikke slut"),
        reverse("admin:jss_tracking_liveevent_changelist"): ("Følg mit eget besøg", "Sidevisning"),
    }
    for address, words in addresses.items():
        html = admin_client.get(address).content.decode()
        assert '<html lang="da"' in html
        for word in words:
            assert word.casefold() in html.casefold()


def test_times_are_told_in_the_readers_language() -> None:
    with override("da"):
        assert spent(timedelta(hours=2, minutes=5)) == "2 t 05 min"
    assert spent(timedelta(hours=2, minutes=5)) == "2 h 05 min"
    assert spent(timedelta(seconds=65)) == "1 min 05 s"
    assert spent(timedelta(seconds=0.4)) == "0 s"
    assert spent(None) == ""
