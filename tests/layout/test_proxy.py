"""The relay, between Django's client and a Sitecore of real sockets."""

import gzip
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from jss_layout.exceptions import CouldNotContact, TooManyCalls
from jss_layout.models import ApiKey, Site
from jss_layout.relayed import DOWN, Refused, checked_path, passed_down
from jss_layout.sitecore import stream
from tests import sensitive
from tests.layout.fault_server import FaultServer, answer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("way")]

LAYOUT = "/sitecore/api/layout/render/jss"
DICTIONARY = "/sitecore/api/jss/dictionary/harbour/en"
FORM = "/api/jss/formbuilder"
SCRIPT = "/layouts/system/VisitorIdentification.js"
CALLERS_KEY = "0b8a9d5e-6a3c-4f0e-8f2b-1c2d3e4f5a6b"
PNG = "Content-Type: image/png"

Say = Callable[..., FaultServer]


@pytest.fixture
def sitecore(fault_server: Callable[..., FaultServer], settings: Any) -> Say:
    """Starts a Sitecore that gives this answer to all."""
    settings.JSS_MODE = "connected"
    settings.SITECORE_SITE_NAME = "harbour"
    settings.SITECORE_API_KEY = sensitive.API_KEY
    ApiKey.objects.create(
        name="app",
        key=CALLERS_KEY,
        opens_layout=True,
        opens_dictionary=True,
        opens_tracking=False,
        cors_origins="https://app.example.com",
    )

    def say(*args: Any, **kwargs: Any) -> FaultServer:
        data = answer(*args, **kwargs)
        server = fault_server(lambda connection: connection.sendall(data))
        settings.SITECORE_API_HOST = server.url
        return server

    return say


def ask(path: str, method: str = "get", key: str = "", **extra: Any) -> Any:
    """An answer that is read whole: see ``body``."""
    query = f"?sc_apikey={key}" if key else ""
    response = getattr(Client(), method)(path + query, **extra)
    response.read = body(response)
    return response


def body(response: Any) -> bytes:
    if hasattr(response, "read"):
        return bytes(response.read)
    try:
        return b"".join(response.streaming_content) if response.streaming else response.content
    finally:
        response.close()


def head(server: FaultServer) -> tuple[str, dict[str, str]]:
    """The last request's target, and its headers by their lower-case names."""
    line, *lines = server.requests[-1].decode("latin-1").partition("\r\n\r\n")[0].split("\r\n")
    pairs = (text.partition(": ") for text in lines)
    return line.rpartition(" ")[0], {name.lower(): value for name, _, value in pairs}


