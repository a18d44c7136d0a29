"""The stub Layout Service: layouts from memory, two cookies, and texts that change.

``python -m benchmarks.pages.stub PORT [SECONDS]``; it waits so long before each answer. One
thread, and few system calls for a request, so that it is never what is measured.
"""

import contextlib
import re
import select
import socket
import sys
import time
from collections import deque
from itertools import count

from benchmarks.pages.layouts import CHANGES, FRESH, SIZES, made_page, page_name

COOKIES = (
    "Set-Cookie: SC_ANALYTICS_GLOBAL_COOKIE=0123456789abcdef0123456789abcdef|True; "
    "path=/; HttpOnly\r\n"
    "Set-Cookie: ASP.NET_SessionId=abc; path=/; HttpOnly\r\n"
)
NOT_FOUND = '{"sitecore":{"context":{"pageEditing":false,"language":"en"},"route":null}}'
# A page that has a number shows that number; one that has none shows another on each request.
ITEM = re.compile(rb"[?&]item=(?:/|%2[Ff])([a-z]+-[a-z]+)(?:-(\d+))?")


class Answer:
    """An answer in pieces, between which stands a number."""

    _numbers = count(1_000_000)

    def __init__(self, text: str, status: str = "200 OK") -> None:
        self._pieces = text.encode().split(FRESH.encode())
        # A number is as long as what it replaces, so the length is always the same.
        length = len(text.encode())
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{COOKIES}"
        self._head = f"{head}Content-Length: {length}\r\n\r\n".encode()

    def data(self, number: int | None) -> bytes:
        """All of it, with this number, or one of its own."""
        text = b"%0*d" % (len(FRESH), next(self._numbers) if number is None else number)
        return self._head + text.join(self._pieces)


class Stub:
    """Serves on a port of this machine; each answer goes out after so many seconds."""

    def __init__(self, port: int, delay: float) -> None:
        self._delay = delay
        self._answers = {
            page_name(size, change).encode(): Answer(made_page(size, change)[0])
            for size in SIZES
            for change in CHANGES
        }
        self._not_found = Answer(NOT_FOUND, "404 Not Found")
        self._listener = socket.create_server(("127.0.0.1", port), backlog=1024)
        self._events = select.epoll()
        self._events.register(self._listener, select.EPOLLIN)
        self._sockets: dict[int, socket.socket] = {}
        self._unsent: dict[int, memoryview] = {}
        self._waiting: deque[tuple[float, int, bytes]] = deque()

    def serve(self) -> None:
        """Answer for ever."""
        while True:
            wait = self._waiting[0][0] - time.monotonic() if self._waiting else -1
            for number, _ in self._events.poll(max(0, wait) if self._waiting else None):
                if number == self._listener.fileno():
                    self._accept()
                elif number in self._unsent:
                    self._send(number, self._unsent.pop(number))
                else:
                    self._receive(number)
            while self._waiting and self._waiting[0][0] <= time.monotonic():
                _, number, data = self._waiting.popleft()
                self._send(number, memoryview(data))

    def _accept(self) -> None:
        sock, _ = self._listener.accept()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sockets[sock.fileno()] = sock
        self._events.register(sock, select.EPOLLIN)

    def _receive(self, number: int) -> None:
        """A request; whoever asks here sends it in one piece."""
        request = b""
        with contextlib.suppress(OSError):
            request = self._sockets[number].recv(65536)
        if not request:
            self._sockets.pop(number).close()
            return
        found = ITEM.search(request)
        answer = self._answers.get(found[1], self._not_found) if found else self._not_found
        data = answer.data(int(found[2]) if found and found[2] else None)
        if self._delay:
            self._waiting.append((time.monotonic() + self._delay, number, data))
        else:
            self._send(number, memoryview(data))

    def _send(self, number: int, data: memoryview) -> None:
        sock = self._sockets.get(number)
        if sock is None:
            return
        sent = 0
        try:
            sent = sock.send(data)
        except BlockingIOError:
            pass
        except OSError:
            return  # its next event is the end of the connection
        if sent < len(data):
            self._unsent[number] = data[sent:]
            self._events.modify(number, select.EPOLLOUT)
        else:
            self._events.modify(number, select.EPOLLIN)


if __name__ == "__main__":
    Stub(int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0).serve()
