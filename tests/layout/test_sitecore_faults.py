"""Faults of a Sitecore, over real sockets."""

import contextlib
import gzip
import os
import socket
import ssl
import subprocess
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pycurl
import pytest
import requests
from django.test import override_settings

from jss_layout.exceptions import (
    CouldNotContact,
    DeadlineExceeded,
    InvalidResponse,
    RequestNotPrepared,
)
from jss_layout.sitecore import SitecoreResponse, send, stream
from jss_layout.transports import curl, transport
from jss_layout.transports import requests as by_adapter
from jss_layout.transports.curl_handle import Handle
from tests.layout.fault_server import (
    FaultServer,
    answer,
    make_certificate,
    read_head,
    reset,
    server_context,
)

DEADLINE = 0.2
SLACK = 0.6  # Ten per cent, and what a busy machine adds.
Start = Callable[..., FaultServer]


by_requests = pytest.mark.parametrize("way", ["requests"], indirect=True)
by_curl = pytest.mark.parametrize("way", ["curl"], indirect=True)


@pytest.fixture(autouse=True)
def _patience(settings: Any, way: str) -> None:
    """Time enough for a busy machine where no deadline is the point."""
    settings.LAYOUT_SERVICE_TIMEOUT = 10


def get(server: FaultServer, path: str = "/", **headers: str) -> SitecoreResponse:
    return send("GET", server.url + path, headers)


