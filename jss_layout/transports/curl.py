"""The fast transport: libcurl, by pycurl (``pip install 'django-jss[fast]'``)."""

import math
import os
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import certifi
import pycurl
from django.utils.datastructures import CaseInsensitiveMapping

from jss_layout.conf import conf
from jss_layout.deadline import call
from jss_layout.transports import (
    MAX_CONNECTION_SECONDS,
    Answer,
    Failure,
    Transport,
    UpstreamRequest,
)
from jss_layout.transports.authorities import load_authorities
from jss_layout.transports.curl_handle import HOSTS, Handle

OPTIONS = (
    (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
    (pycurl.DNS_CACHE_TIMEOUT, 0),  # a connection that is new knows where the host is now
    (pycurl.MAXCONNECTS, HOSTS),
    (pycurl.MAXLIFETIME_CONN, MAX_CONNECTION_SECONDS),
    (pycurl.NOPROXY, ""),  # what the environment says of proxies does not count
    (pycurl.NOSIGNAL, 1),
    (pycurl.PATH_AS_IS, 1),
    (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
)
# What libcurl and pycurl would add where the visitor says nothing, and how to leave it out.
ADDED_HEADERS = {
    name: f"{name}:".encode() for name in ("accept", "content-type", "expect", "user-agent")
}
BLANK = (b"\r\n", b"\n")
REASONS = {
    pycurl.E_ABORTED_BY_CALLBACK: "Connection closed without an answer",
    pycurl.E_COULDNT_RESOLVE_HOST: "Name or service not known",
    pycurl.E_COULDNT_RESOLVE_PROXY: "Name of the proxy not known",
    pycurl.E_GOT_NOTHING: "Connection closed without an answer",
    pycurl.E_PARTIAL_FILE: "Connection closed within the answer",
    pycurl.E_PEER_FAILED_VERIFICATION: "certificate verify failed",
}


class CurlTransport(Transport):
    """Sends by libcurl; a handle for each call that runs, with the connections that it keeps."""

    def __init__(self, ca_bundle: str) -> None:
        if ca_bundle:
            # libcurl would say so at the first call over TLS.
            load_authorities(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ca_bundle)
        path = ca_bundle or certifi.where()  # as requests, which takes 5 MB to import
        self._authorities = (pycurl.CAPATH if Path(path).is_dir() else pycurl.CAINFO, path)
        # Appending and popping are atomic. The handle that was used last is the first to be
        # used again, so there are no more connections than calls at a time. Those for calls that
        # come whole keep other connections than those for calls in steps.
        self._idle: dict[bool, list[Handle]] = {True: [], False: []}

    def ask(self, request: UpstreamRequest, *, decode: bool) -> Answer | Failure:
        """Send a request once."""
        seconds = call.ends - time.monotonic()
        is_whole = decode and call.silence >= seconds
        idle = self._idle[is_whole]
        handle = self._handle(idle)
        try:
            self._prepare(handle, request, seconds, decode=decode)
        except pycurl.error:
            handle.close()
            return Failure("request")
        answer = CurlAnswer(handle, idle, conf.LAYOUT_SERVICE_MAX_BYTES if decode else math.inf)
        if is_whole:
            answer.receive_all(seconds)
        else:
            handle.start()
        if failure := answer.receive_head():
            failure = replace(failure, sent=answer.is_sent())
            answer.close()
            return failure
        return answer

    def _handle(self, idle: list[Handle]) -> Handle:
        """One that waits for its next call, or else another one."""
        with suppress(IndexError):
            while True:
                handle = idle.pop()
                if handle.is_fit():
                    return handle
                handle.close()
        return Handle()

    def _prepare(
        self, handle: Handle, request: UpstreamRequest, seconds: float, *, decode: bool
    ) -> None:
        easy, proxy, limit = handle.easy, conf.SITECORE_PROXY, conf.LAYOUT_SERVICE_MAX_BYTES
        kind = None if request.body is not None else (request.method, decode, proxy, limit)
        # Optimization: an option costs as much as a header, and calls for pages are alike.
        if kind is None or handle.kind != kind:
            handle.kind = None
            easy.reset()
            self._set_kind(easy, request, proxy, decode=decode)
            handle.kind = kind
        to_connect = min(conf.LAYOUT_SERVICE_CONNECT_TIMEOUT, seconds)
        easy.setopt(pycurl.CONNECTTIMEOUT_MS, max(1, int(to_connect * 1000)))
        easy.setopt(pycurl.URL, request.url)
        easy.setopt(pycurl.HTTPHEADER, _header_lines(request.headers))

    def _set_kind(
        self, easy: pycurl.Curl, request: UpstreamRequest, proxy: str, *, decode: bool
    ) -> None:
        """What is the same for all calls of a kind; a call with a body is one of its own."""
        for option, value in OPTIONS:
            easy.setopt(option, value)
        easy.unsetopt(pycurl.CAINFO)
        easy.setopt(*self._authorities)
        easy.setopt(pycurl.PROXY, proxy)
        if decode:
            easy.setopt(pycurl.ACCEPT_ENCODING, "gzip, deflate")
            # Of the length that the answer's head says; what comes is counted in any case.
            easy.setopt(pycurl.MAXFILESIZE_LARGE, conf.LAYOUT_SERVICE_MAX_BYTES)
        else:
            easy.setopt(pycurl.HTTP_CONTENT_DECODING, 0)
        if request.body is not None:
            easy.setopt(pycurl.POSTFIELDS, request.body)
        if request.method == "HEAD":
            easy.setopt(pycurl.NOBODY, 1)
        elif request.method != "GET":
            easy.setopt(pycurl.CUSTOMREQUEST, request.method)


def _header_lines(headers: Mapping[str, str]) -> list[bytes]:
    """As libcurl wants them: a semicolon ends one without a value, a colon one to leave out."""
    lines = [
        (f"{name}: {value}" if value.strip() else f"{name};").encode("latin-1")
        for name, value in headers.items()
    ]
    return [*lines, *_left_out(tuple(headers))]


# Optimization: visitors' browsers send the same few headers.
@lru_cache(maxsize=256)
def _left_out(names: tuple[str, ...]) -> tuple[bytes, ...]:
    given = set(map(str.lower, names))
    return tuple(line for name, line in ADDED_HEADERS.items() if name not in given)


class _Headers(CaseInsensitiveMapping[str]):
    """Headers that stand by their names in lower case already. Optimization: not once more."""

    def __init__(self, found: dict[str, tuple[str, str]]) -> None:
        self._store = found


class CurlAnswer(Answer):
    """An answer as libcurl receives it; ``idle`` takes the handle back.

    Beyond ``limit`` bytes of body it fails; they are counted after decompression.
    """

    def __init__(self, handle: Handle, idle: list[Handle], limit: float) -> None:
        self._handle = handle
        self._idle = idle
        self._limit = limit
        self._lines: list[bytes] = []
        self._first_line = 0
        self._pieces: list[bytes] = []
        self._bytes = 0
        self._times_sent = 0
        self._is_over = self._is_closed = False
        self._failure: Failure | None = None
        handle.easy.setopt(pycurl.PREREQFUNCTION, self._before_sending)
        # Optimization: no function of Python's for each line.
        handle.easy.setopt(pycurl.HEADERFUNCTION, self._lines.append)
        handle.easy.setopt(pycurl.WRITEFUNCTION, self._take_piece)

    def receive_all(self, seconds: float) -> None:
        """Wait for all of the answer, so many seconds at most."""
        self._end(self._handle.perform(seconds))

    def receive_head(self) -> Failure | None:
        """Wait for the headers of the answer, or for what comes in their stead."""
        while not (lines := self._head_lines()):
            if self._is_over:
                return self._failure or Failure("connection", REASONS[pycurl.E_GOT_NOTHING])
            self._go_on()
        self.status = _status(lines[0])
        found: dict[str, tuple[str, str]] = {}
        cookies: list[str] = []
        for line in lines[1:]:
            name, value = _pair(line)
            if (lower := name.lower()) == "set-cookie":
                cookies.append(value)
            else:
                found[lower] = (name, f"{found[lower][1]}, {value}" if lower in found else value)
        self.cookies = tuple(cookies)
        self.headers = _Headers(found)
        _, length = found.get("content-length", ("", ""))
        return None if len(set(length.split(", "))) == 1 else Failure("head")

    def is_sent(self) -> bool:
        """Whether something of the request went out."""
        return bool(self._times_sent and self._handle.easy.getinfo(pycurl.REQUEST_SIZE))

    def read(self) -> bytes | Failure:
        """The next piece of the body."""
        while not self._pieces and not self._is_over:
            self._go_on()
        if self._pieces:
            piece = b"".join(self._pieces)
            self._pieces.clear()
            return piece
        return self._failure or b""

    def close(self) -> None:
        """Give the handle back, its connection closed if not all of the body was read."""
        if not self._is_closed:
            self._is_closed = self._is_over = True
            self._pieces.clear()  # the handle refers to this answer until its next call
            self._handle.stop()
            self._idle.append(self._handle)

    def _go_on(self) -> None:
        try:
            code = self._handle.step()
        except TimeoutError:
            self._is_over, code = True, pycurl.E_OPERATION_TIMEDOUT
        if code is not None:
            self._end(code)

    def _end(self, code: int) -> None:
        self._is_over = True
        self._failure = self._failure_of(code) if code else None

    def _before_sending(self, *_: object) -> int:
        """Once, and no more.

        Over a connection that was used before and is closed without an answer libcurl would
        send the request again. But Sitecore may have counted the page view, or taken the form.
        """
        self._times_sent += 1
        self._first_line = len(self._lines)  # after what a proxy said of its tunnel
        return int(pycurl.PREREQFUNC_ABORT if self._times_sent > 1 else pycurl.PREREQFUNC_OK)

    def _head_lines(self) -> list[bytes]:
        """The lines of the answer's head, once all of them came: early answers (103) are passed."""
        begin = self._first_line
        for number in range(begin, len(self._lines) if self._times_sent else 0):
            if self._lines[number] in BLANK:
                if _status(self._lines[begin]) >= 200:
                    return self._lines[begin:number]
                begin = number + 1
        return []

    def _take_piece(self, piece: bytes) -> int:
        self._bytes += len(piece)
        if self._bytes > self._limit:
            return -1
        self._pieces.append(piece)
        return len(piece)

    def _failure_of(self, code: int) -> Failure:
        if self._bytes > self._limit or code == pycurl.E_FILESIZE_EXCEEDED:
            return Failure("size")
        if code == pycurl.E_OPERATION_TIMEDOUT:
            return Failure("timeout", connecting=not self._times_sent)
        if code == pycurl.E_BAD_CONTENT_ENCODING:
            return Failure("encoding")
        if code == pycurl.E_FTP_WEIRD_SERVER_REPLY:
            return Failure("head")
        if code == pycurl.E_URL_MALFORMAT:
            return Failure("request")
        # What the system said last may be of another address of the host.
        number = 0 if code in REASONS else self._handle.easy.getinfo(pycurl.OS_ERRNO)
        reason = os.strerror(number) if number else REASONS.get(code, f"libcurl's error {code}")
        can_repeat = code in (pycurl.E_COULDNT_CONNECT, pycurl.E_SEND_ERROR)
        return Failure("connection", reason, is_repeatable=can_repeat and not self.is_sent())


def _status(line: bytes) -> int:
    return int(line.split(None, 2)[1])


def _pair(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.rstrip(), value.strip()