def test_media_come_as_they_are(sitecore: Say) -> None:
    server = sitecore(
        b"picture",
        PNG,
        'ETag: "1"',
        "Cache-Control: public, max-age=604800",
        "Last-Modified: Sun, 22 Nov 2026 00:00:00 GMT",
        "Accept-Ranges: bytes",
        "Set-Cookie: ASP.NET_SessionId=x",
        "X-Powered-By: ASP.NET",
        "Access-Control-Allow-Origin: *",
    )
    response = ask("/-/media/a%20b/c.png?w=1&rev=&sc_apikey=KEY&sc_site=other")
    assert body(response) == b"picture"
    assert response.status_code == 200
    assert dict(response.headers) == {
        "Accept-Ranges": "bytes",
        "Cache-Control": "public, max-age=604800",
        "Content-Length": "7",
        "Content-Type": "image/png",
        "ETag": '"1"',
        "Last-Modified": "Sun, 22 Nov 2026 00:00:00 GMT",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    assert not response.cookies
    assert head(server)[0] == "GET /-/media/a%20b/c.png?w=1&rev="


@pytest.mark.parametrize(
    "path",
    [
        "/-/media/a.png",
        "/-/jssmedia/a.png",
        "/~/media/a.png",
        "/-/Media/a.png",
        "/data/media/a.png",
    ],
)
def test_every_media_prefix_is_relayed_as_it_is_written(path: str, sitecore: Say) -> None:
    server = sitecore(b"picture", PNG)
    assert body(ask(path)) == b"picture"
    assert head(server)[0] == f"GET {path}"


def test_nothing_tells_the_media_library_who_asks(sitecore: Say) -> None:
    server = sitecore(b"picture", PNG)
    body(
        ask(
            "/-/media/a.png",
            headers={
                "Cookie": "SC_ANALYTICS_GLOBAL_COOKIE=x",
                "User-Agent": "Mozilla",
                "Referer": "/p",
                "Authorization": "Basic x",
                "X-Forwarded-For": "192.0.2.1",
                "Accept": "image/webp",
                "Accept-Encoding": "br",
                "Range": "bytes=0-1",
                "If-None-Match": '"1"',
            },
        )
    )
    host = server.url.removeprefix("http://")
    assert head(server)[1] == {
        "host": host,
        "accept": "image/webp",
        "accept-encoding": "br",
        "range": "bytes=0-1",
        "if-none-match": '"1"',
    }


def test_a_part_of_a_file_is_passed_as_a_part(sitecore: Say) -> None:
    sitecore(b"pi", PNG, "Content-Range: bytes 0-1/7", status="206 Partial Content")
    response = ask("/-/media/a.png", headers={"Range": "bytes=0-1"})
    assert (response.status_code, body(response)) == (206, b"pi")
    assert response["Content-Range"] == "bytes 0-1/7"


def test_a_range_that_is_none_stays_one(sitecore: Say) -> None:
    sitecore(b"sorry", "Content-Range: bytes */7", status="416 Range Not Satisfiable")
    response = ask("/-/media/a.png")
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */7")
    assert body(response) == b""


def test_an_unchanged_file_is_not_sent(sitecore: Say) -> None:
    sitecore(b"", 'ETag: "1"', status="304 Not Modified")
    response = ask("/-/media/a.png", headers={"If-None-Match": '"1"'})
    assert (response.status_code, response["ETag"], body(response)) == (304, '"1"', b"")
    assert "Content-Type" not in response


def test_a_head_asks_for_the_head_alone(
    fault_server: Callable[..., FaultServer], sitecore: Say, settings: Any
) -> None:
    sitecore()
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Type: image/png\r\n\r\n"
    server = fault_server(lambda connection: connection.sendall(data))
    settings.SITECORE_API_HOST = server.url
    for _ in range(2):
        response = ask("/-/media/a.png", "head")
        assert (response.status_code, response["Content-Length"]) == (200, "7")
        assert body(response) == b""
    assert head(server)[0] == "HEAD /-/media/a.png"
    assert server.connections == 1


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("head", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("get", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n"),
    ],
)
def test_a_length_that_nobody_has_told_is_not_0(
    method: str,
    said: bytes,
    fault_server: Callable[..., FaultServer],
    sitecore: Say,
    settings: Any,
) -> None:
    sitecore()
    settings.SITECORE_API_HOST = fault_server(lambda connection: connection.sendall(said)).url
    response = ask("/-/media/a.png", method)
    assert "Content-Length" not in response.headers


def test_compressed_media_stay_compressed(sitecore: Say) -> None:
    packed = gzip.compress(b"<svg/>")
    sitecore(packed, "Content-Encoding: gzip", "Vary: Accept-Encoding", PNG)
    response = ask("/-/media/a.png", headers={"Accept-Encoding": "gzip"})
    assert body(response) == packed
    assert (response["Content-Encoding"], response["Vary"]) == ("gzip", "Accept-Encoding")


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html; charset=utf-8"])
def test_scripts_within_a_file_do_not_run_here(kind: str, sitecore: Say) -> None:
    sitecore(b"<svg/>", f"Content-Type: {kind}", "Content-Security-Policy: default-src *")
    assert "sandbox" in ask("/-/media/a")["Content-Security-Policy"]


def test_a_file_is_never_held_whole(
    fault_server: Callable[..., FaultServer], sitecore: Say, settings: Any
) -> None:
    sitecore()
    sent = 0

    def behave(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(answer(b"", "Content-Length: 200000000"))
        for _ in range(200):
            connection.sendall(bytes(1_000_000))
            sent += 1

    settings.SITECORE_API_HOST = fault_server(behave).url
    response: Any = Client().get("/-/media/film.mp4")
    assert len(next(iter(response.streaming_content))) < 1_000_000
    time.sleep(0.1)
    response.close()
    assert sent < 50


def test_a_file_that_is_cut_ends_with_an_error_and_no_sooner(
    fault_server: Callable[..., FaultServer], sitecore: Say, settings: Any
) -> None:
    sitecore()

    def behave(connection: socket.socket) -> None:
        connection.sendall(answer(b"pict", "Content-Length: 7"))
        connection.shutdown(socket.SHUT_RDWR)

    settings.SITECORE_API_HOST = fault_server(behave).url
    response = Client().get("/-/media/a.png")
    with pytest.raises(CouldNotContact):
        body(response)


@pytest.mark.parametrize(
    "said",
    [
        "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_file_that_is_cut_before_its_first_piece_is_503(
    said: str, fault_server: Callable[..., FaultServer], sitecore: Say, settings: Any
) -> None:
    sitecore()

    def behave(connection: socket.socket) -> None:
        connection.sendall(said.encode())
        connection.shutdown(socket.SHUT_RDWR)

    settings.SITECORE_API_HOST = fault_server(behave).url
    settings.SITECORE_MAX_CALLS = 1
    for _ in range(2):
        response = ask("/-/media/a.png")
        assert (response.status_code, response["Retry-After"]) == (503, "10")
        assert "private" in response["Cache-Control"]


def test_a_call_runs_until_its_body_is_read(sitecore: Say, settings: Any) -> None:
    sitecore(b"picture", PNG)
    settings.SITECORE_MAX_CALLS = 1
    first = Client().get("/-/media/a.png")
    refused = ask("/-/media/a.png")
    assert (refused.status_code, refused["Retry-After"]) == (503, "1")
    assert body(first) == b"picture"
    assert ask("/-/media/a.png").status_code == 200


def test_media_have_a_limit_of_their_own(sitecore: Say, settings: Any) -> None:
    sitecore(b"picture", PNG)
    settings.SITECORE_MAX_MEDIA_CALLS = 1
    first = Client().get("/-/media/a.png")
    assert ask("/-/media/a.png").status_code == 503
    assert ask("/layouts/system/VisitorIdentification.js").status_code == 200
    assert body(first) == b"picture"


def test_an_answer_that_is_thrown_away_runs_no_longer(sitecore: Say, settings: Any) -> None:
    server = sitecore(b"")
    settings.SITECORE_MAX_CALLS = 1
    kept = [stream("GET", server.url, {})]
    with pytest.raises(TooManyCalls):
        stream("GET", server.url, {})
    kept.clear()
    stream("GET", server.url, {}).close()


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        ("404 Not Found", ("Content-Type: text/html",), 404),
        ("403 Forbidden", (), 403),
        ("500 Internal Server Error", (), 503),
        ("302 Found", ("Location: https://evil.example.com/",), 502),
        ("302 Found", (), 502),
        ("300 Multiple Choices", ("Location: //evil.example.com",), 502),
    ],
)
def test_what_sitecore_says_of_its_troubles_stays_here(
    status: str, headers: tuple[str, ...], expected: int, sitecore: Say
) -> None:
    sitecore(b"stack trace", *headers, status=status)
    response = ask("/-/media/a.png")
    assert response.status_code == expected
    assert response["Content-Type"] == "application/json"
    assert b"stack" not in body(response)
    assert ("Retry-After" in response) is (expected == 503)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/-/media/b.png?x=1", "/-/media/b.png?x=1"),
        ("http://testserver/b", "http://testserver/b"),
        ("{own}/-/media/b.png", "/-/media/b.png"),
        ("{own}", "/"),
        ("{own}//evil.example.com/", None),
        ("//evil.example.com/", None),
        ("/\\evil.example.com/", None),
        ("javascript:alert(1)", None),
        ("http://[", None),
    ],
)
def test_a_redirect_passes_if_it_stays_on_this_host(
    location: str, expected: str | None, fault_server: Any, sitecore: Say, settings: Any
) -> None:
    sitecore()
    server: FaultServer = fault_server(
        lambda connection: connection.sendall(
            answer(b"", f"Location: {location.format(own=server.url)}", status="301 Moved")
        )
    )
    settings.SITECORE_API_HOST = server.url
    response = ask("/-/media/a.png")
    assert response.status_code == (301 if expected else 502)
    assert response.get("Location") == expected


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/-/media/a.png"),
        ("delete", "/-/media/a.png"),
        ("post", LAYOUT),
        ("put", FORM),
        ("head", FORM),
        ("post", SCRIPT),
        ("head", SCRIPT),
    ],
)
def test_other_methods_are_refused(method: str, path: str, sitecore: Say) -> None:
    server = sitecore()
    assert ask(path, method).status_code == 405
    assert not server.requests


