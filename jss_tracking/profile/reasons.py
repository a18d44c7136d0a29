"""Why something was not tracked, in the reader's language."""

from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

from jss_tracking.models import Refusal

REASONS = {
    "api_key": gettext_noop("The API key is missing or wrong, or not meant for this site."),
    "consent": gettext_noop("The visitor has not agreed to be tracked, or has refused."),
    "cross_site": gettext_noop("Another site called and did not say which one it is."),
    "incomplete_body": gettext_noop("The body did not arrive whole."),
    "invalid_event": gettext_noop("It is no event that the tracker knows."),
    "invalid_json": gettext_noop("The body is not JSON."),
    "not_supported": gettext_noop("The tracker in use cannot do this."),
    "prefetch": gettext_noop("Fetching ahead must not end an interaction."),
    "processor_failed": gettext_noop("A processor of this host failed."),
    "robot": gettext_noop("Visits of this user agent do not count."),
    "too_large": gettext_noop("The body is too large; send smaller batches."),
    "too_many_events": gettext_noop("There are too many events in one batch; send fewer."),
    "too_many_requests": gettext_noop("Too many requests came from one address in a minute."),
    "tracker_unavailable": gettext_noop("The tracker did not answer."),
    "tracking_off": gettext_noop("Tracking is off for the site."),
    "unknown_campaign": gettext_noop("There is no such campaign; make one, or use its alias."),
    "unknown_event": gettext_noop("There is no such event; make one, or use its alias."),
    "unknown_goal": gettext_noop("There is no such goal; make one, or use its alias."),
    "unknown_outcome": gettext_noop("There is no such outcome; make one, or use its alias."),
    "unsupported_media_type": gettext_noop("Events come as JSON, not as a form."),
}
"""What the codes of the tracker's own refusals mean."""

DETAILED = {"api_key", "invalid_event", "invalid_json", "processor_failed", "tracker_unavailable"}
"""Codes of which the message, which is English, tells more."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence for the reader, and what the message that was noted adds to it."""

    text: str
    details: str = ""


def reason(refusal: Refusal) -> Reason:
    """Why, by the code where that is translated; else the message as it was noted."""
    meaning = REASONS.get(refusal.code, "")
    translated = gettext(meaning) if meaning else ""
    if translated == meaning:
        return Reason(refusal.message)
    return Reason(translated, refusal.message if refusal.code in DETAILED else "")
