"""Sites and API keys are kept in the admin, in Danish as well as in English."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import include, path, reverse
from django.utils.translation import override

from jss_layout.models import ApiKey, Site, validate_host_names
from tests.translations import compiled_otherwise, missing, untranslated

pytestmark = pytest.mark.urls(__name__)

urlpatterns = [path("admin/", admin.site.urls), path("", include("jss_layout.urls"))]


@pytest.fixture
def danish(settings: Any) -> Iterator[None]:
    """The reader's language is Danish."""
    settings.LANGUAGE_CODE = "da"
    with override("da"):
        yield


def test_every_text_has_its_translation() -> None:
    assert untranslated("jss_layout") == []


def test_what_is_compiled_is_what_is_written() -> None:
    assert list(compiled_otherwise("jss_layout")) == []


def test_every_text_of_the_code_is_in_the_catalog() -> None:
    assert missing("jss_layout") == set()


@pytest.mark.parametrize("model", [Site, ApiKey])
def test_every_field_has_a_name_of_its_own_in_danish(danish: None, model: Any) -> None:
    fields = [field for field in model._meta.get_fields() if field.name != "id"]
    names = {field.name: str(field.verbose_name) for field in fields if field.concrete}
    assert {name for name, told in names.items() if told == name.replace("_", " ")} == set()


@pytest.mark.django_db
def test_the_admin_names_them_in_danish(danish: None, admin_client: Client) -> None:
    words = {
        reverse("admin:index"): ("Sitecore-websteder", "API-nøgler"),
        reverse("admin:jss_layout_site_changelist"): ("websted", "Slå sporing til"),
        reverse("admin:jss_layout_site_add"): ("Værtsnavne", "Standardsprog", "Sitecore-vært"),
        reverse("admin:jss_layout_apikey_changelist"): ("Sidst brugt", "Udskift: nye nøgler"),
        reverse("admin:jss_layout_apikey_add"): ("Åbner trackeren", "Hvis nøgle det er."),
    }
    ApiKey.objects.create(name="App", opens_layout=True)
    for address, expected in words.items():
        html = admin_client.get(address).content.decode().casefold()
        assert [word for word in expected if word.casefold() not in html] == []


def test_what_does_not_fit_is_told_in_danish(danish: None) -> None:
    with pytest.raises(ValidationError, match="“https://x” er ikke et værtsnavn"):
        validate_host_names("https://x")
