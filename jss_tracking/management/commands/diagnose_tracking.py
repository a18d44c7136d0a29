"""``manage.py diagnose_tracking``: why nothing is seen of a visit."""

from argparse import ArgumentParser
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from django.core.management.base import BaseCommand, CommandError
from django.http import HttpRequest
from django.urls import reverse

from jss_layout import sitecore
from jss_layout.api_keys import page_api_key
from jss_layout.conf import conf as layout_conf
from jss_layout.exceptions import LayoutServiceError, SiteUnknown
from jss_layout.headers import split_cookies
from jss_layout.sites import SiteDefinition, environment_site, site_for_host
from jss_tracking.conf import conf
from jss_tracking.consent import choice
from jss_tracking.delivery.calls import EVENT_PATH
from jss_tracking.diagnosis import VERDICTS, Verdict, Visit, masked, masked_line, told, verdicts
from jss_tracking.trackers import tracker_class

TIMEOUT_SECONDS = 30
# A browser's, lest the visit be a robot's.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NO_EVENTS = b"[]"
HEADER_OPTIONS = ("cookie", "user_agent", "origin")


class Command(BaseCommand):
    """Visits a page as a browser does, asks the tracker, and says what stands in the way."""

    help = "Says why nothing is seen of a visit, and the way out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--url", help="a page to visit; without it only settings are looked at")
        parser.add_argument("--cookie", default="", help="a visitor's Cookie header; never shown")
        parser.add_argument("--user-agent", default=USER_AGENT, help="another browser than Firefox")
        parser.add_argument("--key", default="", help="an API key; the page's own unless given")
        parser.add_argument("--origin", default="", help="the origin of the pages that send events")

    def handle(self, *_: Any, **options: Any) -> None:
        """Print what was sent, what came back, and the verdicts."""
        url = options["url"]
        _check_headers(options)
        site = _site(url)
        found: list[Verdict] = []
        ids = [*_settings_ids(site)]
        if url:
            visit = _visit(url, options, site)
            self._say(_exchange(url, visit))
            found = verdicts(visit)
            ids += _consent_ids(site, options["cookie"])
        ids += _upstream_ids(site)
        self._say(_report(told(found + [VERDICTS[id_] for id_ in ids])))

    def _say(self, lines: Iterable[str]) -> None:
        self.stdout.writelines(f"{line}\n" for line in lines)


def _check_headers(options: dict[str, str]) -> None:
    """Raise ``CommandError`` for an option that no header can carry; its value is not shown."""
    for name in HEADER_OPTIONS:
        try:
            options[name].encode("latin-1")
            requests.utils.check_header_validity((name, options[name]))
        except (UnicodeError, requests.exceptions.InvalidHeader):
            raise CommandError(
                f"--{name.replace('_', '-')} can't be sent as a header: give it in one line, "
                "without space before it, in the characters of Latin-1"
            ) from None


def _site(url: str) -> SiteDefinition:
    try:
        return site_for_host(_host(url)) if url else environment_site()
    except SiteUnknown:
        raise CommandError(
            f"The sites of the admin can't be read, so nobody knows whose {url.partition('?')[0]} "
            "is: see that the database of DATABASE_URL answers."
        ) from None


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        raise _no_page(url) from None


def _no_page(url: str) -> CommandError:
    return CommandError(
        f"--url {url.partition('?')[0]} is no address of a page: "
        "give it whole, such as https://www.example.com/"
    )


def _visit(url: str, options: dict[str, str], site: SiteDefinition) -> Visit:
    """The page, and the answer to a batch of no events from it.

    Pages of a site that tracks nobody have no key, though the site may have one.
    """
    cookie = options["cookie"]
    headers = {"User-Agent": options["user_agent"]} | ({"Cookie": cookie} if cookie else {})
    page = _call("GET", url, headers)
    visit = Visit(
        status=page.status_code,
        secure=urlsplit(url).scheme == "https",
        html=page.text,
        cookie_header=cookie,
        set_cookies=tuple(page.raw.headers.getlist("Set-Cookie")),
        conduit=tracker_class().conduit,
    )
    key = options["key"] or visit.page_key or ("" if site.enable_tracking else page_api_key(site))
    refusal, dropped = _ask_tracker(url, key, headers, options["origin"])
    return replace(visit, refusal=refusal, dropped=dropped)