def says(data: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(data)


def late(url: str) -> DeadlineExceeded:
    """Ask a server that takes too long; the call must end in time."""
    started = time.monotonic()
    with (
        override_settings(LAYOUT_SERVICE_TIMEOUT=DEADLINE),
        pytest.raises(DeadlineExceeded) as caught,
    ):
        send("GET", url, {})
    assert DEADLINE * 0.9 <= time.monotonic() - started < DEADLINE + SLACK
    return caught.value


def test_a_good_answer_comes_whole(fault_server: Start) -> None:
    server = fault_server(says(answer(b'{"a":1}', "X-Y: z", "Set-Cookie: a=1", "set-cookie: b=2")))
    response = get(server, "/p?q=1", Cookie="c=3")
    assert (response.status, response.body) == (200, b'{"a":1}')
    assert response.headers["x-y"] == "z"
    assert "Set-Cookie" not in response.headers
    assert response.cookies == ("a=1", "b=2")
    head = server.requests[0].split(b"\r\n")
    assert head[0] == b"GET /p?q=1 HTTP/1.1"
    assert b"Accept-Encoding: gzip, deflate" in head
    assert b"Cookie: c=3" in head
    assert not any(line.lower().startswith(b"user-agent") for line in head)


def test_bytes_of_a_header_arrive_as_they_came(fault_server: Start) -> None:
    server = fault_server(says(answer()))
    get(server, Cookie="a=é".encode().decode("latin-1"))
    assert "Cookie: a=é".encode() in server.requests[0]


def test_a_body_is_sent_with_its_length(fault_server: Start) -> None:
    server = fault_server(says(answer()))
    send("POST", server.url, {"Content-Type": "application/json"}, b"[]")
    assert b"Content-Length: 2" in server.requests[0]


def test_a_connection_is_used_again(fault_server: Start) -> None:
    server = fault_server(says(answer()))
    for _ in range(3):
        get(server)
    assert (server.connections, len(server.requests)) == (1, 3)


def test_no_cookie_of_one_visitor_goes_up_with_the_next(fault_server: Start) -> None:
    server = fault_server(says(answer(b"{}", "Set-Cookie: ASP.NET_SessionId=first; path=/")))
    get(server, Cookie="visitor=first")
    get(server)
    assert b"ookie" not in server.requests[1]


def test_refused(fault_server: Start) -> None:
    server = fault_server(says(answer()))
    server.stop()
    with pytest.raises(CouldNotContact, match=r"127\.0\.0\.1:\d+: Connection refused") as caught:
        get(server)
    assert not isinstance(caught.value, DeadlineExceeded)


def test_no_such_host() -> None:
    with pytest.raises(CouldNotContact, match=r"no-such-host\.invalid: "):
        send("GET", "http://no-such-host.invalid/", {})


def test_reset_before_the_headers(fault_server: Start) -> None:
    server = fault_server(reset)
    with pytest.raises(CouldNotContact, match="reset"):
        get(server)
    assert len(server.requests) == 1


def test_closed_before_the_headers(fault_server: Start) -> None:
    server: FaultServer = fault_server(lambda connection: connection.shutdown(socket.SHUT_RDWR))
    with pytest.raises(CouldNotContact):
        get(server)
    assert len(server.requests) == 1


def test_reset_after_the_headers(fault_server: Start) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(answer(b"", "Content-Length: 9", "Set-Cookie: a=1", "X-Y: z"))
        time.sleep(0.05)
        reset(connection)

    with pytest.raises(CouldNotContact) as caught:
        get(fault_server(behave))
    assert caught.value.upstream_status == 200
    assert caught.value.cookies == ("a=1",)
    assert caught.value.headers["X-Y"] == "z"


def test_hang_before_the_headers(fault_server: Start) -> None:
    server: FaultServer = fault_server(lambda _connection: server.stopping.wait(2) and None)
    late(server.url)


def test_hang_within_the_headers(fault_server: Start) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Y: ")
        server.stopping.wait(2)

    server = fault_server(behave)
    late(server.url)


def test_hang_within_the_body(fault_server: Start) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(answer(b"{", "Content-Length: 9", "Set-Cookie: a=1"))
        server.stopping.wait(2)

    server = fault_server(behave)
    error = late(server.url)
    assert error.cookies == ("a=1",)


def test_a_byte_at_a_time_in_the_headers(fault_server: Start) -> None:
    server: FaultServer = fault_server(
        lambda sock: server.trickle(sock, answer(b"{}", "X: " + "y" * 500))
    )
    late(server.url)


def test_a_byte_at_a_time_in_the_body(fault_server: Start) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(answer(b"", "Content-Length: 500"))
        server.trickle(connection, b" " * 500)

    server = fault_server(behave)
    late(server.url)


def test_a_byte_at_a_time_in_a_chunked_compressed_body(fault_server: Start) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(answer(b"", "Transfer-Encoding: chunked", "Content-Encoding: gzip"))
        packed = gzip.compress(bytes(range(256)))
        server.trickle(connection, b"".join(b"1\r\n%c\r\n" % byte for byte in packed))

    server = fault_server(behave)
    late(server.url)


@pytest.fixture
def deaf() -> Iterator[tuple[str, int]]:
    """An address that answers no attempt to connect, as its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()


def test_a_server_that_never_accepts(deaf: tuple[str, int]) -> None:
    late("http://{}:{}/".format(*deaf))


def test_connecting_has_a_limit_of_its_own(deaf: tuple[str, int], settings: Any) -> None:
    settings.LAYOUT_SERVICE_CONNECT_TIMEOUT = 0.2
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded, match=r"0\.2 s \(LAYOUT_SERVICE_CONNECT_TIMEOUT\)"):
        send("GET", "http://{}:{}/".format(*deaf), {})
    assert time.monotonic() - started < 0.2 + SLACK


def test_a_silence_has_a_limit_of_its_own(fault_server: Start, settings: Any) -> None:
    settings.LAYOUT_SERVICE_READ_TIMEOUT = 0.2
    server: FaultServer = fault_server(lambda _connection: server.stopping.wait(2) and None)
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded, match=r"0\.2 s \(LAYOUT_SERVICE_READ_TIMEOUT\)"):
        get(server)
    assert time.monotonic() - started < 0.2 + SLACK


@by_requests
def test_an_address_that_hangs_leaves_time_for_the_next(
    deaf: tuple[str, int], fault_server: Start, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    server = fault_server(says(answer()))
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
        for port in (deaf[1], server.port)
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    settings.LAYOUT_SERVICE_TIMEOUT = 2
    assert get(server).status == 200


def test_a_forked_process_does_not_share_connections(
    fault_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = fault_server(says(answer()))
    get(server)
    monkeypatch.setattr(os, "getpid", lambda: 1)
    get(server)
    assert server.connections == 2


def test_a_call_that_was_cut_leaves_no_connection_behind(fault_server: Start) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(answer(b"{", "Content-Length: 9"))

    server = fault_server(behave)
    before = threading.active_count()
    late(server.url)
    assert server.closed_by_client.wait(2)
    assert threading.active_count() <= before + 1  # The server's own thread.


def test_a_truncated_body(fault_server: Start) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(answer(b'{"a"', "Content-Length: 9"))
        connection.shutdown(socket.SHUT_RDWR)

    with pytest.raises(CouldNotContact) as caught:
        get(fault_server(behave))
    assert caught.value.upstream_status == 200


def test_a_truncated_chunked_body(fault_server: Start) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(answer(b"4\r\nabcd\r\n", "Transfer-Encoding: chunked"))
        connection.shutdown(socket.SHUT_RDWR)

    with pytest.raises(CouldNotContact):
        get(fault_server(behave))


def test_a_content_length_that_is_too_short_spoils_no_later_answer(fault_server: Start) -> None:
    extra = answer(b"{}evil", "Content-Length: 2", "X-Of: first")
    server: FaultServer = fault_server(lambda connection: connection.sendall(extra))
    assert get(server).body == b"{}"
    time.sleep(0.05)
    assert get(server).body == b"{}"


def test_several_lengths_are_refused(fault_server: Start) -> None:
    with pytest.raises(InvalidResponse):
        get(fault_server(says(answer(b"{}", "Content-Length: 2", "Content-Length: 3"))))


def test_an_absurd_length_is_too_large(fault_server: Start) -> None:
    with pytest.raises(InvalidResponse, match="LAYOUT_SERVICE_MAX_BYTES"):
        get(fault_server(says(answer(b"{}", "Content-Length: " + "9" * 5000))))


def test_50_megabytes_are_refused_by_their_length(fault_server: Start) -> None:
    with pytest.raises(InvalidResponse, match="more than 10485760 bytes") as caught:
        get(fault_server(says(answer(b"{}", "Content-Length: 52428800", "Set-Cookie: a=1"))))
    assert caught.value.cookies == ("a=1",)


def test_50_megabytes_without_a_length_are_cut(fault_server: Start, settings: Any) -> None:
    settings.LAYOUT_SERVICE_MAX_BYTES = 1_000_000
    sent = 0

    def behave(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(50):
            connection.sendall(b" " * 1_000_000)
            sent += 1

    with pytest.raises(InvalidResponse, match="more than 1000000 bytes"):
        get(fault_server(behave))
    assert sent < 50


def test_a_bomb_is_cut_after_decompression(fault_server: Start, settings: Any) -> None:
    settings.LAYOUT_SERVICE_MAX_BYTES = 1_000_000
    bomb = gzip.compress(bytes(20_000_000), 1)
    assert len(bomb) < 100_000
    server = fault_server(says(answer(bomb, "Content-Encoding: gzip")))
    tracemalloc.start()
    with pytest.raises(InvalidResponse, match="more than 1000000 bytes"):
        get(server)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_a_compressed_answer_is_decompressed(
    encoding: str, pack: Callable[[bytes], bytes], fault_server: Start
) -> None:
    text = b'{"a":1}' * 100_000
    server = fault_server(says(answer(pack(text), f"Content-Encoding: {encoding}")))
    assert get(server).body == text
    assert get(server).body == text
    assert server.connections == 1


def test_a_broken_compression_is_an_invalid_answer(fault_server: Start) -> None:
    with pytest.raises(InvalidResponse, match="decompressed"):
        get(fault_server(says(answer(b"no gzip at all", "Content-Encoding: gzip"))))


def test_a_redirect_is_not_followed_and_no_cookie_sent_on(fault_server: Start) -> None:
    other = fault_server(says(answer()))
    location = f"Location: {other.url}/"
    server = fault_server(says(answer(b"", location, "Set-Cookie: b=2", status="302 Found")))
    response = get(server, Cookie="a=1")
    assert (response.status, response.cookies) == (302, ("b=2",))
    assert other.connections == 0


@pytest.mark.parametrize(
    ("way", "status", "connections"),
    [("requests", 103, 2), ("curl", 200, 1)],
    indirect=["way"],
)
def test_no_answer_that_follows_an_early_one_reaches_the_next_visitor(
    status: int, connections: int, fault_server: Start
) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n")
        time.sleep(0.05)
        connection.sendall(answer(f"answer {len(server.requests)}".encode()))

    server = fault_server(behave)
    for number in (1, 2):
        found = get(server)
        assert found.status == status
        assert found.body == (b"" if status < 200 else f"answer {number}".encode())
        assert ("X-Early" in found.headers) == (status < 200)
    assert server.connections == connections


def test_an_answer_that_is_no_http(fault_server: Start) -> None:
    with pytest.raises(CouldNotContact):
        get(fault_server(says(b"SSH-2.0-OpenSSH_9.6\r\n")))


def test_a_pooled_connection_that_closed_meanwhile_is_replaced(fault_server: Start) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(answer())
        connection.shutdown(socket.SHUT_RDWR)

    server = fault_server(behave)
    assert get(server).status == 200
    time.sleep(0.05)
    assert get(server).status == 200


@pytest.fixture
def stale(fault_server: Start, monkeypatch: pytest.MonkeyPatch) -> FaultServer:
    """A server whose pooled connection was reset, and a pool that has not noticed."""
    gone = threading.Event()

    def behave(connection: socket.socket) -> None:
        connection.sendall(answer())
        time.sleep(0.02)
        reset(connection)
        gone.set()

    server = fault_server(behave)
    get(server)
    assert gone.wait(5)
    monkeypatch.setattr("urllib3.connectionpool.is_connection_dropped", lambda _conn: False)
    return server


@by_requests
def test_a_get_that_did_not_go_out_is_sent_once_more(stale: FaultServer) -> None:
    assert get(stale).status == 200
    assert len(stale.requests) == 2


@by_requests
def test_a_post_is_never_sent_twice(stale: FaultServer) -> None:
    with pytest.raises(CouldNotContact):
        send("POST", stale.url, {}, b"[]")
    assert len(stale.requests) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_may_have_arrived_is_not_sent_again(method: str, fault_server: Start) -> None:
    """libcurl would: over a connection that was used before it takes no answer for no arrival."""

    def behave(connection: socket.socket) -> None:
        if len(server.requests) == 1:
            connection.sendall(answer())
        else:
            connection.shutdown(socket.SHUT_RDWR)

    server = fault_server(behave)
    get(server)
    with pytest.raises(CouldNotContact, match=r"closed|reset|Remote"):
        send(method, server.url, {}, b"[]" if method == "POST" else None)
    assert len(server.requests) == 2


@by_curl
@pytest.mark.parametrize(("method", "times"), [("GET", 2), ("POST", 1)])
def test_a_get_whose_connection_is_refused_is_tried_once_more(
    method: str, times: int, fault_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = fault_server(says(answer()))
    server.stop()
    performed = Mock(side_effect=Handle.perform, autospec=True)
    monkeypatch.setattr(Handle, "perform", lambda *arguments: performed(*arguments))
    with pytest.raises(CouldNotContact, match="Connection refused"):
        send(method, server.url, {})
    assert performed.call_count == times


IN_STEPS = 5  # seconds of a silence that end a call before its deadline does


@by_curl
def test_an_answer_that_comes_in_steps_is_the_same(fault_server: Start, settings: Any) -> None:
    server = fault_server(says(answer(b'{"a":1}', "X-Y: z", "Set-Cookie: a=1")))
    whole = get(server)
    settings.LAYOUT_SERVICE_READ_TIMEOUT = IN_STEPS
    in_steps = get(server)
    assert (in_steps.status, in_steps.cookies, in_steps.body) == (
        whole.status,
        whole.cookies,
        whole.body,
    )
    assert dict(in_steps.headers) == dict(whole.headers)


@by_curl
@pytest.mark.parametrize("silence", [None, IN_STEPS])
@pytest.mark.parametrize("head", ["Content-Length: 9", "Transfer-Encoding: chunked"])
def test_half_an_answer_is_none_whole_or_in_steps(
    head: str, silence: int | None, fault_server: Start, settings: Any
) -> None:
    settings.LAYOUT_SERVICE_READ_TIMEOUT = silence

    def behave(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\n{head}\r\n\r\n".encode())
        connection.sendall(b'4\r\n{"a' if "chunked" in head else b'{"a')
        connection.shutdown(socket.SHUT_RDWR)

    with pytest.raises(CouldNotContact) as caught:
        get(fault_server(behave))
    assert caught.value.cookies == ("a=1",)


@by_requests
def test_a_refused_connection_is_tried_twice_and_no_more(
    monkeypatch: pytest.MonkeyPatch, fault_server: Start
) -> None:
    server = fault_server(says(answer()))
    server.stop()
    dial = Mock(side_effect=socket.getaddrinfo)
    monkeypatch.setattr(socket, "getaddrinfo", dial)
    with pytest.raises(CouldNotContact):
        get(server)
    assert dial.call_count == 2


@by_requests
def test_the_next_address_of_a_host_is_tried(
    fault_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = fault_server(says(answer()))
    good = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))
    bad = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [bad, good])
    assert get(server).status == 200


@by_requests
def test_a_host_without_addresses(fault_server: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    with pytest.raises(CouldNotContact):
        send("GET", "http://cd.example.com/", {})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    return server_context(certificate)


def test_a_certificate_that_nobody_vouches_for(fault_server: Start, tls: ssl.SSLContext) -> None:
    with pytest.raises(CouldNotContact, match="certificate verify failed"):
        get(fault_server(says(answer()), context=tls))


def test_a_private_authority_is_trusted_by_setting(
    fault_server: Start, tls: ssl.SSLContext, certificate: Path, settings: Any
) -> None:
    settings.SITECORE_CA_BUNDLE = str(certificate)
    server = fault_server(says(answer(b'{"a":1}')), context=tls)
    assert get(server).body == b'{"a":1}'
    assert get(server).body == b'{"a":1}'
    assert server.connections == 1
    settings.SITECORE_CA_BUNDLE = ""
    with pytest.raises(CouldNotContact):
        get(server)


def test_the_authorities_of_requests_are_the_default(
    fault_server: Start,
    tls: ssl.SSLContext,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert get(fault_server(says(answer()), context=tls)).status == 200


def test_a_folder_of_authorities(
    fault_server: Start, tls: ssl.SSLContext, certificate: Path, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "cert.pem").write_bytes(certificate.read_bytes())
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True, capture_output=True)
    settings.SITECORE_CA_BUNDLE = str(tmp_path)
    assert get(fault_server(says(answer()), context=tls)).status == 200


def test_a_byte_at_a_time_over_tls(
    fault_server: Start, tls: ssl.SSLContext, certificate: Path, settings: Any
) -> None:
    settings.SITECORE_CA_BUNDLE = str(certificate)
    server: FaultServer = fault_server(
        lambda sock: server.trickle(sock, answer(b" " * 500)), context=tls
    )
    late(server.url)


def test_a_handshake_that_hangs(fault_server: Start) -> None:
    server: FaultServer = fault_server(lambda _connection: None)
    server.url = server.url.replace("http:", "https:")
    late(server.url)


def test_plain_http_on_a_tls_port(fault_server: Start) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def speak() -> None:
        connection, _ = listener.accept()
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        connection.close()

    thread = threading.Thread(target=speak)
    thread.start()
    with pytest.raises(CouldNotContact):
        send("GET", f"https://127.0.0.1:{listener.getsockname()[1]}/", {})
    thread.join()
    listener.close()


@pytest.mark.parametrize("content", ["", "no certificate"])
def test_a_bundle_that_cannot_be_read(content: str, settings: Any, tmp_path: Path) -> None:
    path = tmp_path / "bundle.pem"
    if content:
        path.write_text(content)
    settings.SITECORE_CA_BUNDLE = str(path)
    with pytest.raises(RequestNotPrepared, match="SITECORE_CA_BUNDLE"):
        send("GET", "https://cd.example.com/", {})


def test_a_proxy_is_asked_where_one_is_set(fault_server: Start, settings: Any) -> None:
    proxy = fault_server(says(answer()))
    settings.SITECORE_PROXY = proxy.url
    assert send("GET", "http://cd.example.com/p?q=1", {}).status == 200
    assert proxy.requests[0].startswith(b"GET http://cd.example.com/p?q=1 HTTP/1.1\r\n")


def test_a_proxy_of_the_environment_is_not_asked(
    fault_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = fault_server(says(answer())), fault_server(says(answer()))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    get(server)
    assert (proxy.connections, server.connections) == (0, 1)


def test_a_tunnel_through_a_proxy(
    fault_server: Start, tls: ssl.SSLContext, certificate: Path, settings: Any
) -> None:
    def tunnel(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        inner = tls.wrap_socket(connection, server_side=True)
        read_head(inner)
        inner.sendall(answer(b"tunnelled"))
        inner.close()

    settings.SITECORE_CA_BUNDLE = str(certificate)
    settings.SITECORE_PROXY = fault_server(tunnel).url
    assert send("GET", "https://127.0.0.1:4/", {}).body == b"tunnelled"


@pytest.mark.parametrize("is_gone", [False, True])
def test_no_secret_hangs_on_a_failure(
    fault_server: Start, caplog: pytest.LogCaptureFixture, is_gone: bool
) -> None:
    caplog.set_level("DEBUG")
    server = fault_server(reset)
    if is_gone:
        server.stop()
    with pytest.raises(CouldNotContact) as caught:
        get(server, "/p?sc_apikey=SECRET-KEY", Cookie="a=SECRET-COOKIE")
    error: BaseException | None = caught.value
    while error:
        assert "SECRET" not in f"{error!r}{error}{error.args}"
        error = error.__cause__ or error.__context__
    assert "SECRET-COOKIE" not in caplog.text
    own = [one.getMessage() for one in caplog.records if one.name == "jss_layout.sitecore"]
    assert len(own) == 1
    assert own[0].startswith(f"GET 127.0.0.1:{server.port}/p: CouldNotContact in ")
    assert "SECRET" not in own[0]


def test_headers_that_cannot_be_parsed_are_not_logged(
    way: str, fault_server: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    bad = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nbroken line\r\nSet-Cookie: b=SECRET\r\n\r\n{}"
    try:
        assert get(fault_server(says(bad)), "/?sc_apikey=SECRET").status == 200
    except InvalidResponse:
        assert way == "curl"
    assert "Failed to parse headers" not in caplog.text
    assert "SECRET" not in "".join(
        one.getMessage() for one in caplog.records if one.name.startswith("jss_layout")
    )


def test_other_users_of_urllib3_keep_their_log_lines(
    fault_server: Start, caplog: pytest.LogCaptureFixture
) -> None:
    bad = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nbroken line\r\n\r\n{}"
    requests.get(fault_server(says(bad)).url, timeout=1)
    assert "Failed to parse headers" in caplog.text


@by_requests
def test_a_connection_that_is_too_old_is_not_used_again(
    fault_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = fault_server(says(answer()))
    get(server)
    monkeypatch.setattr(by_adapter, "MAX_CONNECTION_SECONDS", -1)
    get(server)
    assert server.connections == 2


@pytest.mark.load  # libcurl has a clock of its own, in seconds
@by_curl
def test_libcurl_uses_no_connection_that_is_too_old(
    fault_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = fault_server(says(answer()))
    # A handle keeps its options from call to call, so this takes one that is new.
    monkeypatch.setattr(transport(), "_idle", {True: [], False: []})
    monkeypatch.setattr(curl, "OPTIONS", (*curl.OPTIONS, (pycurl.MAXLIFETIME_CONN, 1)))
    get(server)
    time.sleep(2.1)
    get(server)
    assert server.connections == 2


def test_libraries_add_no_header_to_a_visitors(fault_server: Start) -> None:
    server = fault_server(says(answer()))
    get(server, Empty="")
    send("POST", server.url, {}, b"x" * 2_000_000)
    asked, posted = (
        {line.partition(b":")[0] for line in head.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]}
        for head in server.requests[:2]
    )
    assert asked == {b"Host", b"Accept-Encoding", b"Empty"}
    assert posted == {b"Host", b"Accept-Encoding", b"Content-Length"}


def test_dots_in_a_path_arrive_as_they_are(fault_server: Start) -> None:
    server = fault_server(says(answer()))
    get(server, "/a/../b/%2E%2E/c")
    assert server.requests[0].startswith(b"GET /a/../b/%2E%2E/c HTTP/1.1")


def test_a_user_in_the_address_is_not_sent(fault_server: Start) -> None:
    server = fault_server(says(answer()))
    assert send("GET", server.url.replace("//", "//user:SECRET@"), {}).status == 200
    assert b"uthorization" not in server.requests[0]


def test_lines_may_end_without_a_carriage_return(fault_server: Start) -> None:
    found = get(fault_server(says(b"HTTP/1.1 200 OK\nContent-Length: 2\nX-Y: z\n\n{}")))
    assert (found.status, found.body, found.headers["X-Y"]) == (200, b"{}", "z")


def test_what_follows_the_body_is_no_header(fault_server: Start) -> None:
    body = b"2\r\n{}\r\n0\r\nSet-Cookie: late=1\r\n\r\n"
    found = get(fault_server(says(answer(body, "Transfer-Encoding: chunked"))))
    assert (found.body, found.cookies) == (b"{}", ())


def test_a_proxy_that_refuses_gives_no_cookie(fault_server: Start, settings: Any) -> None:
    refusal = answer(b"", "Set-Cookie: of=proxy", status="407 Proxy Authentication Required")
    proxy = fault_server(says(refusal))
    settings.SITECORE_PROXY = proxy.url
    with pytest.raises(CouldNotContact) as caught:
        send("GET", "https://cd.example.com/", {"Cookie": "a=SECRET"})
    assert caught.value.cookies == ()
    assert b"SECRET" not in proxy.requests[0]


def test_an_answer_over_ipv6(way: str) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:

        def speak() -> None:
            connection, _ = listener.accept()
            read_head(connection)
            connection.sendall(answer(b"six"))
            connection.close()

        thread = threading.Thread(target=speak)
        thread.start()
        assert send("GET", f"http://[::1]:{listener.getsockname()[1]}/", {}).body == b"six"
        thread.join()


def test_a_stream_comes_as_it_is_and_its_connection_is_used_again(fault_server: Start) -> None:
    packed = gzip.compress(bytes(500_000), 0)
    server = fault_server(says(answer(packed, "Content-Encoding: gzip", "Set-Cookie: a=1")))
    for _ in range(2):
        found = stream("GET", server.url, {})
        assert (found.status, found.cookies) == (200, ("a=1",))
        assert found.headers["content-encoding"] == "gzip"
        assert b"".join(found) == packed
        found.close()
    assert server.connections == 1


def test_a_stream_is_taken_in_as_it_is_read(fault_server: Start) -> None:
    sent = 0
    is_cut = threading.Event()

    def behave(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(answer(b"", "Content-Length: 100000000"))
        try:
            for _ in range(100):
                connection.sendall(bytes(1_000_000))
                sent += 1
        except OSError:
            is_cut.set()

    found = stream("GET", fault_server(behave).url, {})
    assert len(next(found)) < 5_000_000
    assert sent < 50
    found.close()
    assert is_cut.wait(5)
