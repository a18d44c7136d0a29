"""Visitors who look at a page, think, and look at the next: ``PORT PATH VISITORS SECONDS THINK``.

Who is told to come again after so many seconds (503, ``Retry-After``) does. Prints JSON: the
milliseconds that each answer took, by status; ``0`` is for no answer.
"""

import asyncio
import json
import random
import sys
import time
from collections import defaultdict

Answers = dict[int, list[float]]


async def visit(port: int, path: str, ends: float, think: float, answers: Answers) -> None:
    """One visitor, who keeps a connection while the server does."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    await asyncio.sleep(random.random() * think)
    while time.monotonic() < ends:
        is_new = streams is None
        started = time.monotonic()
        try:
            streams = streams or await asyncio.open_connection("127.0.0.1", port)
            status, is_kept, wait = await _answer(*streams, request)
        except (OSError, asyncio.IncompleteReadError) as error:
            status, is_kept, wait = 0, False, 0.0
            # A kept connection that was closed before it was used, as browsers take it.
            is_unused = not is_new and not getattr(error, "partial", b"")
        else:
            is_unused = False
        if not is_kept and streams:
            streams[1].close()
            streams = None
        if is_unused:
            continue
        answers[status].append((time.monotonic() - started) * 1000)
        # Nobody comes again to the millisecond.
        await asyncio.sleep(max(think, wait * (1 + random.random())))


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[int, bool, float]:
    """The status, whether the connection stays open, and after how long to come again."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    try:
        await reader.readexactly(int(head.partition("content-length: ")[2].split()[0]))
    except (OSError, asyncio.IncompleteReadError):
        return 0, False, 0.0
    after = head.partition("retry-after: ")[2].split()
    return int(head.split()[1]), "connection: close" not in head, float(after[0] if after else 0)


async def main(port: int, path: str, visitors: int, seconds: float, think: float) -> None:
    """Let all of them in at once."""
    answers: Answers = defaultdict(list)
    ends = time.monotonic() + seconds
    await asyncio.gather(*(visit(port, path, ends, think, answers) for _ in range(visitors)))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    _, port, path, visitors, seconds, think = sys.argv
    asyncio.run(main(int(port), path, int(visitors), float(seconds), float(think)))
