import pytest
from django.test import Client
from django.urls import resolve


@pytest.mark.parametrize("query", ["", "?a=b"])
def test_admin_without_its_slash_leads_to_the_admin(client: Client, query: str) -> None:
    response = client.get(f"/admin{query}")
    assert (response.status_code, response["Location"]) == (302, f"/admin/{query}")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/admin/", "admin:index"),
        ("/sitecore/api/jss/track/event", "jss_tracking:track_event"),
        ("/healthz", "healthz"),
        ("/admiral", "page"),
        ("/", "page"),
    ],
)
def test_the_catch_all_page_takes_only_what_is_left(path: str, name: str) -> None:
    assert resolve(path).view_name == name
