"""What became of a batch that was sent to Sitecore: the one table.

Sitecore has no ids by which it would know an event that it has already. So a batch is sent
again by itself only if it surely did not arrive, or was refused for the time being.
"""

from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum

from django.utils import timezone

from jss_layout.exceptions import CircuitOpen, LayoutServiceError, TooManyCalls
from jss_layout.sitecore import SitecoreResponse


class DeliveryOutcome(Enum):
    """What is done with the batch, and so what the browser is told."""

    DELIVERED = "delivered"
    QUEUED = "queued"
    REFUSED = "refused"
    SET_ASIDE = "set_aside"


STATUSES: tuple[tuple[range | tuple[int, ...], DeliveryOutcome, str], ...] = (
    (range(200, 300), DeliveryOutcome.DELIVERED, ""),
    ((429, 503), DeliveryOutcome.QUEUED, "Sitecore takes nothing for now: it answered {}."),
    (range(400, 500), DeliveryOutcome.REFUSED, "Sitecore refused it: it answered {}."),
)
OTHER_STATUS = "Sitecore answered {}; it may have taken the events."
HTML_PAGE = "An HTML page answered in the tracker's place, such as one of a login."
NO_ANSWER = "{} It may have arrived all the same."

NOT_ASKED = (CircuitOpen, TooManyCalls)
LONGEST_WAIT = 3600
"""Seconds: a ``Retry-After`` beyond it is not believed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call. ``reason`` is for people and holds no key, cookie or address.

    ``retry_after`` is in seconds, None if nobody said. ``asked`` is False if the call was not
    made at all, so that it is no try.
    """

    outcome: DeliveryOutcome
    reason: str = ""
    status: int | None = None
    retry_after: int | None = None
    asked: bool = True
    cookies: tuple[str, ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def is_silence(self) -> bool:
        """Whether it was sent and nothing came back."""
        return self.outcome is DeliveryOutcome.SET_ASIDE and self.status is None


def of_response(response: SitecoreResponse) -> Answer:
    """What an answer means, by its status."""
    status, headers = response.status, response.headers
    outcome, reason = _of_status(status)
    if outcome is DeliveryOutcome.DELIVERED and _is_page(response):
        outcome, reason = DeliveryOutcome.QUEUED, HTML_PAGE
    wait = _seconds(headers.get("Retry-After", ""))
    return Answer(outcome, reason, status, wait, True, response.cookies, response.body)


def of_failure(error: LayoutServiceError) -> Answer:
    """What it means that no whole answer came. The status counts, if there was one."""
    if error.upstream_status is not None:
        response = SitecoreResponse(error.upstream_status, error.headers, error.cookies)
        return of_response(response)
    if error.sent:
        return Answer(DeliveryOutcome.SET_ASIDE, NO_ANSWER.format(error))
    not_asked = isinstance(error, NOT_ASKED)
    wait = error.retry_after if not_asked else None
    return Answer(DeliveryOutcome.QUEUED, str(error), retry_after=wait, asked=not not_asked)


def _of_status(status: int) -> tuple[DeliveryOutcome, str]:
    for statuses, outcome, reason in STATUSES:
        if status in statuses:
            return outcome, reason.format(status)
    return DeliveryOutcome.SET_ASIDE, OTHER_STATUS.format(status)


def _is_page(response: SitecoreResponse) -> bool:
    """Whether something else answered; ASP.NET calls an empty answer HTML too."""
    content_type = response.headers.get("Content-Type", "").lower()
    return content_type.startswith("text/html") and response.body.lstrip()[:1] == b"<"


def _seconds(text: str) -> int | None:
    """The seconds of a ``Retry-After``, which may be a date (RFC 9110 §10.2.3)."""
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0, round((moment - timezone.now()).total_seconds())), LONGEST_WAIT)
