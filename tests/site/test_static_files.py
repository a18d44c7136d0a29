"""Static files as a deployment serves them: collected, compressed, and kept by browsers."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]  # has none

pytestmark = pytest.mark.django_db  # a closed answer looks after Django's connections


@pytest.fixture
def served(settings: Any, tmp_path: Path) -> WhiteNoiseMiddleware:
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {"staticfiles": {"BACKEND": "jss_site.static_files.StaticFilesStorage"}}
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    call_command("collectstatic", "--no-input", verbosity=0)
    return WhiteNoiseMiddleware(not_found)


def not_found(_: HttpRequest) -> HttpResponse:
    return HttpResponse(status=404)


def style_sheet(served: WhiteNoiseMiddleware, **headers: str) -> HttpResponseBase:
    address = staticfiles_storage.url("jss_site/site.css")
    assert re.search(r"site\.\w{12}\.css$", address)
    answer: HttpResponseBase = served(RequestFactory().get(address, headers=headers))
    answer.close()
    return answer


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", None)],
)
def test_a_file_comes_in_the_best_encoding_that_a_browser_takes(
    served: WhiteNoiseMiddleware, accepted: str, encoding: str | None
) -> None:
    answer = style_sheet(served, accept_encoding=accepted)
    assert answer.status_code == 200
    assert answer.get("Content-Encoding") == encoding
    assert answer["Vary"] == "Accept-Encoding"


def test_a_file_whose_name_has_its_hash_is_kept_for_ever(served: WhiteNoiseMiddleware) -> None:
    assert style_sheet(served)["Cache-Control"] == "max-age=315360000, public, immutable"
