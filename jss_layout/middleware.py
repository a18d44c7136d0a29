"""What is answered before any view is asked."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import ReferenceType, ref

from django.contrib.auth.middleware import AuthenticationMiddleware, auser, get_user
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage import default_storage
from django.contrib.messages.storage.base import BaseStorage
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject

from jss_layout.exceptions import SiteUnknown
from jss_layout.public_pages import settle, watch

logger = logging.getLogger(__name__)

UNKNOWN_HOST = "This server has no site of that name. Its names are those of ALLOWED_HOSTS.\n"


class KnownHostMiddleware:
    """Answers 400 where the ``Host`` header names none of ``ALLOWED_HOSTS``.

    Django does so too, but in ``DEBUG`` with a stack trace. Stands first, since the others ask
    for the host. Where nobody can tell whose the host is, it answers 503.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The refusal, or the answer of what stands behind."""
        try:
            host = request.get_host()
        except DisallowedHost as error:
            logger.warning("%s", str(error)[:300])
            return HttpResponse(UNKNOWN_HOST, status=400, content_type="text/plain")
        # Optimization: three more ask for it, and each time Django looks at all of it again.
        request.get_host = lambda: host  # type: ignore[method-assign]
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:  # noqa: ARG002 — Django's signature
        """503 with ``Retry-After`` for ``SiteUnknown``, in no site's design."""
        if not isinstance(error, SiteUnknown):
            return None
        response = HttpResponse(f"{error}\n", status=503, content_type="text/plain")
        response["Retry-After"] = str(error.retry_after)
        add_never_cache_headers(response)
        return response


class PublicPageMiddleware:
    """Gives pages that are the same for all their lifetime (``PAGE_MAX_AGE``).

    Stands before whatever may set a cookie or use a session: such an answer is private.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer of what stands behind."""
        watch(request)
        response = self.get_response(request)
        settle(response)
        return response


class LightAuthenticationMiddleware(AuthenticationMiddleware):
    """Django's users, without a request and its user that refer to each other.

    Such a pair stays until Python looks for what nobody can reach, and while it looks, every thread
    waits. It stands in place of Django's own, also in the eyes of the admin's checks.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Set ``request.user`` and ``request.auser``, as Django does."""
        if not hasattr(request, "session"):
            super().process_request(request)  # which says what is missing
        of = ref(request)
        request.user = SimpleLazyObject(lambda: get_user(_alive(of)))  # type: ignore[assignment]
        request.auser = partial(_later_user, of)


class LazyMessageMiddleware(MessageMiddleware):
    """Django's messages, made when somebody first asks for them: pages of Sitecore have none.

    It stands in place of Django's own, also in the eyes of the admin's checks.
    """

    async_capable = False
    get_response: Callable[[HttpRequest], HttpResponse]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, and keep its messages if there may be any."""
        used: list[BaseStorage] = []
        of = ref(request)

        def make() -> BaseStorage:
            used.append(default_storage(_alive(of)))
            return used[0]

        request._messages = SimpleLazyObject(make)  # type: ignore[attr-defined]  # Django's name
        response = self.get_response(request)
        return self.process_response(request, response) if used else response


def _alive(of: "ReferenceType[HttpRequest]") -> HttpRequest:
    request = of()
    if request is None:
        raise RuntimeError("The request is over: ask it for its user or messages before.")
    return request


async def _later_user(of: "ReferenceType[HttpRequest]") -> Any:
    return await auser(_alive(of))
