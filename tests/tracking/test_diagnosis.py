"""Each fault is made over HTTP, and the verdict on it read from the command."""

import re
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command
from pytest_django.live_server_helper import LiveServer

from jss_layout.models import ApiKey
from jss_layout.sites import environment_site, site_rows
from jss_tracking.consent import CONSENT_COOKIE, encode
from jss_tracking.cookies import DEVICE_COOKIE, SESSION_COOKIE
from jss_tracking.diagnosis import VERDICTS, Visit, masked, masked_line, verdicts
from jss_tracking.management.commands.diagnose_tracking import USER_AGENT
from tests.end_to_end.gate.upstream import Upstream, upstream
from tests.sensitive import ANALYTICS_COOKIE, API_KEY
from tests.sensitive import SESSION_COOKIE as SESSION

ROOT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT_KEY = "0f1b6a52-9f0b-4c44-8d3a-52f3a6a3a1c1"
PERSON = f"{DEVICE_COOKIE}={'a' * 32}|True"

Diagnose = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def tracked_site(settings: Any) -> None:
    settings.TRACKER_SERVICE_ENABLED = True
    settings.SITECORE_API_KEY = ENVIRONMENT_KEY


@pytest.fixture
def diagnose(live_server: LiveServer) -> Diagnose:
    """The ids of the command's verdicts on the home page."""
    return lambda **options: ids(run(url=live_server.url, **options))


@pytest.fixture
def sitecore(settings: Any) -> Iterator[Upstream]:
    """A Sitecore that tracks, to which the site is connected."""
    with upstream() as server:
        settings.JSS_MODE = "connected"
        settings.SITECORE_API_HOST = server.url
        yield server


def run(**options: Any) -> str:
    printed = StringIO()
    call_command("diagnose_tracking", stdout=printed, **options)
    return printed.getvalue()


def ids(printed: str) -> list[str]:
    return re.findall(r"^(\w+)(?: \(possible\))?:(?= )", printed, re.MULTILINE)


def test_a_person_whose_visits_are_recorded_gets_no_verdict(
    diagnose: Diagnose, live_server: LiveServer
) -> None:
    assert diagnose(cookie=PERSON) == []
    assert "Nothing stands in the way" in run(url=live_server.url, cookie=PERSON)


def test_a_first_visit_is_nobodys_yet(diagnose: Diagnose) -> None:
    assert diagnose() == ["flagged_robot"]


def test_a_tracker_that_is_off(diagnose: Diagnose, settings: Any) -> None:
    settings.TRACKER_SERVICE_ENABLED = False
    assert diagnose(cookie=PERSON) == ["tracker_disabled"]


def test_a_page_without_a_key(diagnose: Diagnose, settings: Any) -> None:
    settings.SITECORE_API_KEY = ""
    assert diagnose(cookie=PERSON) == ["api_key_missing"]


def test_a_wrong_key(diagnose: Diagnose) -> None:
    assert diagnose(cookie=PERSON, key=API_KEY) == ["api_key_wrong"]


def test_an_origin_that_the_key_does_not_list(diagnose: Diagnose) -> None:
    assert diagnose(cookie=PERSON, origin="https://app.example.com") == ["origin_refused"]


def test_an_origin_that_the_key_lists(diagnose: Diagnose) -> None:
    ApiKey.objects.create(
        name="app", key=API_KEY, cors_origins="https://app.example.com", opens_tracking=True
    )
    assert diagnose(cookie=PERSON, key=API_KEY, origin="https://app.example.com") == []


def test_tracking_that_is_off_altogether(diagnose: Diagnose, settings: Any) -> None:
    settings.SITECORE_ENABLE_TRACKING = False
    assert diagnose(cookie=PERSON) == ["tracking_off"]


def test_tracking_that_is_off_altogether_where_there_is_no_key_either(
    diagnose: Diagnose, settings: Any
) -> None:
    settings.SITECORE_ENABLE_TRACKING, settings.SITECORE_API_KEY = False, ""
    assert "api_key_missing" in diagnose(cookie=PERSON)


def test_a_user_agent_that_is_not_counted(diagnose: Diagnose) -> None:
    assert diagnose(cookie=PERSON, user_agent="kube-probe/1.31") == ["user_agent_uncounted"]


def test_a_visitor_who_did_not_agree(diagnose: Diagnose, settings: Any) -> None:
    settings.TRACKING_EXPLICIT_CONSENT = True
    assert diagnose(cookie=PERSON) == ["consent_missing"]


