"""Consent: Sitecore's cookie, who may be tracked, how to give and revoke it."""

import json
from typing import Any

import pytest
from django.core import checks
from django.http import HttpRequest
from django.template import Context, Template
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from jss_layout.sites import SiteDefinition
from jss_tracking.checks import check_gate
from jss_tracking.consent import CONSENT_COOKIE, decode, encode, may_be_tracked
from jss_tracking.exceptions import TrackerUnavailable
from jss_tracking.models import Contact, Interaction
from jss_tracking.trackers.database import DatabaseTracker

pytestmark = pytest.mark.django_db

SITE = SiteDefinition("website")
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari"
CONSENT = "/sitecore/api/jss/track/consent"
EVENT = "/sitecore/api/jss/track/event"
DEVICE = "SC_ANALYTICS_GLOBAL_COOKIE"
SESSION = "ASP.NET_SessionId"
JSON = "application/json"


def only_with_a_badge(request: HttpRequest) -> bool:
    """A gate of the site's own."""
    return "badge" in request.GET


GATE = f"{__name__}.only_with_a_badge"


@pytest.fixture
def visitor(service: str) -> Client:
    return Client(headers={"user-agent": CHROME})


@pytest.fixture
def explicit(settings: Any) -> None:
    settings.TRACKING_EXPLICIT_CONSENT = True


def choose(client: Client, given: Any, **headers: str) -> Any:
    return client.post(CONSENT, {"given": given}, content_type=JSON, headers=headers)


def chosen(client: Client) -> dict[str, bool]:
    return decode(client.cookies[CONSENT_COOKIE].value)


def kept(client: Client) -> dict[str, str]:
    """The cookies that a browser has: an expired one is gone."""
    found: dict[str, str] = {}
    for morsel in client.cookies.values():
        if morsel["max-age"] == 0:
            found.pop(morsel.key, None)
        else:
            found[morsel.key] = morsel.value
    return found


class TestCookie:
    def test_it_is_written_as_sitecore_writes_it(self) -> None:
        value = encode({"x": True})
        assert value == "W3siU2l0ZU5hbWUiOiJ4IiwiSXNDb25zZW50R2l2ZW4iOnRydWV9XQ2"

    @given(st.dictionaries(st.text(), st.booleans()))
    def test_what_is_written_is_read(self, given: dict[str, bool]) -> None:
        assert decode(encode(given)) == given

    @given(st.dictionaries(st.text(), st.booleans()))
    def test_it_needs_no_quoting(self, given: dict[str, bool]) -> None:
        value = encode(given)
        assert value.isascii()
        assert value.replace("-", "").replace("_", "").isalnum()

    @given(st.text())
    def test_any_text_is_read(self, value: str) -> None:
        assert isinstance(decode(value), dict)

    @pytest.mark.parametrize("value", ["", "0", "x", "W10", "W102", "bm9uZQ2", "éé0", "e300", "²"])
    def test_what_is_malformed_says_nothing(self, value: str) -> None:
        assert decode(value) == {}


class TestDecision:
    @pytest.mark.parametrize(
        ("choice", "headers", "settings_of_site", "allowed"),
        [
            (None, {}, {}, True),
            (None, {}, {"TRACKING_EXPLICIT_CONSENT": True}, False),
            (True, {}, {"TRACKING_EXPLICIT_CONSENT": True}, True),
            (False, {}, {}, False),
            (None, {"sec-gpc": "1"}, {}, False),
            (None, {"sec-gpc": "0"}, {}, True),
            (None, {"sec-gpc": "1"}, {"TRACKING_RESPECT_GPC": False}, True),
            (True, {"sec-gpc": "1"}, {}, True),
            (None, {"dnt": "1"}, {}, True),
            (None, {"dnt": "1"}, {"TRACKING_RESPECT_DNT": True}, False),
            (None, {"dnt": "0"}, {"TRACKING_RESPECT_DNT": True}, True),
            (True, {"dnt": "1"}, {"TRACKING_RESPECT_DNT": True}, True),
            (None, {}, {"TRACKING_GATE": GATE}, False),
            (True, {}, {"TRACKING_GATE": GATE}, False),
        ],
    )
    def test_choice_signals_and_gate(
        self,
        rf: RequestFactory,
        settings: Any,
        choice: bool | None,
        headers: dict[str, str],
        settings_of_site: dict[str, Any],
        allowed: bool,
    ) -> None:
        for name, value in settings_of_site.items():
            setattr(settings, name, value)
        if choice is not None:
            headers = {**headers, "cookie": f"a=1; {CONSENT_COOKIE}={encode({'WebSite': choice})}"}
        assert may_be_tracked(rf.get("/", headers=headers), SITE) is allowed

    def test_who_passes_the_gate_is_judged_by_the_other_rules(
        self, rf: RequestFactory, settings: Any
    ) -> None:
        settings.TRACKING_GATE = GATE
        assert may_be_tracked(rf.get("/?badge=1"), SITE)
        settings.TRACKING_EXPLICIT_CONSENT = True
        assert not may_be_tracked(rf.get("/?badge=1"), SITE)

    def test_a_choice_on_one_site_says_nothing_on_another(
        self, rf: RequestFactory, explicit: None
    ) -> None:
        request = rf.get("/", headers={"cookie": f"{CONSENT_COOKIE}={encode({'shop': True})}"})
        assert not may_be_tracked(request, SITE)

    @pytest.mark.parametrize("path", ["no.such.gate", "json.decoder.NaN"])
    def test_a_gate_that_is_none_is_found_by_the_check(self, settings: Any, path: str) -> None:
        settings.TRACKING_GATE = path
        (error,) = check_gate()
        assert isinstance(error, checks.Error)
        assert error.id == "jss_tracking.E008"
        assert error.hint

    def test_a_gate_that_is_one_is_fine(self, settings: Any) -> None:
        settings.TRACKING_GATE = GATE
        assert check_gate() == []


