import pytest
from django.test import RequestFactory
from pytest_django import Settings

from jss_tracking.visitor import visitor


@pytest.fixture(autouse=True)
def _languages(settings: Settings, db: None) -> None:
    settings.JSS_LANGUAGES = ("en", "da")


def test_a_visitor_is_who_sent_the_request(rf: RequestFactory, settings: Settings) -> None:
    settings.SITECORE_SITE_NAME = "shop"
    request = rf.get(
        "/about?sc_camp=a&sc_camp=b",
        headers={"user-agent": "Firefox", "referer": "https://example.org/", "cookie": "a=1; b"},
        REMOTE_ADDR="192.0.2.7",
        secure=True,
    )
    found = visitor(request)
    assert found.site.name == "shop"
    assert found.address == "192.0.2.7"
    assert found.user_agent == "Firefox"
    assert found.referrer == "https://example.org/"
    assert found.secure is True
    assert found.cookies == (("a", "1"), ("", "b"))
    assert found.query == (("sc_camp", "a"), ("sc_camp", "b"))


def test_the_headers_are_those_that_pass_up_and_the_origin(rf: RequestFactory) -> None:
    request = rf.post("/", headers={"origin": "https://testserver", "cookie": "sc=1; sessionid=x"})
    headers = dict(visitor(request).headers)
    assert headers["Origin"] == "https://testserver"
    assert headers["Cookie"] == "sc=1"


def test_without_an_origin_none_passes_up(rf: RequestFactory) -> None:
    assert "Origin" not in dict(visitor(rf.get("/")).headers)


def test_a_cookie_that_python_dislikes_costs_no_other(rf: RequestFactory) -> None:
    request = rf.get("/", headers={"cookie": 'j={"a":1}; bad[name]=2; ASP.NET_SessionId=abc'})
    assert visitor(request).cookie("ASP.NET_SessionId") == "abc"


def test_neither_cookies_nor_address_show_in_its_repr(rf: RequestFactory) -> None:
    request = rf.get("/", headers={"cookie": "a=secret"}, REMOTE_ADDR="192.0.2.7")
    text = repr(visitor(request))
    assert "secret" not in text
    assert "192.0.2.7" not in text


@pytest.mark.parametrize(
    ("path", "referrer", "language"),
    [
        ("/about", "", "en"),
        ("/da/about", "", "da"),
        ("/DA", "", "da"),
        ("/danish", "", "en"),
        ("/about", "http://testserver/da/x", "en"),
        ("/sitecore/api/jss/track/event", "http://testserver/da/x", "da"),
        ("/sitecore/api/jss/track/event", "http://testserver/", "en"),
        ("/sitecore/api/jss/track/event", "http://[", "en"),
        ("/sitecore/api/jss/track/event", "", "en"),
        ("/sitecore/api/jss/track/event?sc_lang=da", "http://testserver/", "da"),
        ("/sitecore/api/jss/track/event?sc_lang=xx", "http://testserver/da", "en"),
    ],
)
def test_the_language_is_that_of_the_page(
    rf: RequestFactory, path: str, referrer: str, language: str
) -> None:
    assert visitor(rf.get(path, headers={"referer": referrer})).language == language


def test_under_its_own_name_the_tracker_is_no_page_either(
    rf: RequestFactory, settings: Settings
) -> None:
    settings.TRACKER_SERVICE_PATH = "da/visits"
    request = rf.post("/da/visits/event", headers={"referer": "http://testserver/en/about"})
    assert visitor(request).language == "en"
    request = rf.post("/da/visits/event", headers={"referer": "http://testserver/da/about"})
    assert visitor(request).language == "da"
