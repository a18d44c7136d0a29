"""The admin in its reader's language."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

ADMIN = "/admin/"
"""As in ``jss_site.urls``."""


class AdminLanguageMiddleware:
    """Shows the admin in the language that the browser asks for, of those in ``LANGUAGES``.

    Django's ``LocaleMiddleware`` does so for every address. A page has the language of its
    address, and would be stored by caches once for each browser.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, made in that language if it is the admin's."""
        if not request.path_info.startswith(ADMIN):
            return self.get_response(request)
        language = translation.get_language_from_request(request)
        with translation.override(language):
            response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", language)
        return response
