"""Where the time of one page goes: fetch, parse, render, respond.

``python -m benchmarks.pages.stages``, in the environment of a server, prints JSON: microseconds
of the thread's own computing, which a crowded machine changes little, and the time of a fixed
piece of Python in the same minute, for a ratio that holds on another machine.
"""

import io
import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.template import Context, Engine
from django.test import RequestFactory
from django.utils.module_loading import import_string

from benchmarks.pages.layouts import CHANGES, SIZES, page_name
from jss_layout.conf import conf

STAGES = {
    "fetch": "jss_layout.sources.rest.send",
    "parse": "jss_layout.sources.rest.parse_layout",
    "render": "jss_layout.views.render_page",
}
WARM_UP = 30
PAGES = 5  # for one time: so few that some of many times pass undisturbed
Times = dict[str, float]
TEMPLATE = Engine().from_string(
    '{% for row in rows %}<li class="{{ row.name }}"><a href="/{{ row.name }}">{{ row.title }}</a>'
    "{% if row.text %}<p>{{ row.text|default:row.title }}</p>{% endif %}</li>{% endfor %}"
)
ROWS = Context(
    {"rows": [{"name": one, "title": f"row {one}", "text": "a & b"} for one in range(60)]}
)


def main(rounds: int) -> None:
    """Print the least of so many rounds, for each page, and the reference's."""
    handler = get_wsgi_application()
    names = [page_name(size, change) for size in SIZES for change in CHANGES]
    found: dict[str, list[Times]] = {name: [] for name in names}
    references = []
    port = urlsplit(conf.SITECORE_API_HOST).port or 80
    with clocked() as spent:
        for name in names:
            _ask(handler, name, WARM_UP)
        for _ in range(rounds):
            references.append(reference(port))
            for name in names:
                found[name].append(_times(handler, name, spent))
    pages = {name: min(times, key=lambda one: one["whole"]) for name, times in found.items()}
    json.dump({"pages": pages, "reference": min(references)}, sys.stdout)


@contextmanager
def clocked() -> Iterator[Times]:
    """Within the block each stage adds its microseconds to what this yields."""
    spent = dict.fromkeys(STAGES, 0.0)

    def timed(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            started = time.thread_time_ns()
            try:
                return function(*args, **kwargs)
            finally:
                spent[stage] += (time.thread_time_ns() - started) / 1000

        return call

    with ExitStack() as stack:
        for stage, path in STAGES.items():
            stack.enter_context(patch(path, timed(stage, import_string(path))))
        yield spent


def reference(port: int) -> float:
    """Microseconds of a fixed piece of work of the kinds that a page has.

    A call over a socket, JSON, text, and a template of Django's: much code, which a machine with
    little cache is as slow at as it is at a page.
    """
    started = time.thread_time_ns()
    for _ in range(PAGES):
        TEMPLATE.render(ROWS)
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET /?item=/small-one-1 HTTP/1.1\r\n\r\n")
            received = connection.recv(65536)
        for number in range(30):
            text = json.dumps({"fields": [{"value": f"text {one}"} for one in range(number)]})
            values = [one["value"].replace("&", "&amp;") for one in json.loads(text)["fields"]]
            received += "".join(f"<p>{value}</p>" for value in values).encode()
    return (time.thread_time_ns() - started) / 1000


def _times(handler: WSGIHandler, name: str, spent: Times) -> Times:
    """Microseconds of one page, in each stage."""
    spent.update(dict.fromkeys(STAGES, 0.0))
    started = time.thread_time_ns()
    _ask(handler, name, PAGES)
    whole = (time.thread_time_ns() - started) / 1000
    times = {**spent, "respond": whole - sum(spent.values()), "whole": whole}
    return {stage: microseconds / PAGES for stage, microseconds in times.items()}


def _ask(handler: WSGIHandler, name: str, times: int) -> None:
    start_response: Any = lambda *_: None  # noqa: E731
    environ = RequestFactory().get(f"/{name}", SERVER_NAME="127.0.0.1").environ
    for _ in range(times):
        response: Any = handler(environ | {"wsgi.input": io.BytesIO()}, start_response)
        if response.status_code != 200:
            raise RuntimeError(f"{name} is {response.status_code}")
        response.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
