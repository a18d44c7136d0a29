"""The mistake that the gate is for: one cookie jar for all visitors."""

import requests

from jss_layout.layout import parse_layout
from jss_layout.request import LayoutRequest, LayoutResponse
from jss_layout.sources.rest import RestSource, layout_url

_session = requests.Session()


class SharedJarSource(RestSource):
    """Works for a visitor who is alone."""

    def fetch(self, request: LayoutRequest) -> LayoutResponse:
        """The layout, by a session that keeps the cookies of whoever came before."""
        answer = _session.get(layout_url(request), headers=dict(request.headers), timeout=10)
        cookies = tuple(answer.raw.headers.getlist("Set-Cookie"))
        return LayoutResponse(parse_layout(answer.content), cookies=cookies)
