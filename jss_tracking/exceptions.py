"""What can go wrong while an event is tracked.

::

    TrackingError                      code and message of one event's failure
    └── UnknownDefinition              no event, goal, outcome or campaign of that name or GUID
    TrackerUnavailable                 the tracker itself failed; nothing of the batch is stored
    RequestRefused                     the whole request is refused; nothing of it was read on
"""

from collections.abc import Mapping


class TrackingError(Exception):
    """One event can't be tracked: ``code`` for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class UnknownDefinition(TrackingError):
    """No definition of that kind goes by that alias or GUID."""

    def __init__(self, kind: str, reference: str) -> None:
        super().__init__(
            f"unknown_{kind}",
            f"No {kind} is called {reference!r}; make one in the admin, or use its GUID or alias.",
        )


class TrackerUnavailable(Exception):
    """The tracker's store or Sitecore did not take the batch.

    ``status`` is what the browser gets (503 unless Sitecore refused); ``retry_after`` seconds.
    """

    def __init__(self, message: str, *, status: int = 503, retry_after: int | None = 10) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class RequestRefused(Exception):
    """A request to the tracker's addresses that is not what they take.

    ``status`` is the HTTP status, ``code`` for programs, ``index`` the event at fault, if one is,
    ``headers`` what the answer says beside.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        index: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.index = index
        self.headers = headers
