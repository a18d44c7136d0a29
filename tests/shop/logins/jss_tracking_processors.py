"""Who logs in to the shop is known to its contact, whatever they did before.

A name that a browser sends proves nothing, so the shop signs it: the event can be sent by
the shop itself, as here, or be given to a page to send.
"""

from typing import Any

import msgspec
from django.contrib.auth.signals import user_logged_in
from django.core import signing
from django.dispatch import receiver
from django.http import HttpRequest

from jss_tracking import track
from jss_tracking.events import Goal
from jss_tracking.pipeline import TrackEventArgs, TrackEventProcessor
from jss_tracking.processors import processors
from jss_tracking.trackers import Tracker

SALT = "shop.login"
SECONDS = 60


class Login(msgspec.Struct, frozen=True, rename="camel"):
    """``{"shopLogin": "…"}``: the signed name of the shop's customer."""

    shop_login: str


class IdentifyContact(TrackEventProcessor[Login]):
    """Makes the visitor's contact that of the customer."""

    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: Login) -> None:
        """Believe the shop's signature alone."""
        if tracker.conduit:
            return  # Sitecore has a processor of its own for it
        try:
            name = signing.loads(event.shop_login, salt=SALT, max_age=SECONDS)
        except signing.BadSignature:
            args.report_error("invalid_login", "The login was not signed by the shop, or is old.")
            return
        tracker.identify_as("shop", name)
        tracker.register_goal(Goal("Login"), {})
        args.has_been_tracked()


def login_event(name: str) -> dict[str, str]:
    """The event of a customer's login, signed."""
    return {"shopLogin": signing.dumps(name, salt=SALT)}


@receiver(user_logged_in, dispatch_uid="shop.identify_contact")
def identify_contact(request: HttpRequest, user: Any, **_: Any) -> None:
    """Track the login, if a visitor's request is what logs in."""
    if hasattr(request, "tracker"):
        track(request, login_event(user.get_username()))


processors.append(IdentifyContact)
