"""Gives each request its visitor's tracker, and the answer the tracker's cookies."""

from collections.abc import Callable
from weakref import ref

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from jss_layout.headers import mark_private, relay_cookies
from jss_tracking.delivery import process
from jss_tracking.trackers import Tracker, tracker_class
from jss_tracking.visitor import visitor


class TrackerMiddleware:
    """Sets ``request.tracker``, made when it is first used.

    If it was used, its cookies go down with the answer, which is then private to caches.
    Whatever serves the site loads this once: here delivery to Sitecore begins.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        process.start()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        used: list[Tracker] = []
        of = ref(request)  # so that the two do not refer to each other

        def make() -> Tracker:
            asked = of()
            assert asked is not None, "it holds what asks"  # noqa: S101
            used.append(tracker_class()(visitor(asked)))
            return used[0]

        request.tracker = SimpleLazyObject(make)  # type: ignore[attr-defined]  # see TrackedRequest
        response = self.get_response(request)
        for tracker in used:
            relay_cookies(response, tracker.set_cookies, request)
            mark_private(response)
        return response
