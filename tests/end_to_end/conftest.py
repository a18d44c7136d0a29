"""A Sitecore stand-in and a site that is connected to it, over real HTTP."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.end_to_end.gate.upstream import Upstream, upstream
from tests.end_to_end.instances import Instance, free_port, instance

KEY = str(uuid4())
MAKE_KEY = (
    "from jss_layout.models import ApiKey; "
    "ApiKey.objects.create(name='connected site', key='{key}', cors_origins='{origin}', "
    "opens_layout=True, opens_dictionary=True, opens_tracking=True)"
)


@pytest.fixture(scope="session")
def connected_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def sitecore(tmp_path_factory: pytest.TempPathFactory, connected_port: int) -> Iterator[Instance]:
    """A disconnected instance: it serves layouts, dictionary and tracker over HTTP.

    As in Sitecore, the connected site's key lists the origin of its pages.
    """
    folder = tmp_path_factory.mktemp("sitecore")
    with instance(folder, JSS_MODE="disconnected", SITECORE_API_KEY=str(uuid4())) as site:
        origin = f"http://127.0.0.1:{connected_port}"
        site.manage("shell", "-c", MAKE_KEY.format(key=KEY, origin=origin))
        yield site


@pytest.fixture(scope="session")
def connected(
    tmp_path_factory: pytest.TempPathFactory, sitecore: Instance, connected_port: int
) -> Iterator[Instance]:
    """An instance whose Sitecore is the disconnected one."""
    with instance(
        tmp_path_factory.mktemp("connected"),
        port=connected_port,
        JSS_MODE="connected",
        SITECORE_API_HOST=sitecore.url,
        SITECORE_API_KEY=KEY,
    ) as site:
        yield site


@pytest.fixture
def stand_in(settings: Any) -> Iterator[Upstream]:
    """A server that writes down what it is asked, to which this process's site is connected."""
    with upstream() as server:
        settings.JSS_MODE = "connected"
        settings.SITECORE_API_HOST = server.url
        yield server
