"""What a component, a site and a start cost does not grow with their number.

Ratios of times of this process, and the shortest of several, so that the load of the machine
and its make do not count.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from typing import Any

import pytest
from django.test import RequestFactory, override_settings
from django.utils import timezone

from jss_layout import key_rows, sites
from jss_layout.api_keys import check_api_key, origin_is_listed, page_api_key
from jss_layout.context import Page
from jss_layout.key_rows import KeyDefinition, KeyRows
from jss_layout.layout import parse_layout
from jss_layout.placeholders import Place, placeholder
from jss_layout.request import layout_request
from jss_layout.sites import SiteDefinition, SitesByHost
from tests.layout.pages import SITE, component, layout_json, templates

pytestmark = pytest.mark.load

# Times vary by half on a busy machine; what grows with the number is five times as much at least.
ALLOWED = 3

FILES = {
    "components/Text.html": "<h2>{% text fields.heading tag='b' %}{% text fields.lead %}</h2>",
    "components/Box.html": '<div>{% placeholder "inner" %}</div>',
}


@pytest.fixture(autouse=True)
def files() -> Iterator[None]:
    with templates(FILES):
        yield


def seconds(function: Callable[[], object], times: int = 5) -> float:
    """CPU time of the shortest of several calls."""

    def once() -> float:
        started = time.process_time()
        function()
        return time.process_time() - started

    function()
    return min(once() for _ in range(times))


def page_of(count: int) -> bytes:
    """Boxes of four texts, each text another one."""
    texts = [component("Text", {"heading": number, "lead": "x"}) for number in range(count)]
    boxes = [
        component("Box", placeholders={"inner": texts[start : start + 4]})
        for start in range(0, count, 4)
    ]
    return layout_json({"jss-main": boxes})


# One that is remembered costs half a microsecond, so that of 5 the page around them hides it.
@pytest.mark.parametrize(("memo_bytes", "fewest"), [(0, 5), (64 * 1024 * 1024, 200)])
def test_a_component_costs_the_same_among_few_and_among_5_000(memo_bytes: int, fewest: int) -> None:
    def page(count: int) -> float:
        json, times = page_of(count), 5000 // max(count, 5)

        def show() -> None:
            for _ in range(times):
                page = Page(parse_layout(json), SITE, "en")
                assert placeholder(Place(page), "jss-main").count("<b>") == count

        return seconds(show) / times

    with override_settings(LAYOUT_MEMO_BYTES=memo_bytes):
        none, few, many = page(0), page(fewest), page(5000)
    assert (many - none) / 5000 < ALLOWED * (few - none) / fewest


@pytest.mark.parametrize("memo_bytes", [0, 64 * 1024 * 1024])
def test_a_component_costs_no_more_where_it_is_deep(memo_bytes: int) -> None:
    def each(depth: int) -> float:
        inner: dict[str, Any] = component("Text", {"heading": depth})
        for _ in range(depth):
            inner = component("Box", placeholders={"inner": [inner]})
        json = layout_json({"jss-main": [inner] * 20})

        def show() -> None:
            page = Page(parse_layout(json), SITE, "en")
            assert placeholder(Place(page), "jss-main").count("<b>") == 20

        return seconds(show) / depth

    with override_settings(LAYOUT_MEMO_BYTES=memo_bytes):
        shallow, deep = each(5), each(25)
    assert deep < ALLOWED * shallow


@pytest.mark.parametrize("name", ["www.site{}.example", "*.site{}.example"])
def test_a_request_finds_its_site_and_key_as_fast_among_500(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def each(count: int) -> float:
        definitions = [
            SiteDefinition(f"site{number}", host_names=(name.format(number),))
            for number in range(count)
        ]
        rows, keys = SitesByHost(definitions), KeyRows(map(key_of, definitions))
        monkeypatch.setattr(sites.site_rows, "get", lambda: rows)
        monkeypatch.setattr(key_rows.key_rows, "get", lambda: keys)
        # Others each time, of which none is known yet.
        hosts = (name.format(n).replace("*", f"shop{i}") for i, n in enumerate(cycle(range(count))))

        def ask() -> None:
            for number, host in zip(islice(cycle(range(count)), 1000), hosts, strict=False):
                key = f"key of site{number}"
                request = RequestFactory().get(
                    "/about",
                    {"sc_apikey": key},
                    SERVER_NAME=host,
                    HTTP_ORIGIN=f"http://{host}",
                )
                assert page_api_key(layout_request(request).site) == key
                check_api_key(request, "tracking")
                assert not origin_is_listed(request)

        return seconds(ask)

    assert each(500) < 1.5 * each(1)


def key_of(site: SiteDefinition) -> KeyDefinition:
    return KeyDefinition(
        pk=1,
        name="",
        key=f"key of {site.name}",
        enabled=True,
        services=frozenset({"tracking"}),
        sites=frozenset({site.name}),
        origins=frozenset(),
        last_used=timezone.now(),
    )


def test_the_site_starts_within_a_second() -> None:
    code = (
        "import time; started = time.monotonic();"
        "import tests.settings; from django.core.wsgi import get_wsgi_application as made;"
        "made(); print(time.monotonic() - started)"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    starts = [
        float(
            subprocess.run(
                [sys.executable, "-W", "ignore", "-c", code],
                check=True,
                capture_output=True,
                text=True,
                env=environment,
            ).stdout
        )
        for _ in range(3)
    ]
    assert min(starts) < 1
