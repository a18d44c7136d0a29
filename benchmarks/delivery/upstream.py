"""A Sitecore that takes every batch after so many milliseconds: ``… upstream PORT MS``."""

import asyncio
import re
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


async def serve(port: int, milliseconds: float) -> None:
    """Listen until killed."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = LENGTH.search(head)
                await reader.readexactly(int(length[1]) if length else 0)
                if milliseconds:
                    await asyncio.sleep(milliseconds / 1000)
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port, backlog=256)
    await server.serve_forever()


asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
