"""Visitor identification: the tag, its addresses, and the flag that turns."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import resolve, set_script_prefix
from hypothesis import given
from hypothesis import strategies as st

from jss_layout.context import RequestWithheld, Used, Withheld
from jss_layout.layout import Context as LayoutContext
from jss_tracking.exceptions import TrackerUnavailable
from jss_tracking.identification import human_flag, ticks
from jss_tracking.models import Contact, Device, Interaction, TrackedEvent
from jss_tracking.trackers.database import DatabaseTracker
from tests.sensitive import SITE_API_KEY

pytestmark = pytest.mark.django_db

NAME = "SC_ANALYTICS_GLOBAL_COOKIE"
ID = "5d0f3a8c71b94e2fa6c8d1e07b3f9a24"
TIMESTAMP = "638843327138805989"
SCRIPT = "/layouts/system/VisitorIdentification.js"
STYLES = "/layouts/system/VisitorIdentificationCSS.aspx"
CHECKER = "/layouts/system/VIChecker.aspx"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari"
EMITTED = (
    f'<meta name="VIcurrentDateTime" content="{TIMESTAMP}">'
    '<meta name="VirtualFolder" content="/">'
    f'<script src="{SCRIPT}" defer></script>'
)


def flag(value: bool | None) -> str:
    return "" if value is None else f"{NAME}={ID}|{value}"


def emitted(rf: RequestFactory, came: bool | None, given: bool | None, **context: Any) -> str:
    request: Any = rf.get("/", headers={"cookie": f"a=b; {flag(came)}"})
    request.page_cookies = [f"{flag(given)}; path=/; HttpOnly"] if given is not None else []
    values = {
        "request": request,
        "context": LayoutContext({"visitorIdentificationTimestamp": TIMESTAMP}),
        **context,
    }
    template = Template("{% load jss_tracking %}{% visitor_identification %}")
    return template.render(Context(values))


class TestTag:
    @pytest.mark.parametrize(
        ("came", "given", "emits"),
        [
            (None, False, True),
            (False, False, True),
            (False, True, False),
            (True, False, True),
            (True, None, False),
        ],
    )
    def test_it_is_there_exactly_while_nobody_is_identified(
        self, rf: RequestFactory, came: bool | None, given: bool | None, emits: bool
    ) -> None:
        assert emitted(rf, came, given) == (EMITTED if emits else "")

    @pytest.mark.parametrize("missing", ["request", "context"])
    def test_without_request_or_layout_it_emits_nothing(
        self, rf: RequestFactory, missing: str
    ) -> None:
        assert emitted(rf, None, False, **{missing: None}) == ""

    def test_without_a_timestamp_there_is_nothing_to_identify(self, rf: RequestFactory) -> None:
        assert emitted(rf, None, False, context=LayoutContext({})) == ""

    def test_a_number_is_printed_exactly(self, rf: RequestFactory) -> None:
        context = LayoutContext({"visitorIdentificationTimestamp": int(TIMESTAMP)})
        assert emitted(rf, None, False, context=context) == EMITTED

    def test_a_hostile_timestamp_is_escaped(self, rf: RequestFactory) -> None:
        context = LayoutContext({"visitorIdentificationTimestamp": '"><script>'})
        assert "&quot;&gt;&lt;script&gt;" in emitted(rf, None, False, context=context)

    def test_addresses_follow_the_prefix_under_which_the_site_is_mounted(
        self, rf: RequestFactory
    ) -> None:
        set_script_prefix("/holidays/")
        try:
            html = emitted(rf, None, False)
        finally:
            set_script_prefix("/")
        assert '<meta name="VirtualFolder" content="/holidays/">' in html
        assert f'src="/holidays{SCRIPT}"' in html

    @pytest.mark.parametrize("name", ["csp_nonce", "CSP_NONCE"])
    def test_a_nonce_goes_with_the_script(self, rf: RequestFactory, name: str) -> None:
        html = emitted(rf, None, False, **{name: 'r4nd0m"'})
        assert f'<script src="{SCRIPT}" nonce="r4nd0m&quot;" defer></script>' in html

    def test_who_may_not_be_tracked_is_not_identified(
        self, rf: RequestFactory, settings: Any
    ) -> None:
        settings.TRACKING_EXPLICIT_CONSENT = True
        assert emitted(rf, None, False) == ""

    def test_it_belongs_into_a_page_and_says_so_in_a_component(self, rf: RequestFactory) -> None:
        withheld: Any = Withheld("request", Used())
        with pytest.raises(RequestWithheld):
            emitted(rf, None, False, request=withheld)


class TestFlag:
    def test_the_last_cookie_of_an_answer_counts_and_an_empty_one_never(self) -> None:
        given = [f"{NAME}={ID}|False", f"{NAME}={ID}|True; path=/", f"{NAME}=; path=/"]
        assert human_flag(flag(False), given) is True

    def test_only_the_value_counts_not_the_attributes_nor_other_cookies(self) -> None:
        assert human_flag("", [f"{NAME}={ID}|False; x=a|True", "other=1|True"]) is False

    def test_without_any_cookie_nobody_knows(self) -> None:
        assert human_flag("a=b", ["c=d"]) is None

    @given(st.text(), st.lists(st.text()))
    def test_any_text_is_judged(self, cookies: str, lines: list[str]) -> None:
        assert human_flag(cookies, lines) in (True, False, None)

    def test_ticks_are_those_of_dotnet(self) -> None:
        moment = datetime(2025, 5, 31, 23, 58, 33, 880598, tzinfo=UTC)
        assert ticks(moment) == 638843327138805980


class TestAddresses:
    @pytest.fixture
    def visitor(self, settings: Any) -> Client:
        settings.SITECORE_API_KEY = SITE_API_KEY
        return Client(headers={"user-agent": CHROME})

    def test_a_first_visit_is_identified_and_the_tag_is_gone_on_the_next_page(
        self, visitor: Client
    ) -> None:
        first = visitor.get("/")
        device = Device.objects.get()
        assert kept(visitor) == f"{device.id}|False"
        (content,) = re.findall(r'<meta name="VIcurrentDateTime" content="(\d{18})">', text(first))
        assert int(content) > 639_000_000_000_000_000
        assert f'<script src="{SCRIPT}" defer></script>' in text(first)
        visitor.get(STYLES, {"tstamp": "1"})
        assert kept(visitor) == f"{device.id}|True"
        assert "VIcurrentDateTime" not in text(visitor.get("/"))
        assert [event.kind for event in TrackedEvent.objects.all()] == ["page_view"] * 2

    @pytest.mark.parametrize("path", [STYLES, CHECKER, STYLES.lower(), CHECKER.upper()])
    def test_the_style_sheet_is_empty_and_never_kept_by_a_cache(
        self, visitor: Client, path: str
    ) -> None:
        visitor.get("/")
        response = visitor.get(path)
        assert (response.status_code, response.content) == (200, b"")
        assert response["Content-Type"] == "text/css"
        assert "no-store" in response["Cache-Control"]
        assert Device.objects.get().is_human

    @pytest.mark.parametrize("path", [SCRIPT, SCRIPT.lower()])
    def test_the_script_is_the_same_for_all_and_asks_beside_itself(
        self, visitor: Client, path: str
    ) -> None:
        response = visitor.get(path)
        assert response["Content-Type"] == "text/javascript; charset=utf-8"
        assert response["Cache-Control"] == "public, max-age=3600"
        assert not response.cookies
        assert b"VisitorIdentificationCSS.aspx" in response.content
        assert not Contact.objects.exists()

    @pytest.mark.parametrize("method", ["post", "head", "put"])
    @pytest.mark.parametrize("path", [SCRIPT, STYLES, CHECKER])
    def test_only_get_is_answered(self, path: str, method: str) -> None:
        visitor = Client(enforce_csrf_checks=True)
        assert getattr(visitor, method)(path).status_code == 405

    @pytest.mark.parametrize(
        "path", ["/layouts/system/../x", "/layouts/system/x.aspx", f"{SCRIPT}/x"]
    )
    def test_nothing_else_of_that_folder_is(self, visitor: Client, path: str) -> None:
        assert visitor.get(path).status_code == 404

    def test_connected_the_relay_answers(self, settings: Any, at_sitecore: str) -> None:
        settings.JSS_MODE = "connected"
        assert resolve(STYLES).func.__module__ == "jss_layout.proxy"

    def test_who_may_not_be_tracked_stays_unknown(self, visitor: Client) -> None:
        visitor.get("/")
        response = visitor.get(STYLES, headers={"sec-gpc": "1"})
        assert response.status_code == 200
        assert not response.cookies
        assert not Device.objects.get().is_human

    def test_a_tracker_that_fails_leaves_the_visitor_unknown(
        self, visitor: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(self: DatabaseTracker) -> None:
            raise TrackerUnavailable("down")

        visitor.get("/")
        monkeypatch.setattr(DatabaseTracker, "mark_human", fail)
        assert visitor.get(STYLES).status_code == 200
        assert not Device.objects.get().is_human

    def test_the_layout_service_asks_for_identification_too(self, visitor: Client) -> None:
        query = {"item": "/", "sc_apikey": SITE_API_KEY}
        path = "/sitecore/api/layout/render/jss"
        context = visitor.get(path, query).json()["sitecore"]["context"]
        assert isinstance(context["visitorIdentificationTimestamp"], int)
        assert context["language"] == "en"
        visitor.get(STYLES)
        context = visitor.get(path, query).json()["sitecore"]["context"]
        assert "visitorIdentificationTimestamp" not in context

    def test_a_page_that_is_not_found_asks_nobody(self, visitor: Client) -> None:
        assert "VIcurrentDateTime" not in text(visitor.get("/no/such/page"))


class TestNoPageViews:
    """Requests that look like visits: no contact is made of them."""

    @pytest.mark.parametrize(
        ("method", "headers"),
        [
            ("head", {"user-agent": CHROME}),
            ("get", {"user-agent": "kube-probe/1.30"}),
            ("get", {"user-agent": "our-crawler/1"}),
            ("get", {"user-agent": CHROME, "sec-gpc": "1"}),
        ],
    )
    def test_nothing_is_counted_and_no_cookie_set(
        self, client: Client, settings: Any, method: str, headers: dict[str, str]
    ) -> None:
        settings.JSS_UNCOUNTED_USER_AGENTS = ["kube-probe", "our-crawler"]
        response = getattr(client, method)("/", headers=headers)
        assert response.status_code == 200
        assert not response.cookies
        assert not Interaction.objects.exists()
        assert not Contact.objects.exists()

    @pytest.mark.parametrize("header", ["purpose", "sec-purpose"])
    def test_a_page_fetched_in_advance_is_marked_as_not_counted(
        self, client: Client, header: str
    ) -> None:
        response = client.get("/", headers={"user-agent": CHROME, header: "prefetch;prerender"})
        assert 'data-counted="false"' in text(response)
        assert not Interaction.objects.exists()
        assert 'data-counted="true"' in text(client.get("/", headers={"user-agent": CHROME}))

    def test_events_of_an_uncounted_robot_are_dropped(
        self, client: Client, service: str, settings: Any
    ) -> None:
        settings.JSS_UNCOUNTED_USER_AGENTS = ["our-crawler"]
        response = client.post(
            f"/sitecore/api/jss/track/event?sc_apikey={service}",
            [{"goalId": "Register"}],
            content_type="application/json",
            headers={"user-agent": "our-crawler/1"},
        )
        assert response.json() == {"tracked": 0, "errors": [], "dropped": "robot"}
        assert not Contact.objects.exists()


def kept(client: Client) -> str:
    """The analytics cookie that the browser has."""
    return next(morsel.value for morsel in client.cookies.values() if morsel.key == NAME)


def text(response: Any) -> str:
    return str(response.content.decode())
