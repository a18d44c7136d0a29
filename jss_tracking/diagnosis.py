"""“Why do I see no data?”, answered from one visit.

A visit is a page as a visitor got it, and what the tracker's endpoint said to that page. It
is known to whoever plays a visitor over HTTP (``manage.py diagnose_tracking``) and within the
request itself (``jss_tracking.panels``). The reasons are those of the JSS documentation, "Not
seeing any data in xProfile after ending your session?", and those that proxies, browsers and
keys add.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from django.http import HttpRequest

from jss_layout.conf import conf as layout_conf
from jss_layout.headers import carries_analytics, split_cookies
from jss_layout.headers.policy import is_uncounted
from jss_layout.sites import site_for_host
from jss_tracking.cookies import DEVICE_COOKIE, SESSION_COOKIE
from jss_tracking.identification import human_flag

TRACKING_OFF = "tracking_off"
ROBOT = "robot"
NO_CONSENT = "consent"

SHOWN_CHARACTERS = 4


@dataclass(frozen=True, slots=True)
class Visit:
    """A page as a visitor got it. Not shown by ``repr``: cookies and keys are secrets.

    ``cookie_header`` went up with the request, ``set_cookies`` are the raw values that came
    down. ``refusal`` is the id of the verdict on why the tracker's endpoint refuses this page
    (``""``: it does not), ``dropped`` its reason to drop what it takes. ``conduit``: the
    tracker hands events to a Sitecore, which alone knows what becomes of them.
    """

    status: int = 200
    secure: bool = False
    html: str = field(default="", repr=False)
    cookie_header: str = field(default="", repr=False)
    set_cookies: tuple[str, ...] = field(default=(), repr=False)
    refusal: str = ""
    dropped: str = ""
    conduit: bool = False

    @property
    def counted(self) -> bool:
        """Whether the page says that it was counted as a page view."""
        return 'data-counted="true"' in self.html

    @property
    def page_key(self) -> str:
        """The API key that the page's own script sends; ``""`` if it has none."""
        found = re.search(r'data-api-key="([^"]*)"', self.html)
        return found[1] if found else ""

    def cookie(self, name: str) -> str:
        """What the browser has under that name once the answer is there; ``""`` if nothing."""
        pairs = split_cookies(self.cookie_header)
        pairs += [split_cookies(line)[0] for line in self.set_cookies if line.strip(" ;")]
        return next((value for key, value in reversed(pairs) if key == name and value), "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A reason, and the way out. ``certain`` is False for what may be one, and often is."""

    id: str
    reason: str
    way_out: str
    certain: bool = True


def verdicts(visit: Visit) -> list[Verdict]:
    """Every reason that this visit shows, the first one to look at first."""
    return [_verdict(id_) for id_ in _ids(visit)]


def told(found: Iterable[Verdict]) -> list[Verdict]:
    """Those to tell: each once, and what is only possible where nothing else stands in the way."""
    different = dict.fromkeys(found)
    return [verdict for verdict in different if verdict.certain] or list(different)


def why_dropped(request: HttpRequest) -> str:
    """Why nothing of this visitor is tracked, which is no error of the page; ``""`` if it is."""
    site = site_for_host(request.get_host())
    if carries_analytics(request, site):
        return ""
    if not site.enable_tracking:
        return TRACKING_OFF
    return ROBOT if is_uncounted(request.headers.get("User-Agent", "")) else NO_CONSENT


def masked(name: str, value: str) -> str:
    """A cookie as it may be shown: its start, and the flag of the analytics cookie."""
    flag = value[value.rfind("|") :] if name == DEVICE_COOKIE and "|" in value else ""
    shown = value[:SHOWN_CHARACTERS] if len(value) > 2 * SHOWN_CHARACTERS else ""
    return f"{name}={shown}…{flag}" if value else f"{name}="


def masked_line(line: str) -> str:
    """A ``Set-Cookie`` value as it may be shown: its attributes whole."""
    pair, semicolon, attributes = line.partition(";")
    return masked(*split_cookies(pair)[0]) + semicolon + attributes if pair.strip() else ""


def _verdict(id_: str) -> Verdict:
    """The verdict, whose way out is none that the settings have taken already."""
    verdict = VERDICTS[id_]
    if id_ == "not_counted" and layout_conf.LAYOUT_SERVICE_TRACKING:
        return replace(verdict, way_out=NOT_COUNTED_ALONE)
    return verdict


def _ids(visit: Visit) -> Iterator[str]:
    if visit.status != 200:
        yield "page_unavailable"
        return
    if visit.refusal:
        yield visit.refusal
    if visit.dropped:
        yield DROPPED[visit.dropped]
        return
    if not visit.counted:
        yield "not_counted"
    if not visit.secure and any(map(_is_secure, visit.set_cookies)):
        yield "secure_cookie_on_http"
    # Sitecore gives no session to a page that it does not track, whatever its licence.
    if visit.counted:
        yield from _visitor_ids(visit)


def _visitor_ids(visit: Visit) -> Iterator[str]:
    session, device = visit.cookie(SESSION_COOKIE), visit.cookie(DEVICE_COOKIE)
    if not session:
        yield "session_cookie_missing"
    elif not device:
        yield "analytics_cookie_missing"
    elif human_flag(visit.cookie_header, visit.set_cookies) is not True:
        yield "flagged_robot"
    elif visit.conduit:
        yield "session_not_ended"
        yield "contact_anonymous"


def _is_secure(line: str) -> bool:
    return any(part.strip().lower() == "secure" for part in line.split(";")[1:])


DROPPED = {
    TRACKING_OFF: "tracking_off",
    ROBOT: "user_agent_uncounted",
    NO_CONSENT: "consent_missing",
}

NOT_COUNTED_ALONE = (
    "LAYOUT_SERVICE_TRACKING is true, so this page alone is not counted: the visitor may not be "
    "tracked, or it was fetched in advance, or as HEAD."
)

_ALL = (
    Verdict(
        "page_unavailable",
        "The page did not come with status 200, so nobody has visited it.",
        "Give the address of a page of the site; see the log for what Sitecore answered.",
    ),
    Verdict(
        "tracker_disabled",
        "The tracker service of this host is off: pages send no events.",
        "Set TRACKER_SERVICE_ENABLED to true. It is off by default, as Sitecore's own is.",
    ),
    Verdict(
        "api_key_missing",
        "The pages of this site have no API key to send events with.",
        "Set SITECORE_API_KEY, or make an API key for tracking in the admin.",
    ),
    Verdict(
        "api_key_wrong",
        "The API key does not open the tracker: it is unknown, disabled or for other services.",
        "Compare it with the API keys in the admin, and with SITECORE_API_KEY.",
    ),
    Verdict(
        "origin_refused",
        "The API key does not list the origin of the page that sends events.",
        "Add the origin to the key's CORS origins in the admin, or send from this host's pages.",
    ),
    Verdict(
        "sitecore_tracker_disabled",
        "Sitecore's own tracker service is off: this host's events are refused there.",
        "Set Sitecore.JSS.TrackerServiceEnabled to true in a patch file of that Sitecore.",
    ),
    Verdict(
        "sitecore_key_refused",
        "Sitecore refuses the site's API key for its tracker.",
        "Compare the site's API key with the key item there: its CORS origins and controllers.",
    ),
    Verdict(
        "sitecore_unavailable",
        "Sitecore's tracker does not answer as it should.",
        "See the log of this host and that of Sitecore; check SITECORE_API_HOST.",
    ),
    Verdict(
        "tracking_off",
        "Tracking is off altogether for this site.",
        "Turn it on in the site's row in the admin, or set SITECORE_ENABLE_TRACKING to true.",
    ),
    Verdict(
        "user_agent_uncounted",
        "The user agent is one whose visits are none, such as a health check's.",
        "Visit with another one, or change JSS_UNCOUNTED_USER_AGENTS.",
    ),
    Verdict(
        "consent_missing",
        "The visitor may not be tracked: no consent, or the browser or the site's gate forbids.",
        "Agree by the form of {% consent %}; see TRACKING_EXPLICIT_CONSENT, "
        "TRACKING_RESPECT_GPC, TRACKING_RESPECT_DNT and TRACKING_GATE.",
    ),
    Verdict(
        "not_counted",
        "The page was fetched with tracking=false, so it is no page view.",
        "Set LAYOUT_SERVICE_TRACKING to true. A page that was fetched in advance, or as HEAD, "
        "does not count either.",
    ),
    Verdict(
        "secure_cookie_on_http",
        "A cookie is Secure and the page came over http: browsers drop it, but on localhost.",
        "Serve the site over https; or, in DEBUG on your own machine, set "
        "JSS_RELAX_COOKIES_IN_DEBUG to True.",
    ),
    Verdict(
        "session_cookie_missing",
        "No ASP.NET_SessionId came back, so that each request is a visit of its own.",
        "See that no proxy or CDN removes Set-Cookie, and that Sitecore's sessions are on.",
    ),
    Verdict(
        "analytics_cookie_missing",
        "Sitecore gives a session and no SC_ANALYTICS_GLOBAL_COOKIE: it does not track.",
        "It needs xDB: an XP licence (XM has no tracking) and Xdb.Enabled and "
        "Xdb.Tracking.Enabled set to true.",
    ),
    Verdict(
        "flagged_robot",
        "The visitor is not known to be a person: the analytics cookie ends with |False.",
        "Load the page in a browser and move the mouse. The page's head needs "
        "{% visitor_identification %}; a program's user agent stays a robot.",
    ),
    Verdict(
        "session_not_ended",
        "Sitecore shows a visit only once its session has ended.",
        "Wait 20 minutes, or open /sitecore/api/jss/track/flush in the visitor's browser.",
        certain=False,
    ),
    Verdict(
        "contact_anonymous",
        "Sitecore hides contacts that nobody has identified.",
        "Identify the contact, or enable the indexing of anonymous contacts in xConnect "
        "(for tests; not in production).",
        certain=False,
    ),
)
VERDICTS: Mapping[str, Verdict] = MappingProxyType({verdict.id: verdict for verdict in _ALL})