@pytest.mark.usefixtures("explicit")
class TestExplicitConsent:
    def test_before_it_is_given_nothing_is_set_or_kept(self, visitor: Client) -> None:
        response = visitor.get("/")
        assert not response.cookies
        assert 'data-counted="false"' in response.content.decode()
        assert not Contact.objects.exists()

    def test_events_are_dropped_without_an_error(self, visitor: Client, service: str) -> None:
        response = visitor.post(
            f"{EVENT}?sc_apikey={service}", [{"goalId": "Register"}], content_type=JSON
        )
        assert response.status_code == 200
        assert response.json() == {"tracked": 0, "errors": [], "dropped": "consent"}
        assert not response.cookies
        assert not Contact.objects.exists()

    def test_a_flush_is_dropped(self, visitor: Client) -> None:
        answer = visitor.get("/sitecore/api/jss/track/flush").json()
        assert answer == {"flushed": False, "dropped": "consent"}

    def test_once_it_is_given_the_next_page_counts(self, visitor: Client) -> None:
        choose(visitor, given=True)
        response = visitor.get("/")
        assert 'data-counted="true"' in response.content.decode()
        assert {DEVICE, SESSION} <= set(kept(visitor))
        assert Interaction.objects.count() == 1


class TestEndpoint:
    def test_json_is_answered_in_json(self, visitor: Client) -> None:
        response = choose(visitor, given=True)
        assert (response.status_code, response.json()) == (200, {"given": True})
        assert chosen(visitor) == {"website": True}
        assert "private" in response["Cache-Control"]

    def test_the_cookie_is_like_sitecores(self, visitor: Client) -> None:
        choose(visitor, given=True)
        cookie = visitor.cookies[CONSENT_COOKIE]
        assert (cookie["path"], cookie["samesite"], cookie["secure"]) == ("/", "Lax", "")
        assert cookie["max-age"] == 3652 * 24 * 60 * 60
        assert not cookie["httponly"]
        visitor.post(CONSENT, {"given": True}, content_type=JSON, secure=True)
        cookie = visitor.cookies[CONSENT_COOKIE]
        assert (cookie["samesite"], cookie["secure"]) == ("None", True)

    def test_choices_for_other_sites_are_kept(self, visitor: Client) -> None:
        visitor.cookies[CONSENT_COOKIE] = encode({"Shop": True, "Website": True})
        choose(visitor, given=False)
        assert chosen(visitor) == {"Shop": True, "website": False}

    def test_revoking_expires_the_visit_and_ends_it(self, visitor: Client) -> None:
        visitor.get("/")
        assert {DEVICE, SESSION} <= set(kept(visitor))
        response = choose(visitor, given=False)
        expired = {morsel.key for morsel in response.cookies.values() if morsel["max-age"] == 0}
        assert expired == {DEVICE, SESSION, "SC_ANALYTICS_SESSION_COOKIE"}
        assert set(kept(visitor)) == {CONSENT_COOKIE}
        assert Interaction.objects.get().end_reason == "flushed"

    def test_after_revoking_nothing_is_counted(self, visitor: Client) -> None:
        visitor.get("/")
        choose(visitor, given=False)
        response = visitor.get("/")
        assert not response.cookies
        assert 'data-counted="false"' in response.content.decode()
        assert Interaction.objects.count() == 1

    def test_revoking_works_while_the_tracker_does_not(
        self, visitor: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(self: DatabaseTracker) -> None:
            raise TrackerUnavailable("down")

        monkeypatch.setattr(DatabaseTracker, "flush", fail)
        assert choose(visitor, given=False).status_code == 200
        assert chosen(visitor) == {"website": False}

    def test_connected_the_cookies_expire_and_sitecore_is_not_asked(
        self, visitor: Client, at_sitecore: str
    ) -> None:
        response = choose(visitor, given=False)
        assert response.status_code == 200
        assert response.cookies[DEVICE]["max-age"] == 0

    @pytest.mark.parametrize(
        "body", ["", "[]", "{}", '{"given": "true"}', '{"given": null}', "\xff", "[" * 100_000]
    )
    def test_a_choice_that_is_none_is_refused(self, visitor: Client, body: str) -> None:
        response = visitor.post(CONSENT, body.encode("latin-1"), content_type=JSON)
        assert response.status_code == 400
        assert json.loads(response.content)["errors"][0]["code"] == "invalid_choice"
        assert not response.cookies

    @pytest.mark.parametrize(
        "headers",
        [
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"origin": "https://evil.example"},
            {"origin": "null"},
        ],
    )
    def test_another_site_may_not_choose(self, visitor: Client, headers: dict[str, str]) -> None:
        response = choose(visitor, True, **headers)
        assert response.status_code == 403
        assert not response.cookies

    @pytest.mark.parametrize(
        "headers",
        [
            {"sec-fetch-site": "same-origin", "origin": "null"},
            {"origin": "http://TESTSERVER"},
        ],
    )
    def test_this_site_may(self, visitor: Client, headers: dict[str, str]) -> None:
        assert choose(visitor, True, **headers).status_code == 200

    def test_only_post_is_answered(self, visitor: Client) -> None:
        assert visitor.get(CONSENT).status_code == 405

    def test_no_csrf_token_is_needed_since_the_origin_is_checked(self, service: str) -> None:
        client = Client(enforce_csrf_checks=True)
        assert choose(client, given=True).status_code == 200

    @pytest.mark.parametrize(
        ("next_page", "referrer", "back"),
        [
            ("/about?a=1", "", "/about?a=1"),
            ("", "http://testserver/da", "http://testserver/da"),
            ("https://evil.example/", "", "/"),
            ("//evil.example/", "https://evil.example/", "/"),
            ("javascript:alert(1)", "", "/"),
            ("", "", "/"),
        ],
    )
    def test_a_form_leads_back_to_its_page_on_this_host(
        self, visitor: Client, next_page: str, referrer: str, back: str
    ) -> None:
        response = visitor.post(
            CONSENT, {"given": "true", "next": next_page}, headers={"referer": referrer}
        )
        assert (response.status_code, response["Location"]) == (303, back)
        assert chosen(visitor) == {"website": True}

    def test_a_form_without_a_choice_is_refused(self, visitor: Client) -> None:
        assert visitor.post(CONSENT, {"next": "/"}).status_code == 400


