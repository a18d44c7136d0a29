"""Hands events on to Sitecore's own tracker service, as the visitor sent them.

All that no local processor claims goes up in one JSON array, in order, with the visitor's
headers, so that it lands in the visit of the same session. Sitecore's cookies come back in
``set_cookies``. Address and meaning: Sitecore's JSS Tracker,
``POST /sitecore/api/jss/track/event?sc_apikey=…``.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.db import Error

from jss_layout import sitecore
from jss_layout.exceptions import LayoutServiceError
from jss_layout.sitecore import SitecoreResponse
from jss_tracking.cookies import DEVICE_COOKIE, SESSION_COOKIE, read_ids
from jss_tracking.event_uids import UidsOfVisitor
from jss_tracking.events import (
    ID_KEYS,
    Campaign,
    Event,
    Goal,
    Outcome,
    PageView,
    Payload,
    to_payload,
)
from jss_tracking.exceptions import TrackerUnavailable
from jss_tracking.trackers import EventError, Tracker, Visitor

logger = logging.getLogger(__name__)

EVENT_PATH = "/sitecore/api/jss/track/event"
FLUSH_PATH = "/sitecore/api/jss/track/flush"
# Of the browser's query only these pass up; the site and its key are this host's to name.
QUERY_PARAMETERS = ("sc_camp", "sc_trk", "sc_lang")


class _Failure(msgspec.Struct):
    code: str
    index: int | None = None
    message: str = ""
    id: str | None = None


class _Answer(msgspec.Struct):
    errors: tuple[_Failure, ...] = ()


class SitecoreTracker(Tracker):
    """A conduit: keeps nothing itself, and posts one array a batch."""

    conduit = True

    def __init__(self, visitor: Visitor) -> None:
        super().__init__(visitor)
        cookies = visitor.cookie(DEVICE_COOKIE), visitor.cookie(SESSION_COOKIE)
        self._uids = UidsOfVisitor(visitor, read_ids(*cookies))
        self._collected: list[tuple[int, Payload]] = []
        self._remembered: dict[str, int] = {}

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Collects what is handed on and delivers it at the end.

        Raises ``TrackerUnavailable`` if Sitecore did not take it.
        """
        self._collected, self._remembered, self.errors = [], {}, ()
        yield
        with self._claimed():
            if self._collected:
                self._deliver(self._collected)

    def tracked_before(self, uids: Collection[str]) -> set[str]:
        """Those that Sitecore has taken, or is just being given (``TrackerUnavailable``)."""
        if not uids:
            return set()
        with _unavailable_on_error():
            return self._uids.tracked(uids)

    def remember(self, uid: str) -> None:
        """Note the id at the batch's end, if Sitecore takes the event."""
        self._remembered[uid] = self.index

    @contextmanager
    def _claimed(self) -> Iterator[None]:
        """Keeps others from forwarding events of the same ids meanwhile.

        Each step is a transaction of its own: none is held while Sitecore is asked.
        """
        if not self._remembered:
            yield
            return
        with _unavailable_on_error():
            self._uids.claim(self._remembered)
        try:
            yield
        except BaseException:
            self._settle(failed=set(self._remembered))
            raise
        refused = {error.index for error in self.errors}
        self._settle({uid for uid, index in self._remembered.items() if index in refused})

    def _settle(self, failed: set[str]) -> None:
        try:
            self._uids.settle(self._remembered.keys() - failed, failed)
        except Error as error:  # what Sitecore took it has; the claim runs out by itself
            logger.error("Events were not noted as forwarded: %s", type(error).__name__)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What an event added goes up only if the event does not fail."""
        kept = len(self._collected)
        try:
            yield
        except BaseException:
            del self._collected[kept:]
            raise

    def hand_on(self, payload: Payload) -> None:
        """Let the payload go up unchanged."""
        self._collected.append((self.index, payload))

    def register_event(self, event: Event, payload: Payload) -> None:
        """Add a page event to what goes up."""
        self._add(event, payload)

    def register_goal(self, goal: Goal, payload: Payload) -> None:
        """Add a goal to what goes up."""
        self._add(goal, payload)

    def register_outcome(self, outcome: Outcome, payload: Payload) -> None:
        """Add an outcome to what goes up."""
        self._add(outcome, payload)

    def trigger_campaign(self, campaign: Campaign, payload: Payload) -> None:
        """Add a campaign to what goes up."""
        self._add(campaign, payload)

    def register_page_view(self, page_view: PageView, payload: Payload) -> None:
        """Add a page view to what goes up."""
        self._add(page_view, payload)

    def flush(self) -> None:
        """Let Sitecore end the session."""
        response = self._post(FLUSH_PATH, [])
        if response.status >= 300:
            raise _refusal(response)

    def _add(self, event: msgspec.Struct, payload: Payload) -> None:
        extra = {key: value for key, value in payload.items() if key not in ID_KEYS}
        self._collected.append((self.index, extra | to_payload(event)))

    def _deliver(self, collected: Sequence[tuple[int, Payload]]) -> None:
        response = self._post(EVENT_PATH, [payload for _, payload in collected])
        self.errors = _errors(response, [index for index, _ in collected])
        if response.status >= 300 and not self.errors:
            raise _refusal(response)

    def _post(self, path: str, payloads: Sequence[Payload]) -> SitecoreResponse:
        try:
            response = sitecore.send(
                "POST", self._url(path), self._headers(), msgspec.json.encode(payloads)
            )
        except LayoutServiceError as error:
            self.set_cookies.extend(error.cookies)
            logger.warning("Sitecore's tracker can't be reached: %s", type(error).__name__)
            raise TrackerUnavailable(
                "Sitecore's tracker can't be reached; send the events again later.",
                retry_after=error.retry_after,
            ) from error
        self.set_cookies.extend(response.cookies)
        if response.status < 300 and _is_html(response):
            raise TrackerUnavailable(
                "Sitecore's tracker answered with an HTML page, such as one of a login or of "
                "maintenance; send the events again later."
            )
        return response

    def _url(self, path: str) -> str:
        site = self.visitor.site
        query = [("sc_apikey", site.api_key), ("sc_site", site.name)]
        query += [(key, value) for key, value in self.visitor.query if key in QUERY_PARAMETERS]
        return f"{site.sitecore_host}{path}?{urlencode(query)}"

    def _headers(self) -> dict[str, str]:
        return {
            **dict(self.visitor.headers),
            "Content-Type": "application/json",
            "Accept": "application/json",
        }


def _is_html(response: SitecoreResponse) -> bool:
    """Whether something else answered in the tracker's place."""
    return response.headers.get("Content-Type", "").lower().startswith("text/html")