@pytest.mark.parametrize(
    ("changed", "key", "refusal"),
    [
        ({"TRACKER_SERVICE_ENABLED": False}, "", "tracker_disabled"),
        ({}, API_KEY, "api_key_wrong"),
    ],
)
def test_a_missing_consent_is_named_though_the_endpoint_refuses(
    diagnose: Diagnose, settings: Any, changed: dict[str, Any], key: str, refusal: str
) -> None:
    settings.TRACKING_EXPLICIT_CONSENT = True
    for name, value in changed.items():
        setattr(settings, name, value)
    assert diagnose(cookie=PERSON, key=key) == [refusal, "not_counted", "consent_missing"]


@pytest.mark.parametrize(("given", "named"), [(True, False), (False, True)])
def test_the_consent_of_the_given_cookie_counts(
    diagnose: Diagnose, settings: Any, given: bool, named: bool
) -> None:
    settings.TRACKING_EXPLICIT_CONSENT = True
    settings.TRACKER_SERVICE_ENABLED = False
    consent = f"{CONSENT_COOKIE}={encode({environment_site().name: given})}"
    assert ("consent_missing" in diagnose(cookie=f"{PERSON}; {consent}")) is named


def test_settings_are_looked_at_though_the_endpoint_refuses(
    diagnose: Diagnose, settings: Any
) -> None:
    settings.TRACKER_SERVICE_ENABLED = False
    settings.SITECORE_ENABLE_TRACKING = False
    assert diagnose(cookie=PERSON) == ["tracker_disabled", "not_counted", "tracking_off"]


@pytest.mark.parametrize("tracking", [True, False])
def test_the_way_out_is_no_setting_that_is_made_already(settings: Any, tracking: bool) -> None:
    settings.LAYOUT_SERVICE_TRACKING = tracking
    (verdict,) = verdicts(Visit())
    assert ("Set LAYOUT_SERVICE_TRACKING to true" in verdict.way_out) is not tracking


def test_a_page_that_is_not_counted_tells_nothing_of_session_and_licence() -> None:
    uncounted = Visit(html='data-counted="false"', set_cookies=("a=b; Secure",))
    assert [verdict.id for verdict in verdicts(uncounted)] == [
        "not_counted",
        "secure_cookie_on_http",
    ]
    session = Visit(cookie_header=f"{SESSION_COOKIE}={SESSION}")
    assert [verdict.id for verdict in verdicts(session)] == ["not_counted"]


def test_layout_calls_that_are_not_counted(diagnose: Diagnose, settings: Any) -> None:
    settings.LAYOUT_SERVICE_TRACKING = False
    cookie = f"{PERSON}; {SESSION_COOKIE}={SESSION}"
    assert diagnose(cookie=cookie) == ["not_counted"]


def test_a_page_that_does_not_exist(live_server: LiveServer) -> None:
    assert ids(run(url=f"{live_server.url}/no/such/page")) == ["page_unavailable"]


@pytest.mark.django_db
def test_a_host_that_does_not_answer() -> None:
    with pytest.raises(CommandError, match=r"http://127.0.0.1:9/ gave no answer: ConnectionError"):
        run(url=f"http://127.0.0.1:9/?sc_apikey={API_KEY}")


@pytest.mark.django_db
def test_a_host_of_whom_nobody_knows_whose_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_rows, "get", lambda: None)
    with pytest.raises(CommandError) as raised:
        run(url=f"http://127.0.0.1:9/?sc_apikey={API_KEY}")
    assert str(raised.value) == (
        "The sites of the admin can't be read, so nobody knows whose http://127.0.0.1:9/ is: "
        "see that the database of DATABASE_URL answers."
    )


@pytest.mark.parametrize("option", ["cookie", "user_agent", "origin"])
@pytest.mark.parametrize("value", ["a=ä\nb", " a=b", "a=€"])
def test_an_option_that_no_header_can_carry(option: str, value: str) -> None:
    with pytest.raises(CommandError) as raised:
        run(url="http://127.0.0.1:9/", **{option: value})
    assert str(raised.value).startswith(f"--{option.replace('_', '-')} can't be sent as a header")
    assert value not in str(raised.value)


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["nonsense", "ftp://example.com/", "http://", "http://["])
def test_an_address_that_is_none_of_a_page(url: str) -> None:
    with pytest.raises(CommandError, match=f"^--url {re.escape(url)} is no address of a page"):
        run(url=f"{url}?sc_apikey={API_KEY}")


# What a Sitecore may do


def cookies(sitecore: Upstream, *lines: str) -> None:
    sitecore.cookies = lambda *_: lines


def test_a_visit_to_a_sitecore_that_tracks_may_wait_for_its_end(
    sitecore: Upstream, diagnose: Diagnose, live_server: LiveServer
) -> None:
    assert diagnose(cookie=PERSON) == ["session_not_ended", "contact_anonymous"]
    assert "session_not_ended (possible)" in run(url=live_server.url, cookie=PERSON)