class TestTag:
    def form(self, rf: RequestFactory, choice: bool | None = None, **context: Any) -> str:
        cookie = "" if choice is None else f"{CONSENT_COOKIE}={encode({'website': choice})}"
        values = {"request": rf.get("/about?a=1&b=2", headers={"cookie": cookie}), "site": SITE}
        template = Template("{% load jss_tracking %}{% consent %}")
        return template.render(Context(values | {"language": "en"} | context))

    @pytest.mark.parametrize(
        ("choice", "is_explicit", "state", "offered"),
        [
            (None, True, "unknown", ["true", "false"]),
            (None, False, "unknown", ["false"]),
            (True, True, "given", ["false"]),
            (False, True, "refused", ["true"]),
        ],
    )
    def test_it_offers_what_the_visitor_has_not_chosen(
        self,
        rf: RequestFactory,
        settings: Any,
        choice: bool | None,
        is_explicit: bool,
        state: str,
        offered: list[str],
    ) -> None:
        settings.TRACKING_EXPLICIT_CONSENT = is_explicit
        html = self.form(rf, choice)
        assert f'data-consent="{state}"' in html
        assert [word for word in ("true", "false") if f'name="given" value="{word}"' in html] == (
            offered
        )

    def test_it_is_a_form_without_script_that_leads_back(self, rf: RequestFactory) -> None:
        html = self.form(rf)
        assert f'<form method="post" action="{CONSENT}">' in html
        assert '<input type="hidden" name="next" value="/about?a=1&amp;b=2">' in html
        assert "<script" not in html
        assert "onclick" not in html

    def test_where_nothing_is_tracked_there_is_nothing_to_choose(self, rf: RequestFactory) -> None:
        assert self.form(rf, site=SiteDefinition("quiet", enable_tracking=False)).strip() == ""
        assert self.form(rf, site=None).strip() == ""
        assert self.form(rf, request=None).strip() == ""

    def test_the_sample_sites_form_works(self, visitor: Client) -> None:
        html = visitor.get("/da").content.decode()
        assert "Husk det ikke" in html
        visitor.post(CONSENT, {"given": "false", "next": "/da"})
        assert "I må gerne huske det" in visitor.get("/da").content.decode()