@contextmanager
def _unavailable_on_error() -> Iterator[None]:
    try:
        yield
    except Error as error:
        logger.error("The ids of events can't be looked up: %s", type(error).__name__)
        message = "The database did not answer; send the events again later."
        raise TrackerUnavailable(message) from None


def _errors(response: SitecoreResponse, indexes: Sequence[int]) -> tuple[EventError, ...]:
    """What an upstream of this project's own kind says of single events, by our indexes.

    Sitecore's own answer has no such list; then there is nothing to tell.
    """
    if response.status >= 300 and response.status != 400:
        return ()
    try:
        failures = msgspec.json.decode(response.body, type=_Answer).errors
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    return tuple(
        EventError(indexes[failure.index], failure.code, failure.message, failure.id)
        for failure in failures
        if failure.index is not None and 0 <= failure.index < len(indexes)
    )


def _refusal(response: SitecoreResponse) -> TrackerUnavailable:
    """What the browser is told, and the log: a 4xx as it is, anything else as 503."""
    status = response.status
    message = f"Sitecore's tracker answered {status}" + _HINTS.get(status, ".")
    logger.error(message)
    if not 400 <= status < 500:
        return TrackerUnavailable(message)
    return TrackerUnavailable(message, status=status, retry_after=_seconds(response))


def _seconds(response: SitecoreResponse) -> int | None:
    text: Any = response.headers.get("Retry-After", "")
    return int(text) if text.isascii() and text.isdigit() else None


_HINTS = {
    401: ": it wants an API key; see the site's API key in the admin, or SITECORE_API_KEY.",
    403: ": the site's API key does not open the tracker, or does not list this origin.",
    404: ": its tracker is off; set Sitecore.JSS.TrackerServiceEnabled to true there.",
}
