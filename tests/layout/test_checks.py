from collections.abc import Mapping
from pathlib import Path

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import connection
from pytest_django import Settings

from jss_layout.models import ApiKey, Site
from tests import sensitive

CONNECTED = {
    "JSS_MODE": "connected",
    "SITECORE_API_HOST": "https://cd.example.com",
    "SITECORE_API_KEY": sensitive.API_KEY,
    "SITECORE_SITE_NAME": "website",
}
SHARED_CACHE = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache"}}


@pytest.fixture(autouse=True)
def data_dir(settings: Settings, tmp_path: Path) -> None:
    settings.JSS_DATA_DIR = str(tmp_path)


def problems(
    settings: Settings, values: Mapping[str, object], deploy: bool = False
) -> list[CheckMessage]:
    for name, value in values.items():
        setattr(settings, name, value)
    found = run_checks(include_deployment_checks=deploy)
    return [problem for problem in found if str(problem.id).startswith("jss_layout.")]


def ids(settings: Settings, values: Mapping[str, object], deploy: bool = False) -> list[str | None]:
    found = problems(settings, values, deploy)
    assert all(problem.hint for problem in found)
    assert sensitive.found_in(str(found)) == []
    return [problem.id for problem in found]


def test_a_disconnected_site_needs_nothing_but_a_folder(settings: Settings) -> None:
    assert ids(settings, {}) == []


def test_a_connected_site_with_host_key_and_name_is_right(settings: Settings) -> None:
    values = CONNECTED | {"JSS_DATA_DIR": "/nowhere", "WORKER_THREADS": 16}
    assert ids(settings, values, deploy=True) == []


@pytest.mark.parametrize(
    ("values", "check"),
    [
        ({"JSS_MODE": "conected"}, "E001"),
        ({"FETCH_WITH": "SOAP"}, "E002"),
        ({**CONNECTED, "FETCH_WITH": "GraphQL"}, "E002"),
        ({"LAYOUT_SOURCE": "nowhere.Source"}, "E003"),
        ({**CONNECTED, "SITECORE_API_HOST": ""}, "E004"),
        ({**CONNECTED, "SITECORE_API_HOST": "cd.example.com"}, "E005"),
        (
            {**CONNECTED, "SITECORE_API_HOST": f"https://a:{sensitive.API_KEY}@cd.example.com"},
            "E018",
        ),
        ({**CONNECTED, "SITECORE_API_HOST": "https://cd.example.com/sitecore"}, "E005"),
        ({**CONNECTED, "SITECORE_SITE_NAME": ""}, "E006"),
        ({**CONNECTED, "SITECORE_API_KEY": ""}, "E007"),
        ({**CONNECTED, "SITECORE_API_KEY": sensitive.API_KEY[1:]}, "E008"),
        ({"SITECORE_CA_BUNDLE": "/nowhere/ca.pem"}, "E009"),
        ({"SITECORE_PROXY": "proxy.example.com:3128"}, "E010"),
        ({"LAYOUT_TRANSPORT": "httpx"}, "E055"),
        ({"JSS_DATA_DIR": "/nowhere"}, "E011"),
        ({"LAYOUT_SERVICE_TIMEOUT": 0}, "E012"),
        ({"LAYOUT_SERVICE_TIMEOUT": "soon"}, "E012"),
        ({"LAYOUT_SERVICE_MAX_BYTES": -1}, "E012"),
        ({"SITE_REFRESH_SECONDS": 0}, "E012"),
        ({"SITE_REFRESH_SECONDS": None}, "E012"),
        ({"PAGE_MAX_AGE": -1}, "E020"),
        ({"PAGE_MAX_AGE": "a minute"}, "E020"),
        ({"TRUSTED_PROXY_COUNT": -1}, "E013"),
        ({"TRUSTED_PROXY_COUNT": "many"}, "E013"),
        ({"JSS_LANGUAGES": ["en", "da_DK"]}, "E014"),
        ({"DEFAULT_LANGUAGE": ""}, "E014"),
        ({"SITECORE_SITE_HOST_NAMES": ["::1", "https://example.com"]}, "E019"),
        ({"JSS_NON_ITEM_PATHS": ["^/a", "("]}, "E015"),
        ({"SITECORE_MAX_CALLS": 0}, "E012"),
        ({"LAYOUT_SERVICE_CONNECT_TIMEOUT": -1}, "E012"),
        ({"LAYOUT_SERVICE_READ_TIMEOUT": "soon"}, "E012"),
        ({"SITECORE_CIRCUIT_SECONDS": 0}, "E012"),
        ({"LAYOUT_SNAPSHOT_INTERVAL": 0}, "E012"),
        ({"LAYOUT_SNAPSHOT_MAX_AGE": 0}, "E012"),
        ({"RELAY_MAX_BODY_BYTES": 0}, "E012"),
        ({"SITECORE_CIRCUIT_FAILURES": -1}, "E050"),
        ({"SITECORE_CIRCUIT_FAILURES": "often"}, "E050"),
        ({"SITECORE_MAX_MEDIA_CALLS": 0}, "E012"),
        ({"SITECORE_MAX_WAIT": -1}, "E052"),
        ({"SITECORE_MAX_WAIT": "long"}, "E052"),
        ({"WORKER_THREADS": -1}, "E051"),
        ({"WORKER_THREADS": "many"}, "E051"),
        ({"WORKER_THREADS": 16, "SITECORE_MAX_CALLS": 9}, "W052"),
        ({"LAYOUT_SNAPSHOT": True}, "W050"),
        ({"LAYOUT_SNAPSHOT": True, "CACHES": SHARED_CACHE, "LAYOUT_SNAPSHOT_MAX_AGE": 600}, "W051"),
        ({"MIDDLEWARE": []}, "W001"),
        ({"CORS_ALLOW_CREDENTIALS": False}, "W001"),
    ],
)
def test_a_mistake_in_the_settings_is_found(
    settings: Settings, values: dict[str, object], check: str
) -> None:
    assert ids(settings, values) == [f"jss_layout.{check}"]


