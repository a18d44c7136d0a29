"""Page, cookies, event and flush, from a visitor through one instance to another."""

import re

import pytest
import requests

from tests.end_to_end.instances import Instance

pytestmark = pytest.mark.xdist_group("two_instances")

EVENT = "/sitecore/api/jss/track/event"
FLUSH = "/sitecore/api/jss/track/flush"
HOME_ITEM = "{110D559F-DEA5-42EA-9C1C-8A5DF7E70EF9}"
BATCH = [
    {"eventId": "Download"},
    {"goalId": "Instant Demo"},
    {"outcomeId": "Opportunity", "monetaryValue": "12.5", "currencyCode": "EUR"},
    {"pageId": HOME_ITEM, "url": "/arbitrary/url/you/own"},
    {"goalId": "Register"},
]


@pytest.fixture
def visitor() -> requests.Session:
    """A browser: it keeps cookies."""
    return browser()


def browser() -> requests.Session:
    """Under its own name requests counts as a robot, of which nothing is kept."""
    session = requests.Session()
    session.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"
    return session


def page_key(html: str) -> str:
    found = re.search(r'data-api-key="([^"]+)"', html)
    assert found, "the page carries no key for the tracker"
    return found.group(1)


def test_a_page_of_the_connected_site_shows_the_content_of_the_other(
    connected: Instance, sitecore: Instance, visitor: requests.Session
) -> None:
    ours = visitor.get(f"{connected.url}/")
    theirs = requests.get(f"{sitecore.url}/", timeout=10)
    assert ours.status_code == theirs.status_code == 200
    heading = re.search(r"<h1[^>]*>.*?</h1>", theirs.text, re.DOTALL)
    assert heading
    assert heading.group() in ours.text
    picture = re.search(r'<img[^>]* src="(/data/media/[^"]+)"', ours.text)
    assert picture
    assert requests.get(f"{connected.url}{picture[1]}", timeout=10).status_code == 200


def test_cookies_of_sitecore_come_down_and_go_up_again(
    connected: Instance, sitecore: Instance, visitor: requests.Session
) -> None:
    visitor.get(f"{connected.url}/?sc_camp=one-visit")
    first = visitor.cookies.get_dict()
    assert re.fullmatch(r"[0-9a-f]{32}\|(True|False)", first["SC_ANALYTICS_GLOBAL_COOKIE"])
    assert re.fullmatch(r"[0-9a-z]{24}", first["ASP.NET_SessionId"])
    visitor.get(f"{connected.url}/tracking")
    assert visitor.cookies["ASP.NET_SessionId"] == first["ASP.NET_SessionId"]


def test_two_visitors_stay_two(connected: Instance, sitecore: Instance) -> None:
    one, other = browser(), browser()
    one.get(f"{connected.url}/")
    other.get(f"{connected.url}/")
    one.get(f"{connected.url}/")
    for name in ("ASP.NET_SessionId", "SC_ANALYTICS_GLOBAL_COOKIE"):
        assert one.cookies[name] != other.cookies[name]


def test_a_batch_and_a_flush_end_up_in_one_interaction(
    connected: Instance, sitecore: Instance, visitor: requests.Session
) -> None:
    before = len(sitecore.interactions()["interactions"])
    html = visitor.get(f"{connected.url}/tracking").text
    key = page_key(html)
    origin = {"Origin": connected.url}
    sent = visitor.post(
        f"{connected.url}{EVENT}", params={"sc_apikey": key}, json=BATCH, headers=origin
    )
    assert (sent.status_code, sent.json()) == (200, {"tracked": 5, "errors": []})
    flushed = visitor.post(
        f"{connected.url}{FLUSH}", params={"sc_apikey": key}, json=[], headers=origin
    )
    assert flushed.status_code == 200
    interactions = sitecore.interactions()["interactions"]
    assert len(interactions) == before + 1
    visit = interactions[0]
    assert visit["ended"]
    first, second = visit["pages"]
    assert first["url"] == "/tracking"
    assert [event["alias"] for event in first["events"]][-3:] == [
        "Download",
        "Instant Demo",
        "Opportunity",
    ]
    assert second["url"] == "/arbitrary/url/you/own"
    assert [event["alias"] for event in second["events"]] == ["Register"]
    assert connected.interactions()["interactions"] == []


def test_a_flush_starts_a_new_interaction_of_the_same_device(
    connected: Instance, sitecore: Instance, visitor: requests.Session
) -> None:
    visitor.get(f"{connected.url}/")
    device = visitor.cookies["SC_ANALYTICS_GLOBAL_COOKIE"]
    visitor.get(f"{connected.url}{FLUSH}")
    before = len(sitecore.interactions()["interactions"])
    visitor.get(f"{connected.url}/")
    assert visitor.cookies["SC_ANALYTICS_GLOBAL_COOKIE"].split("|")[0] == device.split("|")[0]
    assert len(sitecore.interactions()["interactions"]) == before + 1


def test_an_item_that_does_not_exist_is_404_in_the_sites_own_design(connected: Instance) -> None:
    answer = requests.get(f"{connected.url}/no/such/page", timeout=10)
    assert answer.status_code == 404
    assert "<header" in answer.text


def test_no_log_holds_a_cookie_or_a_key(
    connected: Instance, sitecore: Instance, visitor: requests.Session
) -> None:
    key = page_key(visitor.get(f"{connected.url}/tracking").text)
    visitor.post(f"{connected.url}{EVENT}", params={"sc_apikey": key}, json=BATCH)
    secrets = [key, *visitor.cookies.values()]
    for log in (connected.log.read_text(), sitecore.log.read_text()):
        assert log
        assert not [secret for secret in secrets if secret in log]


def test_a_visitor_is_identified_through_the_connected_site(
    connected: Instance, sitecore: Instance, visitor: requests.Session
) -> None:
    html = visitor.get(f"{connected.url}/").text
    assert re.search(r'<meta name="VIcurrentDateTime" content="\d{18}">', html)
    assert visitor.cookies["SC_ANALYTICS_GLOBAL_COOKIE"].endswith("|False")
    (script,) = re.findall(r'<script src="(/layouts/system/[^"]+)"', html)
    assert "VisitorIdentificationCSS.aspx" in visitor.get(f"{connected.url}{script}").text
    visitor.get(f"{connected.url}/layouts/system/VisitorIdentificationCSS.aspx?tstamp=1")
    assert visitor.cookies["SC_ANALYTICS_GLOBAL_COOKIE"].endswith("|True")
    assert "VIcurrentDateTime" not in visitor.get(f"{connected.url}/").text
