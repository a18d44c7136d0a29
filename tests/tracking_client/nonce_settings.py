"""The sample site under a policy that lets nothing run but scripts of a nonce."""

from collections.abc import Callable
from copy import deepcopy

from django.http import HttpRequest, HttpResponse

from jss_site.settings import *  # noqa: F403
from jss_site.settings import MIDDLEWARE, TEMPLATES

NONCE = "c2VjcmV0"
POLICY = (
    f"default-src 'none'; script-src 'nonce-{NONCE}'; connect-src 'self'; style-src 'self';"
    " font-src 'self'; img-src 'self' data:; base-uri 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)


def nonce(request: HttpRequest) -> dict[str, str]:
    """The name by which Django 6 gives it to templates."""
    return {"csp_nonce": NONCE}


def policy(get_response: Callable[[HttpRequest], HttpResponse]) -> object:
    """Middleware that sends the policy with each answer."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Content-Security-Policy"] = POLICY
        return response

    return answer


MIDDLEWARE = [f"{__name__}.policy", *MIDDLEWARE]
TEMPLATES = deepcopy(TEMPLATES)
TEMPLATES[0]["OPTIONS"]["context_processors"].append(f"{__name__}.nonce")  # type: ignore[index]