def test_copies_of_pages_in_a_cache_of_all_are_right(settings: Settings) -> None:
    values = {"LAYOUT_SNAPSHOT": True, "CACHES": SHARED_CACHE}
    assert ids(settings, values) == []
    assert ids(settings, values | {"LAYOUT_SNAPSHOT_INTERVAL": "often"}) == ["jss_layout.E012"]


def test_every_form_of_a_guid_is_a_key(settings: Settings) -> None:
    assert ids(settings, CONNECTED | {"SITECORE_API_KEY": sensitive.SITE_API_KEY}) == []
    short = sensitive.API_KEY.replace("-", "").upper()
    assert ids(settings, {"SITECORE_API_KEY": short}) == []


def test_fetching_with_graphql_is_said_not_to_be_there(settings: Settings) -> None:
    [problem] = problems(settings, CONNECTED | {"FETCH_WITH": "GraphQL"})
    assert problem.msg == "FETCH_WITH is 'GraphQL'; a connected site can't fetch so."
    assert problem.hint == "Set it to “REST”. “GraphQL” is not there yet for a connected site."


def test_a_source_of_ones_own_may_be_named(settings: Settings) -> None:
    values = {"FETCH_WITH": "own", "LAYOUT_SOURCE": "jss_layout.sources.LayoutSource"}
    assert ids(settings, values) == []


def test_a_proxy_with_an_address_is_right(settings: Settings) -> None:
    assert ids(settings, {"SITECORE_PROXY": "http://proxy.example.com:3128"}) == []


def test_a_setting_that_follows_a_wrong_one_is_not_told_too(settings: Settings) -> None:
    del settings.LAYOUT_SERVICE_READ_TIMEOUT
    assert ids(settings, {"LAYOUT_SERVICE_TIMEOUT": 0}) == ["jss_layout.E012"]


@pytest.mark.parametrize("is_collected", [True, False])
def test_files_that_were_not_collected_are_told_before_deployment(
    settings: Settings, tmp_path: Path, is_collected: bool
) -> None:
    if is_collected:
        (tmp_path / "staticfiles.json").write_text(
            '{"version": "1.1", "paths": {"a.css": "a.0.css"}, "hash": ""}'
        )
    values = {
        "STATIC_ROOT": str(tmp_path),
        "STORAGES": {"staticfiles": {"BACKEND": "jss_site.static_files.StaticFilesStorage"}},
    }
    assert ids(settings, values, deploy=True) == ([] if is_collected else ["jss_layout.W005"])
    assert ids(settings, values) == []


def test_an_unencrypted_sitecore_is_told_before_deployment(settings: Settings) -> None:
    values = CONNECTED | {"SITECORE_API_HOST": "HTTP://cd.example.com", "WORKER_THREADS": 16}
    assert ids(settings, values) == []
    assert ids(settings, values, deploy=True) == ["jss_layout.W002"]


@pytest.mark.parametrize("calls", [{}, {"SITECORE_MAX_CALLS": 8}])
@pytest.mark.parametrize("threads", [1, 16])
def test_half_of_the_threads_or_less_is_right(
    settings: Settings, threads: int, calls: dict[str, int]
) -> None:
    values = CONNECTED | calls | {"WORKER_THREADS": threads}
    is_too_many = threads == 1 and bool(calls)
    assert ids(settings, values, deploy=True) == ["jss_layout.W052"] * is_too_many


def test_threads_that_nobody_knows_are_told_before_deployment(settings: Settings) -> None:
    assert ids(settings, CONNECTED) == []
    assert ids(settings, CONNECTED, deploy=True) == ["jss_layout.W053"]
    assert ids(settings, CONNECTED | {"SITECORE_MAX_CALLS": 8}, deploy=True) == []


def database_problems() -> list[tuple[str | None, str]]:
    found = run_checks(tags=["database"], databases=["default"])
    return [(problem.id, problem.msg) for problem in found]


@pytest.mark.django_db
def test_a_key_with_a_wildcard_is_found() -> None:
    ApiKey.objects.create(name="App", cors_origins="https://app.example.com")
    assert database_problems() == []
    ApiKey.objects.create(name="Old", cors_origins="https://a.com, *, https://*.b.com")
    assert database_problems() == [
        ("jss_layout.W003", "The API key “Old” lists *, https://*.b.com, which opens nothing.")
    ]


@pytest.mark.django_db
def test_a_site_with_a_host_of_the_environments_is_found(settings: Settings) -> None:
    Site.objects.create(name="Shop", host_names="shop.example.com, Example.com:8000")
    assert database_problems() == []
    settings.SITECORE_SITE_HOST_NAMES = ["example.com"]
    assert database_problems() == [
        (
            "jss_layout.W006",
            "The site “Shop” never answers for example.com, which SITECORE_SITE_HOST_NAMES names.",
        )
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["apikey", "site"])
def test_without_a_table_there_is_nothing_to_check(settings: Settings, table: str) -> None:
    settings.SITECORE_SITE_HOST_NAMES = ["example.com"]
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE jss_layout_{table} RENAME TO gone")
    assert database_problems() == []