def test_the_log_says_what_is_not_relayed_and_why(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.JSS_MODE, settings.SITECORE_API_HOST = "connected", ""
    assert ask("/-/media/a.png?secret=1").status_code == 503
    assert "-/media/a.png is not relayed: The site 'website' has no Sitecore" in caplog.messages[0]


@pytest.mark.parametrize("path", ["/-/media/a.png", LAYOUT, DICTIONARY, SCRIPT])
def test_a_post_without_a_token_is_told_the_method_is_wrong(path: str, sitecore: Say) -> None:
    sitecore()
    response = Client(enforce_csrf_checks=True).post(path)
    assert response.status_code == 405
    assert "POST" not in response["Allow"]


@pytest.mark.parametrize(
    "path",
    [
        "/-/media/../../sitecore/login",
        "/-/media/%252e%252e/x",
        "/-/media/%25252e%25252e/x",
        "/-/media/.. /x",
        "/-/media/..%5cx",
        "/-/media/a%00",
        "/layouts/system/../x",
        "/layouts/system/%2e%2e/x",
        "/layouts/system/x/VIChecker.aspx",
        "/layouts/system/x.aspx",
        "/sitecore/api/layout/../../login",
        "/api/jss/../../sitecore/login",
        "/-/media/..;/..;/sitecore/login",
        "/-/media/..%3Bx/login",
    ],
)
def test_no_path_leads_elsewhere(path: str, sitecore: Say) -> None:
    server = sitecore()
    assert ask(path, key=sensitive.API_KEY).status_code == 404
    assert not server.requests


@given(st.text())
def test_any_path_passes_or_is_refused(path: str) -> None:
    try:
        assert checked_path(path) == path
    except Refused as refused:
        assert refused.status == 404  # noqa: PT017


def test_a_callers_key_opens_the_layout_service_and_goes_no_further(sitecore: Say) -> None:
    server = sitecore(b'{"sitecore":{}}', "Content-Type: application/json", "Set-Cookie: a=1")
    response = Client().get(
        f"{LAYOUT}?item=/about&item=/b&SC_APIKEY=x&tracking=true&sc_mode=edit&sc_camp=c"
        f"&sc_apikey={CALLERS_KEY}",
        headers={"Cookie": "b=2", "User-Agent": "Mozilla"},
    )
    assert body(response) == b'{"sitecore":{}}'
    target, headers = head(server)
    assert target == (
        f"GET {LAYOUT}?item=%2Fb&tracking=true&sc_camp=c"
        f"&sc_apikey={sensitive.API_KEY}&sc_site=harbour"
    )
    assert CALLERS_KEY not in server.requests[0].decode()
    assert (headers["cookie"], headers["user-agent"]) == ("b=2", "Mozilla")
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert [cookie.OutputString() for cookie in response.cookies.values()] == ["a=1"]
    assert response["Cache-Control"] == "private, no-cache"


def test_a_key_in_a_header_goes_no_further_either(sitecore: Say) -> None:
    server = sitecore(b"{}")
    assert ask(LAYOUT, headers={"sc-apikey": CALLERS_KEY}).status_code == 200
    assert CALLERS_KEY not in server.requests[0].decode()


@pytest.mark.parametrize(("key", "status"), [("", 401), ("wrong", 403)])
@pytest.mark.parametrize("path", [LAYOUT, DICTIONARY, FORM])
def test_a_service_wants_a_key(path: str, key: str, status: int, sitecore: Say) -> None:
    server = sitecore()
    response = ask(path, key=key)
    assert response.status_code == status
    assert "message" in response.json()
    assert not server.requests


def test_a_key_opens_its_own_services_only(sitecore: Say) -> None:
    server = sitecore()
    assert ask("/api/jss/fieldtracking/register", "post", CALLERS_KEY).status_code == 403
    assert ask(FORM, "post", CALLERS_KEY).status_code == 200
    assert len(server.requests) == 1


def test_a_page_elsewhere_may_not_use_the_key(sitecore: Say) -> None:
    server = sitecore()
    elsewhere = {"Origin": "https://evil.example.com"}
    assert ask(FORM, "post", CALLERS_KEY, headers=elsewhere).status_code == 403
    assert not server.requests


def test_another_site_of_the_same_sitecore_is_not_this_hosts(sitecore: Say) -> None:
    server = sitecore()
    assert ask(f"{LAYOUT}?sc_site=other&sc_apikey={CALLERS_KEY}").status_code == 404
    assert ask(DICTIONARY.replace("harbour", "other"), key=CALLERS_KEY).status_code == 404
    assert not server.requests


@pytest.mark.parametrize(
    ("query", "tracking"), [("", "true"), ("&tracking=FALSE", "false"), ("&tracking=x", "true")]
)
def test_a_caller_may_say_that_nothing_is_seen(query: str, tracking: str, sitecore: Say) -> None:
    server = sitecore()
    ask(f"{LAYOUT}?item=/&sc_apikey={CALLERS_KEY}{query}")
    assert f"tracking={tracking}&" in head(server)[0]


def test_the_dictionary_is_asked_in_the_sites_own_name(sitecore: Say) -> None:
    server = sitecore(b"{}", "Set-Cookie: a=1")
    response = Client().get(f"{DICTIONARY}/?sc_apikey={CALLERS_KEY}", headers={"Cookie": "b=2"})
    assert body(response) == b"{}"
    target, headers = head(server)
    assert target == f"GET {DICTIONARY}/?sc_apikey={sensitive.API_KEY}"
    assert not {"cookie", "user-agent", "x-forwarded-for"} & set(headers)
    assert not response.cookies
    assert response["Cache-Control"] == "private, no-cache"


def test_a_refusal_in_json_is_passed(sitecore: Say) -> None:
    sitecore(b'{"errors":[]}', "Content-Type: application/json", status="400 Bad Request")
    response = ask(FORM, key=CALLERS_KEY)
    assert (response.status_code, body(response)) == (400, b'{"errors":[]}')


def test_cookies_come_down_with_errors_too(sitecore: Say) -> None:
    sitecore(b"", "Set-Cookie: a=1", status="500 Internal Server Error")
    response = ask(FORM, key=CALLERS_KEY)
    assert response.status_code == 503
    assert [cookie.OutputString() for cookie in response.cookies.values()] == ["a=1"]


@pytest.fixture
def form_server(
    fault_server: Callable[..., FaultServer], sitecore: Say, settings: Any
) -> FaultServer:
    """Answers when it has read the form, which it keeps."""
    sitecore()

    def behave(connection: socket.socket) -> None:
        sent, _, form = server.requests[-1].partition(b"\r\n\r\n")
        server.requests[-1:] = [sent, form or connection.recv(65536)]
        connection.sendall(answer(b'{"success":true}', "Content-Type: application/json"))

    server = fault_server(behave)
    settings.SITECORE_API_HOST = server.url
    return server


def test_a_form_goes_up_as_it_was_filled_in(form_server: FaultServer) -> None:
    visitor = Client(enforce_csrf_checks=True)
    response = visitor.post(
        f"{FORM}?fxb.FormItemId=1&sc_apikey={CALLERS_KEY}",
        b"a=1&b=%C3%A9",
        content_type="application/x-www-form-urlencoded",
        headers={"Cookie": "c=3", "Origin": "http://testserver"},
    )
    assert body(response) == b'{"success":true}'
    sent, form = form_server.requests
    assert form == b"a=1&b=%C3%A9"
    lines = sent.decode().split("\r\n")
    assert lines[0] == (
        f"POST {FORM}?fxb.FormItemId=1&sc_apikey={sensitive.API_KEY}&sc_site=harbour HTTP/1.1"
    )
    assert {
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Length: 12",
        "Cookie: c=3",
        "Origin: http://testserver",
    } <= set(lines)


def test_a_form_that_is_too_large_is_refused(form_server: FaultServer, settings: Any) -> None:
    settings.RELAY_MAX_BODY_BYTES = 3
    response = ask(FORM, "post", CALLERS_KEY, data=b"1234", content_type="text/plain")
    assert response.status_code == 413
    assert not form_server.requests
    assert ask(FORM, "post", CALLERS_KEY, data=b"123", content_type="text/plain").status_code == 200


def test_a_form_that_does_not_come_whole_is_refused(form_server: FaultServer) -> None:
    class Gone:
        def read(self, *_: Any) -> bytes:
            raise OSError("gone")

        readline = read

    extra = {"wsgi.input": Gone(), "CONTENT_LENGTH": "9"}
    response = Client().post(f"{FORM}?sc_apikey={CALLERS_KEY}", **extra)  # type: ignore[arg-type]
    assert response.status_code == 400
    assert not form_server.requests


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (SCRIPT, "VisitorIdentification.js"),
        ("/Layouts/System/visitoridentificationcss.ASPX", "VisitorIdentificationCSS.aspx"),
        ("/layouts/system/vichecker.aspx", "VIChecker.aspx"),
    ],
)
def test_visitor_identification_goes_up_with_the_visitor(
    path: str, name: str, sitecore: Say
) -> None:
    server = sitecore(
        b"script",
        "Content-Type: application/javascript",
        "Set-Cookie: SC_ANALYTICS_GLOBAL_COOKIE=x|True; path=/",
        "Cache-Control: public",
    )
    sent = {"Cookie": "b=2", "Authorization": "Basic x", "X-Api": "1"}
    response = ask(f"{path}?tstamp=1&sc_site=other", headers=sent)
    assert body(response) == b"script"
    target, headers = head(server)
    assert target == f"GET /layouts/system/{name}?tstamp=1"
    assert headers["cookie"] == "b=2"
    assert not {"authorization", "x-api"} & set(headers)
    assert headers["x-forwarded-host"] == "testserver"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    assert response.cookies["SC_ANALYTICS_GLOBAL_COOKIE;;/"]
    assert response["Cache-Control"] == "private, no-cache"


