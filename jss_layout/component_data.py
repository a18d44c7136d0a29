"""What a component's function gives its template.

Functions that fetch from elsewhere run side by side: the first of them that a page comes to
starts those of the whole page, so that the page waits as long as for the slowest, and no
longer than ``JSS_FETCH_TIMEOUT`` seconds.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import tzinfo
from functools import cache, partial
from itertools import islice
from typing import Any

from django.db import connections
from django.http import HttpRequest
from django.utils import timezone, translation

from jss_layout.binding import arguments
from jss_layout.components import Component, Registration, registry
from jss_layout.conf import conf
from jss_layout.context import Page
from jss_layout.layout import InvalidLayout, Placeholders, Rendering, parse_element


class RequestMissing(Exception):
    """A component needs the request, and the page is rendered without one."""


class FetchTimedOut(Exception):
    """A function that fetches gave no data within ``JSS_FETCH_TIMEOUT``."""


def component_data(page: Page, rendering: Rendering, component: Component) -> Mapping[str, Any]:
    """What the function of a component that needs the request returns; nothing without one.

    Raises whatever the function raises, ``FieldsDoNotFit``, ``RequestMissing``,
    ``FetchTimedOut``, and ``TypeError`` for one that returns no dict.
    """
    data = component.data
    if page.request is None:
        raise RequestMissing(
            "This component needs the visitor's request: give the page's template a "
            "'request', as jss_layout.views.page does."
        )
    page.uses_request = True
    if data.function is None:
        return {}
    if data.fetches:
        return _fetched(page, page.request, rendering, data)
    return _called(page, page.request, rendering, data)


def _called(
    page: Page, request: HttpRequest, rendering: Rendering, data: Registration
) -> Mapping[str, Any]:
    assert data.function is not None, "checked by the caller"  # noqa: S101
    subject, named = arguments(data.parameters, rendering, page.layout)
    values = data.function(subject, request, **named)
    if not isinstance(values, Mapping):
        raise TypeError(f"{data} must return a dict, not {type(values).__name__}.")
    return values


def _fetched(
    page: Page, request: HttpRequest, rendering: Rendering, data: Registration
) -> Mapping[str, Any]:
    """What the function gives in its thread; starts all of the page's at first."""
    if page.fetched_until is None:
        page.fetched_until = time.monotonic() + conf.JSS_FETCH_TIMEOUT
        for other, its_data in _fetching(page):
            _start(page, request, other, its_data)
    future = _start(page, request, rendering, data)
    try:
        return future.result(max(0, page.fetched_until - time.monotonic()))
    except TimeoutError as error:
        if future.done():
            raise
        future.cancel()
        raise FetchTimedOut(
            f"{data} gave no data within {conf.JSS_FETCH_TIMEOUT:g} s (setting JSS_FETCH_TIMEOUT)."
        ) from error


def _start(
    page: Page, request: HttpRequest, rendering: Rendering, data: Registration
) -> Future[Mapping[str, Any]]:
    """The function's result to come; renderings of the same JSON share one."""
    key = bytes(rendering.raw)
    if key not in page.fetched:
        called = partial(_called, page, request, rendering, data)
        active = (translation.get_language(), timezone.get_current_timezone())
        page.fetched[key] = _threads().submit(_in_thread, called, *active)
    return page.fetched[key]


def _in_thread(
    called: Callable[[], Mapping[str, Any]], language: str | None, zone: tzinfo
) -> Mapping[str, Any]:
    """The result, with the language and the time zone active that are so on the page."""
    try:
        with translation.override(language), timezone.override(zone):
            return called()
    finally:
        # Django closes those of its own threads at the end of a request.
        connections.close_all()


def _fetching(page: Page) -> Iterator[tuple[Rendering, Registration]]:
    """The page's renderings whose functions fetch."""
    for rendering in renderings(page):
        data = Registration()
        # What is wrong with its template is told in its own turn.
        with contextlib.suppress(Exception):
            data = registry.resolve(rendering.component_name, rendering.variant).data
        if data.fetches:
            yield rendering, data


def renderings(page: Page) -> Iterator[Rendering]:
    """All renderings of a page that may show, in order."""
    route = page.layout.route
    within = _renderings(page, route.placeholders if route else {}, 0)
    return islice(within, conf.JSS_MAX_COMPONENTS)


def _renderings(page: Page, placeholders: Placeholders, depth: int) -> Iterator[Rendering]:
    """All renderings within these placeholders that may show, in order."""
    for element in _elements(page, placeholders) if depth < page.max_depth else ():
        if isinstance(element, Rendering):
            yield element
            yield from _renderings(page, element.placeholders, depth + 1)


def _elements(page: Page, placeholders: Placeholders) -> list[object]:
    elements: list[object] = []
    # What can't be read is told in its own turn.
    with contextlib.suppress(InvalidLayout):
        for name in placeholders:
            for raw in placeholders[name]:
                with contextlib.suppress(InvalidLayout):
                    elements.append(parse_element(raw, page.route_fields))
    return elements


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(conf.JSS_FETCH_THREADS, thread_name_prefix="jss-fetch")
