"""Where layouts come from. A source answers a ``LayoutRequest`` and sees no more of a visitor.

``layout_source()`` gives the configured one: ``rest`` (Sitecore) or ``disconnected`` (files).
"""

from abc import ABC, abstractmethod
from functools import cache

from django.utils.module_loading import import_string

from jss_layout.conf import conf
from jss_layout.request import LayoutRequest, LayoutResponse

SNAPSHOT_SOURCE = "jss_layout.sources.snapshot.SnapshotSource"


class LayoutSource(ABC):
    """Fetches layouts; one object a process, shared by its threads."""

    @abstractmethod
    def fetch(self, request: LayoutRequest) -> LayoutResponse:
        """The layout of the item, without a route if there is none.

        Raises ``LayoutServiceError``.
        """

    @abstractmethod
    def fetch_dictionary(self, request: LayoutRequest) -> dict[str, str]:
        """The phrases of the request's site and language.

        Raises ``LayoutServiceError``.
        """


def layout_source() -> LayoutSource:
    """The source that ``LAYOUT_SOURCE`` names, or else the one of ``JSS_MODE``.

    A connected site's keeps a copy of each page with ``LAYOUT_SNAPSHOT``.
    """
    return _source(conf.LAYOUT_SOURCE, conf.LAYOUT_SNAPSHOT and conf.JSS_MODE == "connected")


@cache
def _source(path: str, keeps_snapshots: bool) -> LayoutSource:
    source: LayoutSource = import_string(path)()
    if keeps_snapshots:
        wrapper: type[LayoutSource] = import_string(SNAPSHOT_SOURCE)
        source = wrapper(source)  # type: ignore[call-arg]  # known by its path, or imports go round
    return source
