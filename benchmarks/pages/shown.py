"""Whether a page shows what it must, before anyone believes a rate."""

import html
import re

from benchmarks.pages.layouts import CHANGES, FRESH, SIZES, made_page, page_name
from benchmarks.pages.servers import Running

STATE = re.compile(r'<script[^>]*type="application/json"[^>]*>.*?</script>', re.DOTALL)
COOKIES = ("SC_ANALYTICS_GLOBAL_COOKIE=", "ASP.NET_SessionId=")
CAPITAL = re.compile("(?<!^)([A-Z])")
# React's marks between texts.
COMMENT = re.compile(r"<!-- ?-->")


def faults(server: Running) -> list[str]:
    """What is wrong with the server's pages; nothing, if all is right."""
    found = [
        f"{server.name} {page_name(size, change)}: {fault}"
        for size in SIZES
        for change in CHANGES
        for fault in _page_faults(server, size, change)
    ]
    status = server.get("/no-such-page")[0]
    return found if status == 404 else [*found, f"{server.name}: an unknown page is {status}"]


def _page_faults(server: Running, size: str, change: str) -> list[str]:
    _, page = made_page(size, change)
    status, headers, text = server.get(f"/{page_name(size, change)}")
    # What is embedded for the browser to go on with is not yet shown.
    shown = STATE.sub("", text)
    plain = html.unescape(COMMENT.sub("", shown))
    number = re.search(r"Hero \S+ .*?(\d{7})<", shown)
    fresh = number[1] if number else FRESH
    missing = [one for one in page.shown if one.replace(FRESH, fresh) not in plain]
    found = [f"{len(missing)} texts are missing, such as {missing[0]!r}"] if missing else []
    for name, count in page.counts.items():
        css_class = CAPITAL.sub(r"-\1", name).lower()
        marks = shown.count(f'class="{css_class}"')
        if marks != count:
            found.append(f"{marks} {name} in place of {count}")
    # Next.js hands down both cookies in one line.
    cookies = " ".join(value for name, value in headers if name.lower() == "set-cookie")
    if status != 200 or not all(name in cookies for name in COOKIES):
        found.append(f"status {status}, cookies {cookies!r}")
    return found
