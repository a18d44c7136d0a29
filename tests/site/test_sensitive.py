"""The net that fails any test in which a secret is logged."""

import logging

import pytest

from tests import sensitive
from tests.conftest import SecretsInLog


@pytest.mark.parametrize("secret", sensitive.SECRETS)
def test_every_secret_is_found_in_any_case(secret: str) -> None:
    assert sensitive.found_in(f"a line with {secret.upper()} in it") != []


def test_a_key_is_found_in_its_short_form() -> None:
    assert sensitive.found_in(sensitive.SITE_API_KEY.strip("{}").replace("-", "")) != []


@pytest.mark.parametrize(
    "text",
    [
        "GET /?sc_apikey=0f",
        "SC_ANALYTICS_GLOBAL_COOKIE=a|False",
        "Cookie: a=1; ASP.NET_SessionId=b",
        "{'sessionid': 1} sessionid=c",
    ],
)
def test_what_stands_in_the_place_of_a_secret_is_found(text: str) -> None:
    assert sensitive.found_in(text) != []


@pytest.mark.parametrize(
    "text", ["GET /about?sc_camp=1", "sc_apikey=***&item=%2F", "The API key “App” is disabled"]
)
def test_a_harmless_line_passes(text: str) -> None:
    assert sensitive.found_in(text) == []


def test_a_logged_secret_is_caught_at_any_level_and_in_a_traceback(
    no_secret_is_logged: SecretsInLog,
) -> None:
    logger = logging.getLogger("jss_layout.anything")
    logger.debug("key %s", sensitive.API_KEY)
    try:
        raise ValueError(sensitive.SESSION_COOKIE)
    except ValueError:
        logger.exception("failed")
    caught = len(no_secret_is_logged.lines)
    no_secret_is_logged.lines.clear()
    assert caught == 2


@pytest.mark.parametrize("name", ["urllib3.connectionpool", "django.server"])
def test_libraries_that_log_addresses_log_them_without_keys(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger(name).addHandler(caplog.handler)
        try:
            logging.getLogger(name).error(
                '"GET %s HTTP/1.1" 200', f"/?sc_apikey={sensitive.API_KEY}&a=b"
            )
        finally:
            logging.getLogger(name).removeHandler(caplog.handler)
    assert set(caplog.messages) == {'"GET /?sc_apikey=***&a=b HTTP/1.1" 200'}
