"""What a component, a site and a start cost, and that more of them do not make each dearer.

``python -m benchmarks.pages.growth``, in the environment of a server and with a database of its
own, prints JSON: microseconds of the thread's own computing, each the middle of three, and seconds.
"""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import cycle, islice
from statistics import median
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory, override_settings

from benchmarks.pages.layouts import BenchmarkPage

COMPONENTS = (5, 50, 500, 5_000)
SITES = (1, 50, 500)
ROUNDS = 3
REPEATED = 5_000  # components of all pages, or requests, of one round
START = "from django.core.wsgi import get_wsgi_application as start; start()"


def main() -> None:
    """Print all of it."""
    get_wsgi_application()
    found: dict[str, Any] = {"start": start(), "sites": {n: of_sites(n) for n in SITES}}
    with override_settings(LAYOUT_MEMO_BYTES=0):
        found["new"] = {n: of_components(n) for n in COMPONENTS}
    found["remembered"] = {n: of_components(n) for n in COMPONENTS}
    json.dump(found, sys.stdout)


def start() -> float:
    """Seconds from the process' beginning until the site could answer."""

    def once() -> float:
        started = time.monotonic()
        subprocess.run([sys.executable, "-c", START], check=True)
        return time.monotonic() - started

    return median(once() for _ in range(ROUNDS))


def of_components(number: int) -> float:
    """Microseconds of each of so many components of a page, beside what a page takes without."""
    pages = max(REPEATED // number, 1)
    whole, empty = _placeholder(number, pages), _placeholder(0, pages)
    return (whole - empty) / number


def _placeholder(number: int, pages: int) -> float:
    from jss_layout.context import Page
    from jss_layout.layout import parse_layout
    from jss_layout.placeholders import Place, placeholder
    from jss_layout.sites import environment_site

    made = BenchmarkPage("growth", "", random.Random("growth"))
    kinds = (made.content_block, made.image_caption)
    text = json.dumps(made.layout([make() for make in islice(cycle(kinds), number)])).encode()

    def show() -> None:
        for _ in range(pages):
            page = Page(parse_layout(text), environment_site(), "en")
            placeholder(Place(page), "jss-main")

    return _microseconds(show) / pages


def of_sites(number: int) -> float:
    """Microseconds of a request until its site and key are known, of as many that have rows."""
    from jss_layout.api_keys import page_api_key
    from jss_layout.models import ApiKey, Site
    from jss_layout.request import layout_request
    from jss_layout.sites import SITE

    hosts = [f"www.site{each}.example" for each in range(number)]
    ApiKey.objects.all().delete()
    Site.objects.all().delete()
    for host in hosts:
        site = Site.objects.create(name=host, host_names=host)
        ApiKey.objects.create(name=host, opens_tracking=True).sites.add(site)
    requests = [RequestFactory().get("/about", SERVER_NAME=host) for host in hosts]

    def ask() -> None:
        for request in islice(cycle(requests), REPEATED):
            vars(request).pop(SITE, None)
            page_api_key(layout_request(request).site)

    with override_settings(ALLOWED_HOSTS=["*"]):
        return _microseconds(ask) / REPEATED


def _microseconds(function: Callable[[], object]) -> float:
    function()

    def once() -> float:
        started = time.thread_time_ns()
        function()
        return (time.thread_time_ns() - started) / 1000

    return median(once() for _ in range(ROUNDS))


if __name__ == "__main__":
    main()
