"""``manage.py close_interactions``: ends what timed out and nobody came back to."""

from typing import Any

from django.core.management.base import BaseCommand

from jss_tracking.event_uids import forget_old_uids
from jss_tracking.expiry import close_expired
from jss_tracking.profile.figures import keep_complete_days
from jss_tracking.refusals import forget_old_refusals


class Command(BaseCommand):
    """Ends expired interactions at their last activity, and forgets old ``eventUid``s.

    Days that are over by then are summed up, so that nobody who looks at them waits for it.
    """

    help = "End interactions that timed out, at their last activity. For a timer."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Say how many were ended."""
        closed = close_expired()
        forget_old_uids()
        forget_old_refusals()
        keep_complete_days()
        self.stdout.write(f"{closed} interactions ended.")
