"""Who is not tracked: what goes up, down and into the page, over real HTTP."""

from typing import Any

import pytest
import requests
from django.http import HttpRequest

from tests.end_to_end.gate.upstream import DEVICE, SESSION, SHOWN, Upstream
from tests.end_to_end.served import served
from tests.sensitive import SITE_API_KEY

pytestmark = pytest.mark.django_db(transaction=True)

VISIT = f"{SESSION}=a; {DEVICE}=a|True; {SHOWN}=a"
TIMESTAMP = {"visitorIdentificationTimestamp": 638843327138805989}


@pytest.fixture
def sitecore(stand_in: Upstream, settings: Any) -> Upstream:
    settings.SITECORE_API_KEY = SITE_API_KEY
    settings.TRACKER_SERVICE_ENABLED = True
    stand_in.context = TIMESTAMP
    return stand_in


def only_members(request: HttpRequest) -> bool:
    """A gate of the site's own."""
    return request.path.startswith("/members")


def fails(_request: HttpRequest) -> bool:
    """A gate that can't tell."""
    raise ZeroDivisionError


def look(path: str = "/", **headers: str) -> requests.Response:
    with served() as site:
        page = requests.get(site + path, headers={"Cookie": VISIT, **headers}, timeout=10)
    assert page.status_code == 200
    return page


def up(sitecore: Upstream) -> tuple[str, set[str]]:
    """``tracking=`` and the names of the cookies of the one page that was asked for."""
    (call,) = [call for call in sitecore.calls if call["kind"] == "page"]
    return call["tracking"], set(call["cookies"])


def is_counted(page: requests.Response) -> bool:
    return 'data-counted="true"' in page.text


@pytest.mark.parametrize(
    ("values", "headers"),
    [
        ({"TRACKING_RESPECT_DNT": True}, {"DNT": "1"}),
        ({}, {"Sec-GPC": "1"}),
        ({"TRACKING_GATE": f"{__name__}.only_members"}, {}),
        ({"TRACKING_GATE": f"{__name__}.fails"}, {}),
        ({"TRACKING_EXPLICIT_CONSENT": True}, {}),
    ],
)
def test_a_visitor_who_may_not_be_tracked_is_not(
    sitecore: Upstream, settings: Any, values: dict[str, Any], headers: dict[str, str]
) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    page = look(**headers)
    assert up(sitecore) == ("false", {SHOWN})
    assert set(page.cookies.keys()) == {SHOWN}
    assert not is_counted(page)
    assert 'data-consent="required"' in page.text
    assert "VIcurrentDateTime" not in page.text


@pytest.mark.parametrize(
    ("values", "path", "headers"),
    [
        ({}, "/", {"DNT": "1"}),
        ({"TRACKING_RESPECT_DNT": True}, "/", {"DNT": "0"}),
        ({"TRACKING_RESPECT_GPC": False}, "/", {"Sec-GPC": "1"}),
        ({"TRACKING_GATE": f"{__name__}.only_members"}, "/members/a", {}),
    ],
)
def test_everybody_else_is(
    sitecore: Upstream, settings: Any, values: dict[str, Any], path: str, headers: dict[str, str]
) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    page = look(path, **headers)
    assert up(sitecore) == ("true", {SESSION, DEVICE, SHOWN})
    assert set(page.cookies.keys()) == {SESSION, DEVICE, SHOWN}
    assert is_counted(page)


def test_on_a_site_with_tracking_off_no_cookie_goes_up_and_no_trace_is_in_the_page(
    sitecore: Upstream, settings: Any
) -> None:
    settings.SITECORE_ENABLE_TRACKING = False
    page = look()
    assert up(sitecore) == ("false", set())
    assert set(page.cookies.keys()) == {SHOWN}
    assert not is_counted(page)
    for trace in ("VIcurrentDateTime", "tracker.js", "data-api-key", "/track/consent"):
        assert trace not in page.text


def test_on_a_site_with_tracking_off_events_count_nothing(
    sitecore: Upstream, settings: Any
) -> None:
    settings.SITECORE_ENABLE_TRACKING = False
    with served() as site:
        answer = requests.post(
            f"{site}/sitecore/api/jss/track/event?sc_apikey={SITE_API_KEY}",
            json=[{"eventId": "Download", "label": "a"}],
            headers={"Cookie": VISIT},
            timeout=10,
        )
    assert answer.json() == {"tracked": 0, "errors": [], "dropped": "tracking_off"}
    assert sitecore.calls == []
    assert not answer.cookies
