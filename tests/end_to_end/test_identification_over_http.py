"""When a page asks to be identified: what comes over HTTP decides, both ways."""

import re

import pytest
import requests

from tests.end_to_end.gate.upstream import DEVICE, Upstream
from tests.end_to_end.served import served

pytestmark = pytest.mark.django_db(transaction=True)

ID = "5d0f3a8c71b94e2fa6c8d1e07b3f9a24"
TIMESTAMP = 638843327138805989
META = f'<meta name="VIcurrentDateTime" content="{TIMESTAMP}">'


@pytest.fixture
def sitecore(stand_in: Upstream) -> Upstream:
    stand_in.context = {"visitorIdentificationTimestamp": TIMESTAMP}
    return stand_in


def line(flag: bool) -> str:
    return f"{DEVICE}={ID}|{flag}; expires=Wed, 20-Nov-2036 10:00:00 GMT; path=/; HttpOnly"


def look(sitecore: Upstream, came: bool | None, given: bool | None) -> str:
    """The page for who comes with one flag and is given another, None for no cookie."""
    sitecore.cookies = lambda *_: () if given is None else (line(given),)
    headers = {} if came is None else {"Cookie": f"a=b; {DEVICE}={ID}|{came}"}
    with served() as site:
        page = requests.get(site, headers=headers, timeout=10)
    assert page.status_code == 200
    return page.text


@pytest.mark.parametrize(
    ("came", "given", "asked"),
    [
        (None, False, True),
        (False, False, True),
        (False, True, False),
        (True, False, True),
        (True, None, False),
    ],
)
def test_a_page_asks_exactly_while_nobody_is_identified(
    sitecore: Upstream, came: bool | None, given: bool | None, asked: bool
) -> None:
    html = look(sitecore, came, given)
    found = re.findall(r'<meta name="VIcurrentDateTime"[^>]*>', html)
    assert found == [META] * asked
    assert html.count('src="/layouts/system/VisitorIdentification.js"') == asked


@pytest.mark.parametrize("came", [None, False, True])
def test_without_a_timestamp_no_page_asks(sitecore: Upstream, came: bool | None) -> None:
    sitecore.context = {}
    assert "VIcurrentDateTime" not in look(sitecore, came, given=False)
