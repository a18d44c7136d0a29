"""How the queue stands: for the admin, ``delivery_status``, metrics and ``/readyz``."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Sum
from django.utils import timezone

from jss_tracking.models import QueuedBatch

State = QueuedBatch.State
MOST_REASONS = 20


@dataclass(frozen=True, slots=True)
class Depth:
    """What is in the queue of a site in one state; ``oldest`` is when the oldest arrived."""

    site: str
    state: str
    batches: int
    events: int
    oldest: datetime

    @property
    def label(self) -> str:
        """The state in the reader's language."""
        return str(State(self.state).label)

    @property
    def seconds(self) -> int:
        """Age of the oldest."""
        return max(0, round((timezone.now() - self.oldest).total_seconds()))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why batches wait or are set aside, and when the latest of them arrived."""

    site: str
    state: str
    reason: str
    batches: int
    latest: datetime

    @property
    def label(self) -> str:
        """The state in the reader's language."""
        return str(State(self.state).label)


def depths() -> list[Depth]:
    """Site by site and state by state."""
    rows = QueuedBatch.objects.order_by().values("site", "state").order_by("site", "state")
    found = rows.annotate(batches=Count("pk"), count=Sum("events"), oldest=Min("created"))
    return [
        Depth(row["site"], row["state"], row["batches"], row["count"], row["oldest"])
        for row in found
    ]


def reasons() -> list[Reason]:
    """The last errors, and why batches were set aside; the latest first."""
    rows = QueuedBatch.objects.exclude(reason="").order_by().values("site", "state", "reason")
    found = rows.annotate(batches=Count("pk"), latest=Max("created")).order_by("-latest")
    return [Reason(**row) for row in found[:MOST_REASONS]]


def seconds_waiting() -> int:
    """How long the oldest batch waits that is not set aside; 0 if none does."""
    return max((depth.seconds for depth in depths() if depth.state != State.SET_ASIDE), default=0)
