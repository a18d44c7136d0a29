from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.layout.fault_server import Behaviour, FaultServer


@pytest.fixture
def fault_server() -> Iterator[Callable[..., FaultServer]]:
    """Starts servers that behave as told, and stops them after the test."""
    servers: list[FaultServer] = []

    def start(behaviour: Behaviour, **kwargs: Any) -> FaultServer:
        servers.append(FaultServer(behaviour, **kwargs))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
