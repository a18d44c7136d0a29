"""What a connection to a client holds back, and for how long."""

import select
import socket
import tempfile
from collections.abc import Iterator

import pytest

pytest.importorskip("gunicorn")

from jss_layout.connections import PlainSocket

HEAD, BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", b"body"


@pytest.fixture
def ends() -> Iterator[tuple[PlainSocket, socket.socket]]:
    """The server's end and the client's; what is sent in one piece comes as one."""
    own, client = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.settimeout(5)
    with PlainSocket(own.family, own.type, own.proto, fileno=own.detach()) as server, client:
        yield server, client


def test_the_head_of_an_answer_goes_with_its_body(ends: tuple[PlainSocket, socket.socket]) -> None:
    server, client = ends
    server.hold()
    server.sendall(HEAD)
    assert select.select([client], [], [], 0)[0] == []
    server.sendall(BODY)
    assert client.recv(4096) == HEAD + BODY


def test_what_follows_goes_at_once(ends: tuple[PlainSocket, socket.socket]) -> None:
    server, client = ends
    server.hold()
    for piece in (HEAD, BODY, b"more"):
        server.sendall(piece)
    assert [client.recv(4096), client.recv(4096)] == [HEAD + BODY, b"more"]


def test_a_head_without_a_body_goes_once_the_answer_is_over(
    ends: tuple[PlainSocket, socket.socket],
) -> None:
    server, client = ends
    server.hold()
    server.sendall(HEAD)
    server.release()
    server.sendall(BODY)
    assert [client.recv(4096), client.recv(4096)] == [HEAD, BODY]


def test_what_waits_goes_before_no_more_comes(ends: tuple[PlainSocket, socket.socket]) -> None:
    server, client = ends
    server.hold()
    server.sendall(HEAD)
    server.shutdown(socket.SHUT_WR)
    assert [client.recv(4096), client.recv(4096)] == [HEAD, b""]


def test_an_early_answer_waits_for_nothing(ends: tuple[PlainSocket, socket.socket]) -> None:
    server, client = ends
    server.hold()
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
    server.sendall(early)
    assert client.recv(4096) == early


def test_the_head_of_a_file_goes_before_it() -> None:
    own, client = socket.socketpair()
    with (
        PlainSocket(own.family, own.type, own.proto, fileno=own.detach()) as server,
        client,
        tempfile.TemporaryFile() as file,
    ):
        file.write(BODY)
        file.flush()
        server.hold()
        server.sendall(HEAD)
        server.sendfile(file, 0, len(BODY))
        assert client.recv(len(HEAD + BODY), socket.MSG_WAITALL) == HEAD + BODY
