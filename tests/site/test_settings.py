"""The sample site's settings, run in an environment of the test's own."""

import re
import runpy
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from jss_layout.conf import conf as layout_conf
from jss_tracking.conf import conf as tracking_conf

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCTION = {"SECRET_KEY": "key", "ALLOWED_HOSTS": "www.example.com"}


class Sample:
    """Runs the settings in an environment, with or without a ``.env``."""

    def __init__(self, dot_env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.dot_env = dot_env
        self.monkeypatch = monkeypatch
        self.read_env = environ.Env.read_env
        monkeypatch.setattr(environ.Env, "read_env", staticmethod(self.read_dot_env))

    def read_dot_env(self, path: Path) -> None:
        assert path == ROOT / ".env"
        self.read_env(self.dot_env)

    def __call__(self, dot_env: str = "", **environment: str) -> dict[str, Any]:
        self.monkeypatch.setattr(environ.Env, "ENVIRON", environment)
        self.dot_env.write_text(dot_env)
        return runpy.run_path(str(ROOT / "jss_site" / "settings.py"))


@pytest.fixture
def settings_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sample:
    return Sample(tmp_path / ".env", monkeypatch)


def test_without_debug_a_missing_secret_key_is_named(settings_of: Sample) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY is not set"):
        settings_of(ALLOWED_HOSTS="www.example.com")


def test_without_debug_a_missing_host_is_named(settings_of: Sample) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^ALLOWED_HOSTS is not set"):
        settings_of(SECRET_KEY="key")


def test_a_value_that_does_not_fit_names_its_variable(settings_of: Sample) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^TRUSTED_PROXY_COUNT in the environment"):
        settings_of(**PRODUCTION, TRUSTED_PROXY_COUNT="x")


def test_seconds_are_read_as_written(settings_of: Sample) -> None:
    values = settings_of(**PRODUCTION, LAYOUT_SERVICE_TIMEOUT="1e3")
    assert values["LAYOUT_SERVICE_TIMEOUT"] == 1000
    with pytest.raises(ImproperlyConfigured) as refused:
        settings_of(**PRODUCTION, LAYOUT_SERVICE_TIMEOUT="5s")
    assert str(refused.value) == (
        "LAYOUT_SERVICE_TIMEOUT in the environment: could not convert string to float: '5s'."
    )


def test_debug_does_without_key_and_hosts(settings_of: Sample) -> None:
    values = settings_of(DEBUG="true")
    assert values["SECRET_KEY"].startswith("django-insecure")
    assert values["ALLOWED_HOSTS"] == []


def test_debug_is_off_unless_it_is_said_to_be_on(settings_of: Sample) -> None:
    assert settings_of(**PRODUCTION)["DEBUG"] is False
    assert settings_of(**PRODUCTION, DEBUG="ture")["DEBUG"] is False


def test_the_file_is_read_and_the_real_environment_wins(settings_of: Sample) -> None:
    dot_env = "SECRET_KEY=file\nALLOWED_HOSTS=a.example.com,b.example.com\nJSS_MODE=connected\n"
    values = settings_of(dot_env, JSS_MODE="disconnected")
    assert values["SECRET_KEY"] == "file"
    assert values["ALLOWED_HOSTS"] == ["a.example.com", "b.example.com"]
    assert values["JSS_MODE"] == "disconnected"


def test_the_file_may_be_left_unread(settings_of: Sample) -> None:
    values = settings_of("JSS_MODE=connected", **PRODUCTION, JSS_READ_DOT_ENV="false")
    assert values["JSS_MODE"] == "disconnected"


@pytest.mark.parametrize("url", [None, "sqlite:////srv/site.sqlite3"])
def test_every_sqlite_writes_ahead_and_locks_at_once(settings_of: Sample, url: str | None) -> None:
    environment = PRODUCTION | ({"DATABASE_URL": url} if url else {})
    database = settings_of(**environment)["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.sqlite3"
    assert database["OPTIONS"] == {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }


def test_the_query_of_a_database_url_goes_before_the_defaults(settings_of: Sample) -> None:
    values = settings_of(**PRODUCTION, DATABASE_URL="sqlite:////srv/site.sqlite3?timeout=5")
    options = values["DATABASES"]["default"]["OPTIONS"]
    assert (options["timeout"], options["transaction_mode"]) == (5, "IMMEDIATE")


@pytest.mark.parametrize(("query", "seconds"), [("", 5), ("?connect_timeout=2", 2)])
def test_a_postgresql_that_is_cut_off_holds_nobody(
    settings_of: Sample, query: str, seconds: int
) -> None:
    url = f"postgres://me:word@db.example.com/site{query}"
    database = settings_of(**PRODUCTION, DATABASE_URL=url)["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert database["OPTIONS"] == {"connect_timeout": seconds}


def test_another_database_has_no_options_of_these(settings_of: Sample) -> None:
    values = settings_of(**PRODUCTION, DATABASE_URL="mysql://me:word@db.example.com/site")
    assert "OPTIONS" not in values["DATABASES"]["default"]


@pytest.mark.parametrize("url", ["foo", "postgress://me:geheim@db.example.com/site"])
def test_a_database_of_no_known_kind_is_told_without_its_password(
    settings_of: Sample, url: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL names no kind") as refused:
        settings_of(**PRODUCTION, DATABASE_URL=url)
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    ("language", "of_the_admin"), [("da-DK", "da-DK"), ("fo", "en"), ("x!", "en")]
)
def test_the_default_language_may_be_one_that_django_does_not_speak(
    settings_of: Sample, language: str, of_the_admin: str
) -> None:
    values = settings_of(**PRODUCTION, DEFAULT_LANGUAGE=language)
    assert values["LANGUAGE_CODE"] == of_the_admin
    assert values["DEFAULT_LANGUAGE"] == language


def test_the_cache_is_named_by_its_url(settings_of: Sample) -> None:
    values = settings_of(**PRODUCTION, CACHE_URL="dummycache://")
    assert values["CACHES"]["default"]["BACKEND"] == "django.core.cache.backends.dummy.DummyCache"


def test_a_cache_of_no_known_kind_is_told_without_its_password(settings_of: Sample) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^CACHE_URL names no kind") as refused:
        settings_of(**PRODUCTION, CACHE_URL="redos://:geheim@cache.example.com/0")
    assert "geheim" not in str(refused.value)


HTTPS = (
    "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS",
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
)


def test_without_debug_all_is_for_https(settings_of: Sample) -> None:
    values = settings_of(**PRODUCTION)
    assert [values[name] for name in HTTPS] == [True, 31536000, True, True]
    assert "django.middleware.clickjacking.XFrameOptionsMiddleware" in values["MIDDLEWARE"]


@pytest.mark.parametrize(
    "environment", [{"DEBUG": "true"}, PRODUCTION | {"SECURE_SSL_REDIRECT": "false"}]
)
def test_plain_http_is_for_debug_or_said_to_be_meant(
    settings_of: Sample, environment: dict[str, str]
) -> None:
    values = settings_of(**environment)
    assert [values[name] for name in HTTPS] == [False, 0, False, False]


def test_a_proxy_may_say_that_the_visitor_came_over_https(settings_of: Sample) -> None:
    assert settings_of(**PRODUCTION)["SECURE_PROXY_SSL_HEADER"] is None
    values = settings_of(**PRODUCTION, SECURE_PROXY_SSL_HEADER="HTTP_X_FORWARDED_PROTO,https")
    assert values["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_the_default_language_is_one_of_djangos_languages(settings_of: Sample) -> None:
    values = settings_of(**PRODUCTION, DEFAULT_LANGUAGE="sv", JSS_LANGUAGES="en,sv")
    assert values["LANGUAGE_CODE"] == "sv"
    assert values["LANGUAGES"] == [("sv", "sv"), ("en", "en")]


def test_the_sample_site_speaks_english_and_danish(settings_of: Sample) -> None:
    assert settings_of(**PRODUCTION)["JSS_LANGUAGES"] == ["en", "da"]


def test_nothing_below_info_is_logged(settings_of: Sample) -> None:
    logging = settings_of(**PRODUCTION)["LOGGING"]
    assert logging["root"] == {"handlers": ["console"], "level": "INFO"}
    assert {logger["level"] for logger in logging["loggers"].values()} == {"INFO", "ERROR"}


# The sample site has Danish pages, and finds its files wherever it is started from.
SAMPLE_ONLY = {"JSS_DATA_DIR", "JSS_LANGUAGES"}


@pytest.mark.parametrize("conf", [layout_conf, tracking_conf])
def test_a_variable_that_is_not_set_leaves_the_apps_default(
    settings_of: Sample, settings: Settings, conf: Any
) -> None:
    values = settings_of(**PRODUCTION)
    names = {name for name in values if name.isupper() and hasattr(type(conf), name)}
    unset = ("", None)
    expected = {name: values[name] for name in names - SAMPLE_ONLY if values[name] not in unset}
    for name in names:
        delattr(settings, name)
    found = {name: getattr(conf, name) for name in expected}
    assert {k: list(v) if isinstance(v, tuple) else v for k, v in found.items()} == expected


def names_read() -> set[str]:
    source = (ROOT / "jss_site" / "settings.py").read_text()
    return set(re.findall(r'env\.\w+\(\s*"(\w+)"', source))


def names_explained() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return {
        found[1]: above
        for above, line in pairwise(lines)
        if (found := re.match(r"#?([A-Z_]+)=", line))
    }


def test_the_example_explains_every_variable_and_no_other() -> None:
    assert set(names_explained()) == names_read() | {"REQUESTS_CA_BUNDLE"}
    assert [name for name, above in names_explained().items() if above[:2] != "# "] == []


def test_the_example_is_a_working_file_but_for_what_is_to_be_filled_in(
    settings_of: Sample,
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = settings_of((ROOT / ".env.example").read_text())
    assert values["DEBUG"] is True


def test_every_line_of_the_example_may_be_taken_as_it_stands(settings_of: Sample) -> None:
    text = re.sub(r"(?m)^#([A-Z_]+=.+)$", r"\1", (ROOT / ".env.example").read_text())
    assert settings_of(text)["TRUSTED_PROXY_COUNT"] == 0