def test_a_robot_in_the_eyes_of_sitecore(sitecore: Upstream, diagnose: Diagnose) -> None:
    cookies(sitecore, f"{DEVICE_COOKIE}={'a' * 32}|False; path=/", f"{SESSION_COOKIE}=a; path=/")
    assert diagnose() == ["flagged_robot"]


def test_no_session_comes_back(sitecore: Upstream, diagnose: Diagnose) -> None:
    cookies(sitecore, f"{PERSON}; path=/")
    assert diagnose() == ["session_cookie_missing"]


def test_a_secure_cookie_on_plain_http(sitecore: Upstream, diagnose: Diagnose) -> None:
    cookies(sitecore, f"{PERSON}; path=/; secure; SameSite=None", f"{SESSION_COOKIE}=a; path=/")
    assert diagnose() == ["secure_cookie_on_http"]


def test_a_licence_without_xdb(sitecore: Upstream, diagnose: Diagnose) -> None:
    cookies(sitecore, f"{SESSION_COOKIE}=a; path=/; HttpOnly")
    assert diagnose() == ["analytics_cookie_missing"]


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (404, "sitecore_tracker_disabled"),
        (401, "sitecore_key_refused"),
        (403, "sitecore_key_refused"),
        (500, "sitecore_unavailable"),
    ],
)
def test_a_sitecore_that_refuses_events(
    sitecore: Upstream, diagnose: Diagnose, status: int, verdict: str
) -> None:
    sitecore.event_status = status
    assert diagnose(cookie=PERSON) == [verdict]


def test_what_is_only_possible_is_not_told_beside_what_stands_in_the_way(
    sitecore: Upstream, diagnose: Diagnose
) -> None:
    assert diagnose(cookie=PERSON, key=API_KEY) == ["api_key_wrong"]


@pytest.mark.django_db
def test_a_sitecore_that_is_gone(settings: Any) -> None:
    settings.JSS_MODE = "connected"
    settings.SITECORE_API_HOST = "http://127.0.0.1:9"
    assert ids(run()) == ["sitecore_unavailable"]


# Without a page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"TRACKER_SERVICE_ENABLED": False}, ["tracker_disabled"]),
        ({"SITECORE_API_KEY": ""}, ["api_key_missing"]),
        ({"SITECORE_ENABLE_TRACKING": False}, ["tracking_off"]),
        ({"LAYOUT_SERVICE_TRACKING": False}, ["not_counted"]),
    ],
)
def test_settings_alone_tell_a_part(
    changed: dict[str, Any], expected: list[str], settings: Any
) -> None:
    for name, value in changed.items():
        setattr(settings, name, value)
    assert ids(run()) == expected


# What is shown


def test_no_cookie_is_printed_whole(live_server: LiveServer) -> None:
    cookie = f"{DEVICE_COOKIE}={ANALYTICS_COOKIE}; {SESSION_COOKIE}={SESSION}; short=1234"
    printed = run(url=live_server.url, cookie=cookie)
    assert f"sent      {DEVICE_COOKIE}={ANALYTICS_COOKIE[:4]}…|True\n" in printed
    assert f"received  {DEVICE_COOKIE}={ANALYTICS_COOKIE[:4]}…|True; expires=" in printed
    assert "sent      short=…\n" in printed
    assert ANALYTICS_COOKIE[:8] not in printed
    assert SESSION[:8] not in printed


def test_what_is_masked_keeps_its_shape() -> None:
    assert masked("a", "") == "a="
    assert masked("a", "x|False") == "a=…"
    assert masked_line(f"a={SESSION}; path=/; HttpOnly") == f"a={SESSION[:4]}…; path=/; HttpOnly"
    assert masked_line(" ; x") == ""


def test_the_visit_is_that_of_a_browser(live_server: LiveServer, client: Any) -> None:
    assert "Firefox/" in USER_AGENT
    answer = requests.get(live_server.url, headers={"User-Agent": USER_AGENT}, timeout=10)
    assert 'data-counted="true"' in answer.text


def test_an_empty_cookie_of_an_answer_does_not_hide_the_one_that_came() -> None:
    visit = Visit(html='data-counted="true"', cookie_header=f"{PERSON}; {SESSION_COOKIE}=a")
    assert verdicts(visit) == []
    emptied = Visit(
        html='data-counted="true"',
        cookie_header=f"{PERSON}; {SESSION_COOKIE}=a",
        set_cookies=(f"{DEVICE_COOKIE}=; path=/", ";"),
    )
    assert verdicts(emptied) == []


def test_a_visit_never_shows_its_cookies() -> None:
    visit = Visit(cookie_header=f"a={SESSION}", set_cookies=(f"b={SESSION}",), html=API_KEY)
    assert SESSION not in repr(visit)
    assert API_KEY not in repr(visit)


def test_every_verdict_is_documented_with_its_way_out() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    documented = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert documented == list(VERDICTS)