def _ask_tracker(url: str, key: str, headers: dict[str, str], origin: str) -> tuple[str, str]:
    """Why the endpoint refuses this page and why it drops its events, ``""`` if it does not.

    Asked first without an origin, which tells a wrong key from an origin that is not listed.
    """
    address = urljoin(url, f"{reverse('jss_tracking:track_event')}?sc_apikey={key}")
    own = "{0.scheme}://{0.netloc}".format(urlsplit(url))
    answer = _call("POST", address, headers)
    if answer.status_code == 404:
        return "tracker_disabled", ""
    if answer.status_code in (401, 403):
        return "api_key_wrong" if key else "api_key_missing", ""
    if _call("POST", address, headers | {"Origin": origin or own}).status_code == 403:
        return "origin_refused", ""
    return "", _json(answer).get("dropped", "")


def _call(method: str, url: str, headers: dict[str, str]) -> requests.Response:
    """One request as a browser of no cookies but the given ones; redirects are not followed."""
    body = NO_EVENTS if method == "POST" else None
    if body:
        headers = headers | {"Content-Type": "application/json"}
    try:
        return requests.request(
            method,
            url,
            data=body,
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
            verify=layout_conf.SITECORE_CA_BUNDLE or True,
        )
    except (
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidSchema,
    ):
        raise _no_page(url) from None
    except requests.RequestException as error:
        raise CommandError(
            f"{url.partition('?')[0]} gave no answer: {type(error).__name__}"
        ) from None


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        value = answer.json()
    except requests.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _settings_ids(site: SiteDefinition) -> Iterator[str]:
    """What the settings alone tell."""
    if not conf.TRACKER_SERVICE_ENABLED:
        yield "tracker_disabled"
    elif not page_api_key(site):
        yield "api_key_missing"
    if not site.enable_tracking:
        yield "tracking_off"
    elif not layout_conf.LAYOUT_SERVICE_TRACKING:
        yield "not_counted"


def _consent_ids(site: SiteDefinition, cookie: str) -> Iterator[str]:
    """What the visitor's cookie tells, also where the endpoint refuses to say it."""
    request = HttpRequest()
    request.META["HTTP_COOKIE"] = cookie
    if conf.TRACKING_EXPLICIT_CONSENT and not choice(request, site):
        yield "consent_missing"


def _upstream_ids(site: SiteDefinition) -> Iterator[str]:
    """What a Sitecore's tracker says to a batch of no events in the site's own name."""
    if not tracker_class().conduit:
        return
    url = f"{site.sitecore_host}{EVENT_PATH}?sc_apikey={site.api_key}"
    try:
        status = sitecore.send("POST", url, {"Content-Type": "application/json"}, NO_EVENTS).status
    except LayoutServiceError:
        status = 0
    if not 200 <= status < 300:
        yield REFUSALS.get(status, "sitecore_unavailable")


REFUSALS = {
    401: "sitecore_key_refused",
    403: "sitecore_key_refused",
    404: "sitecore_tracker_disabled",
}


def _exchange(url: str, visit: Visit) -> Iterator[str]:
    yield f"{url.partition('?')[0]} answered {visit.status}"
    for name, value in split_cookies(visit.cookie_header):
        yield f"  sent      {masked(name, value)}"
    for line in visit.set_cookies:
        yield f"  received  {masked_line(line)}"


def _report(found: Collection[Verdict]) -> Iterator[str]:
    for verdict in found:
        likely = "" if verdict.certain else " (possible)"
        yield f"{verdict.id}{likely}: {verdict.reason}"
        yield f"  {verdict.way_out}"
    if not found:
        yield "Nothing stands in the way: visits are recorded."