def test_each_host_is_relayed_to_its_own_sitecore(
    fault_server: Callable[..., FaultServer], sitecore: Say
) -> None:
    ours = sitecore(b"ours")
    theirs = fault_server(lambda connection: connection.sendall(answer(b"theirs")))
    Site.objects.create(name="quay", host_names="quay.example.com", sitecore_host=theirs.url)
    response = ask("/-/media/a.png", headers={"Host": "quay.example.com"})
    assert body(response) == b"theirs"
    assert not ours.requests


def test_a_sitecore_that_is_gone_is_503(sitecore: Say) -> None:
    sitecore().stop()
    response = ask("/-/media/a.png")
    assert (response.status_code, response["Retry-After"]) == (503, "10")


@pytest.mark.parametrize("path", ["/-/media/a.png", FORM, SCRIPT])
def test_a_disconnected_site_relays_nothing(path: str, sitecore: Say, settings: Any) -> None:
    server = sitecore()
    settings.JSS_MODE = "disconnected"
    ask(path, key=CALLERS_KEY)
    assert not server.requests


@given(st.dictionaries(st.sampled_from(DOWN), st.text()))
def test_no_header_of_sitecore_breaks_the_answer(headers: dict[str, str]) -> None:
    passed = passed_down(headers)
    assert HttpResponse(headers=passed).headers.items() >= passed.items()
