"""``/metrics``: what is counted, in Prometheus' text format, for whoever has the token."""

import os

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from jss_layout.conf import conf
from jss_layout.metrics import SCRAPED

MULTIPROCESS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@csrf_exempt  # so that a POST is told 405
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """All metrics; 404 unless ``METRICS_TOKEN`` is set, 401 without ``Bearer`` and the token."""
    if not conf.METRICS_TOKEN:
        raise Http404("Metrics are not shown; set METRICS_TOKEN to a long random text.")
    if not _has_token(request):
        headers = {"WWW-Authenticate": "Bearer"}
        return HttpResponse("Bearer token missing or wrong.\n", status=401, headers=headers)
    text = generate_latest(_counted()) + generate_latest(SCRAPED)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _has_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and constant_time_compare(token.strip(), conf.METRICS_TOKEN)


def _counted() -> CollectorRegistry:
    """What this process has counted, or, where they share a folder, all processes together."""
    if MULTIPROCESS_FOLDER not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
