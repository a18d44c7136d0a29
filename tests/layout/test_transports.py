"""Which transport is used, and what is said where it can't be."""

import gzip
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core.checks import run_checks

from jss_layout import transports
from jss_layout.exceptions import CouldNotContact, RequestNotPrepared
from jss_layout.sitecore import send, stream
from jss_layout.transports import transport
from jss_layout.transports.curl import CurlTransport
from jss_layout.transports.requests import RequestsTransport
from tests.layout.fault_server import FaultServer, answer, reset


@pytest.fixture
def without_pycurl(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.LAYOUT_TRANSPORT = "curl"
    monkeypatch.setitem(sys.modules, "pycurl", None)
    for module in ("curl", "curl_handle"):
        monkeypatch.delitem(sys.modules, f"jss_layout.transports.{module}")
    transports._transport.cache_clear()


def test_requests_is_used_though_pycurl_is_installed() -> None:
    assert isinstance(transport(), RequestsTransport)


def test_libcurl_is_used_where_the_setting_says_so(settings: Any) -> None:
    settings.LAYOUT_TRANSPORT = "curl"
    assert isinstance(transport(), CurlTransport)


def test_a_process_has_one_transport(way: str) -> None:
    assert transport() is transport()


def test_threads_that_come_together_have_one_transport(way: str) -> None:
    transports._transport.cache_clear()
    all_at_once = Barrier(16)

    def ask(_: int) -> int:
        all_at_once.wait()
        return id(transport())

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(ask, range(16)))) == 1


def test_an_unknown_transport_calls_nobody(settings: Any) -> None:
    settings.LAYOUT_TRANSPORT = "httpx"
    with pytest.raises(RequestNotPrepared, match=r"LAYOUT_TRANSPORT 'httpx' .*manage\.py check"):
        send("GET", "http://127.0.0.1:9/", {})


@pytest.mark.usefixtures("without_pycurl")
def test_a_missing_extra_is_named_by_a_check() -> None:
    (error,) = [one for one in run_checks() if one.id == "jss_layout.E056"]
    assert "pycurl" in error.msg
    assert error.hint == "pip install 'django-jss[fast]'"


@pytest.mark.usefixtures("without_pycurl")
def test_without_the_extra_nobody_is_called_by_other_means() -> None:
    with pytest.raises(RequestNotPrepared, match="LAYOUT_TRANSPORT 'curl'"):
        send("GET", "http://127.0.0.1:9/", {})


@pytest.mark.usefixtures("way")
def test_a_failure_says_whether_the_request_may_have_arrived(
    fault_server: Callable[..., FaultServer],
) -> None:
    server = fault_server(reset)
    with pytest.raises(CouldNotContact) as caught:
        send("GET", server.url, {})
    assert caught.value.sent
    server.stop()
    with pytest.raises(CouldNotContact) as caught:
        send("GET", server.url, {})
    assert not caught.value.sent


@pytest.mark.parametrize("silence", [None, 5])
def test_a_call_has_nothing_of_the_one_before_it_on_its_connection(
    silence: int | None, way: str, settings: Any, fault_server: Callable[..., FaultServer]
) -> None:
    settings.LAYOUT_SERVICE_READ_TIMEOUT = silence
    packed = gzip.compress(b"{}")

    def respond(connection: socket.socket) -> None:
        head = server.requests[-1]
        if head.startswith(b"POST ") and not head.endswith(b"a form"):
            connection.recv(6, socket.MSG_WAITALL)
        body = b"" if head.startswith(b"HEAD ") else packed
        length = f"Content-Length: {len(packed)}"
        connection.sendall(answer(body, "Content-Encoding: gzip", length))

    server = fault_server(respond)
    first = send("GET", server.url, {"Accept": "*/*"})
    posted = send("POST", server.url, {"Cookie": "a=1", "X-Form": "1"}, b"a form")
    streamed = stream("GET", server.url, {"Cookie": "b=2"})
    raw = b"".join(streamed)
    streamed.close()
    headed = send("HEAD", server.url, {"Referer": "http://a/"})
    last = send("GET", server.url, {"Accept": "*/*"})
    # libcurl keeps one for calls that come whole, another for those in steps.
    assert server.connections == (2 if way == "curl" and silence is None else 1)
    assert server.requests[-1] == server.requests[0]
    assert (first.body, posted.body, raw, headed.body, last.body) == (
        b"{}",
        b"{}",
        packed,
        b"",
        b"{}",
    )
