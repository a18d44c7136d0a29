import pytest
from django.test import Client
from django.utils import translation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("asked", "language", "words"),
    [
        ("da,en;q=0.5", "da", "Adgangskode:"),
        ("en", "en", "Password:"),
        ("fr,xx", "en", "Password:"),
    ],
)
def test_the_admin_speaks_the_language_that_the_browser_asks_for(
    client: Client, asked: str, language: str, words: str
) -> None:
    response = client.get("/admin/login/", headers={"accept-language": asked})
    assert words in response.text
    assert response.headers["Content-Language"] == language
    assert "Accept-Language" in response.headers["Vary"]


def test_a_page_after_it_has_the_language_of_its_address(client: Client) -> None:
    client.get("/admin/login/", headers={"accept-language": "da"})
    assert translation.get_language() == "en"
    response = client.get("/nowhere", headers={"accept-language": "da"})
    assert '<html lang="en"' in response.text
    assert "Accept-Language" not in response.headers.get("Vary", "")
