import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path, reverse

from jss_layout.models import ApiKey, Site
from tests import sensitive

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

urlpatterns = [path("admin/", admin.site.urls), path("", include("jss_layout.urls"))]

KEYS = "admin:jss_layout_apikey_changelist"


@pytest.fixture
def key() -> ApiKey:
    return ApiKey.objects.create(
        name="App",
        key=sensitive.API_KEY,
        cors_origins="https://app.example.com",
        opens_layout=True,
        opens_tracking=True,
    )


def act(client: Client, action: str, *keys: ApiKey) -> HttpResponse:
    data = {"action": action, "_selected_action": [key.pk for key in keys]}
    response = client.post(reverse(KEYS), data, follow=True)
    assert isinstance(response, HttpResponse)
    return response


def test_the_list_of_keys_shows_them_and_what_they_open(admin_client: Client, key: ApiKey) -> None:
    page = admin_client.get(reverse(KEYS), {"q": sensitive.API_KEY[:8]}).content.decode()
    assert sensitive.API_KEY in page
    assert "layout, tracking" in page
    assert "every site" in page


def test_the_list_of_keys_names_their_sites(admin_client: Client, key: ApiKey) -> None:
    key.sites.add(Site.objects.create(name="Shop of ours", host_names="example.com"))
    assert "Shop of ours</td>" in admin_client.get(reverse(KEYS)).content.decode()


def test_rotating_gives_a_new_key_and_shows_it(admin_client: Client, key: ApiKey) -> None:
    page = act(admin_client, "rotate", key).content.decode()
    key.refresh_from_db()
    assert str(key.key) != sensitive.API_KEY
    assert f"App has the new key {key.key}; the old one has ended." in page
    assert LogEntry.objects.get().change_message == "Rotated."


def test_disabling_and_enabling_a_key(admin_client: Client, key: ApiKey) -> None:
    assert "App is disabled." in act(admin_client, "disable", key).content.decode()
    key.refresh_from_db()
    assert not key.enabled
    assert "App is enabled." in act(admin_client, "enable", key).content.decode()
    key.refresh_from_db()
    assert key.enabled


def test_who_may_only_look_does_not_rotate(client: Client, key: ApiKey) -> None:
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_apikey"))
    client.force_login(user)
    act(client, "rotate", key)
    key.refresh_from_db()
    assert str(key.key) == sensitive.API_KEY


def test_a_new_key_may_be_given_and_is_then_only_rotated(admin_client: Client, key: ApiKey) -> None:
    add = admin_client.get(reverse("admin:jss_layout_apikey_add")).content.decode()
    change = admin_client.get(reverse("admin:jss_layout_apikey_change", args=[key.pk]))
    assert 'name="key"' in add
    assert 'name="key"' not in change.content.decode()
    assert sensitive.API_KEY in change.content.decode()


def test_a_mistaken_origin_is_told_in_the_form(admin_client: Client) -> None:
    form = {"name": "App", "key": sensitive.API_KEY, "opens_layout": "on", "cors_origins": "*"}
    response = admin_client.post(reverse("admin:jss_layout_apikey_add"), form)
    assert "“*” is no origin." in response.content.decode()
    assert not ApiKey.objects.exists()


def test_a_site_is_made_and_listed_with_its_hosts(admin_client: Client) -> None:
    form = {
        "name": "Shop",
        "host_names": "example.com\nwww.example.com",
        "configuration": "jss",
        "languages": "en",
        "default_language": "en",
    }
    admin_client.post(reverse("admin:jss_layout_site_add"), form)
    page = admin_client.get(reverse("admin:jss_layout_site_changelist"), {"q": "www"})
    assert "example.com, www.example.com" in page.content.decode()
