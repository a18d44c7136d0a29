import logging

import pytest

from jss_layout.log_filters import MaskSecrets


def masked(message: str, *args: object) -> str:
    record = logging.LogRecord("server", logging.INFO, "", 0, message, args, None)
    assert MaskSecrets().filter(record)
    return record.getMessage()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('"GET /x?sc_apikey=0f-1&item=%2F HTTP/1.1"', '"GET /x?sc_apikey=***&item=%2F HTTP/1.1"'),
        ("Cookie: a=1; ASP.NET_SessionId=abc; b=2", "Cookie: a=1; ASP.NET_SessionId=***; b=2"),
        ("SC_ANALYTICS_GLOBAL_COOKIE=0ab|True", "SC_ANALYTICS_GLOBAL_COOKIE=***"),
        ("{'sc-apikey': '0f-1'}", "{'sc-apikey': '***'}"),
        ("next=%2F%3Fsc_apikey%3D0f-1", "next=%2F%3Fsc_apikey%3D***"),
    ],
)
def test_a_secret_in_a_log_line_is_masked(line: str, expected: str) -> None:
    assert masked(line) == expected


def test_a_secret_among_the_arguments_is_masked() -> None:
    assert masked('"%s" %d', "GET /?sc_apikey=0f HTTP/1.1", 200) == (
        '"GET /?sc_apikey=*** HTTP/1.1" 200'
    )


def test_a_line_without_a_secret_keeps_its_arguments() -> None:
    record = logging.LogRecord("server", logging.INFO, "", 0, "status %d", (200,), None)
    MaskSecrets().filter(record)
    assert record.args == (200,)
