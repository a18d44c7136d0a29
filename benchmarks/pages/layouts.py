"""The layouts that every server renders, and what each page must show.

Three sizes: 5, 60 and 300 components of eight kinds, the same on every run. In each text that is
to be another one on every request stands ``FRESH``, which the stub Layout Service replaces.
"""

import json
import random
import uuid
from dataclasses import dataclass, field
from typing import Any

FRESH = "0fresh0"
SIZES = ("small", "medium", "large")
# What of a page is another one on every request: one component, or every text.
CHANGES = ("one", "all")
WORDS = [
    "content",
    "author",
    "brand",
    "digital",
    "experience",
    "market",
    "journey",
    "service",
    "product",
    "launch",
    "customer",
    "region",
    "press",
    "summit",
    "insight",
    "report",
    "partner",
    "platform",
    "growth",
    "vision",
    "team",
    "release",
    "story",
    "design",
    "campaign",
    "support",
    "network",
    "value",
    "future",
    "global",
    "local",
    "quality",
    "budget",
    "season",
    "result",
    "change",
    "progress",
    "guide",
]

Json = dict[str, Any]


@dataclass
class BenchmarkPage:
    """A layout as it is made: its JSON, and the texts and addresses that the page must show."""

    name: str
    change: str
    random: random.Random
    shown: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    made: int = 0

    def layout(self, main: list[Json]) -> Json:
        """The Layout Service's answer with these components."""
        title = self._text(f"Benchmark {self.name}", in_component=False)
        return {
            "sitecore": {
                "context": {
                    "pageEditing": False,
                    "site": {"name": "bench"},
                    "pageState": "normal",
                    "language": "en",
                    "itemPath": f"/{self.name}",
                },
                "route": {
                    "name": self.name,
                    "displayName": self.name,
                    "fields": {"pageTitle": {"value": title}},
                    "databaseName": "web",
                    "deviceId": self._guid(),
                    "itemId": self._guid(),
                    "itemLanguage": "en",
                    "itemVersion": 1,
                    "layoutId": self._guid(),
                    "templateId": self._guid(),
                    "templateName": "App Route",
                    "placeholders": {"jss-main": main},
                },
            }
        }

    def hero_banner(self) -> Json:
        """A picture, a title, a subtitle, a link; the one that is personalized, if one is."""
        tag = self._next()
        return self._component(
            "HeroBanner",
            {
                "title": {"value": self._text(f"Hero {tag} {self._words(3)}")},
                "subtitle": {"value": self._text(f"Subtitle {tag} {self._words(9)}")},
                "image": self._image(tag, 1200, 480),
                "cta": self._link(tag),
            },
        )

    def content_block(self) -> Json:
        """A heading, and 590 characters of HTML or a little more."""
        tag = self._next()
        start = self._text(f"Block {tag} {self._words(14)}")
        items = "".join(f"<li>{self._words(6)}</li>" for _ in range(3))
        html = (
            f"<p>{start}, <strong>{self._words(3)}</strong> &amp; {self._words(10)}.</p>"
            f'<ul>{items}</ul><p><a href="/about/{tag}">{self._words(3)}</a> '
        )
        while len(html) < 590:
            html += self._words(1) + " "
        heading = self._text(f"Heading {tag}: what's new & next")
        return self._component(
            "ContentBlock", {"heading": {"value": heading}, "content": {"value": f"{html}.</p>"}}
        )

    def image_caption(self) -> Json:
        """A picture and a line."""
        tag = self._next()
        caption = self._text(f"Caption {tag} {self._words(6)}")
        fields = {"image": self._image(tag, 640, 360), "caption": {"value": caption}}
        return self._component("ImageCaption", fields)

    def link_list(self) -> Json:
        """Five links, one of them to elsewhere."""
        tag = self._next()
        items = [
            {
                "id": self._guid(),
                "url": f"/data/links/{tag}-{number}",
                "name": f"link-{number}",
                "displayName": f"Link {number}",
                "fields": {"link": self._link(f"{tag}-{number}", is_external=number == 4)},
            }
            for number in range(5)
        ]
        return self._component("LinkList", {"items": items})

    def date_line(self) -> Json:
        """A date."""
        self._next()
        day = f"2024-{self.random.randint(1, 12):02}-{self.random.randint(1, 28):02}"
        self.shown.append(day)
        return self._component("DateLine", {"date": {"value": f"{day}T12:00:00Z"}})

    def file_download(self) -> Json:
        """A file."""
        tag = self._next()
        source = f"/-/media/bench/files/{tag}.pdf"
        self.shown.append(source)
        value = {
            "src": source,
            "name": f"file-{tag}",
            "displayName": f"File {tag}",
            "title": self._text(f"Download {tag} {self._words(3)}"),
            "keywords": "",
            "description": "",
            "extension": "pdf",
            "mimeType": "application/pdf",
            "size": str(self.random.randint(20_000, 900_000)),
        }
        return self._component("FileDownload", {"file": {"value": value}})

    def two_columns(self, left: list[Json], right: list[Json]) -> Json:
        """Components beside each other."""
        placeholders = {"jss-left": left, "jss-right": right}
        return self._component("TwoColumns", None, placeholders)

    def section(self) -> Json:
        """Twenty components, three levels deep."""
        parts = [
            self.hero_banner(),
            *(self.content_block() for _ in range(2)),
            self.two_columns(
                [self.content_block(), self.image_caption(), self.link_list(), self.date_line()],
                [
                    self.content_block(),
                    self.image_caption(),
                    self.file_download(),
                    self.date_line(),
                ],
            ),
            self.link_list(),
            self.image_caption(),
            self.date_line(),
            self.two_columns([self.content_block()], [self.content_block(), self.file_download()]),
        ]
        return self._component("Section", None, {"jss-section": parts}, {"styles": "section"})

    def _component(
        self,
        name: str,
        fields: Json | None,
        placeholders: Json | None = None,
        params: Json | None = None,
    ) -> Json:
        self.counts[name] = self.counts.get(name, 0) + 1
        rendering: Json = {
            "uid": self._guid(),
            "componentName": name,
            "dataSource": "" if fields is None else f"{{{self._guid().upper()}}}",
            "params": params or {},
        }
        if fields is not None:
            rendering["fields"] = fields
        if placeholders is not None:
            rendering["placeholders"] = placeholders
        return rendering

    def _text(self, text: str, *, in_component: bool = True) -> str:
        """A text that the page shows; it has a mark where it is to change."""
        is_first = in_component and self.made == 1
        if in_component and (self.change == "all" or (self.change == "one" and is_first)):
            text = f"{text} {FRESH}"
        self.shown.append(text)
        return text

    def _image(self, tag: str, width: int, height: int) -> Json:
        digest = f"{self.random.getrandbits(128):032X}"
        source = f"/-/media/bench/{tag}.jpg?h={height}&iar=0&w={width}&hash={digest}"
        self.shown.append(source)
        alt = self._text(f"Picture {tag}")
        size = {"width": str(width), "height": str(height)}
        return {"value": {"src": source, "alt": alt, **size}}

    def _link(self, tag: str, *, is_external: bool = False) -> Json:
        text = self._text(f"Link {tag} {self._words(2)}")
        path = f"{self._words(1)}/{tag}"
        href = f"https://www.example.com/{path}" if is_external else f"/{path}"
        self.shown.append(href)
        kind = {"linktype": "external" if is_external else "internal", "url": href}
        return {"value": {"href": href, "text": text, **kind, "anchor": "", "target": ""}}

    def _next(self) -> str:
        self.made += 1
        return f"{self.name}-{self.made:04}"

    def _guid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def _words(self, count: int) -> str:
        return " ".join(self.random.choice(WORDS) for _ in range(count))


def page_name(size: str, change: str) -> str:
    """The page's name, and without its slash its path."""
    return f"{size}-{change}"


def made_page(size: str, change: str) -> tuple[str, BenchmarkPage]:
    """The layout as JSON, and what its page shows."""
    page = BenchmarkPage(page_name(size, change), change, random.Random(f"benchmark-{size}"))
    if size == "small":
        main = [
            page.hero_banner(),
            page.content_block(),
            page.image_caption(),
            page.link_list(),
            page.date_line(),
        ]
    else:
        main = [page.section() for _ in range(3 if size == "medium" else 15)]
    text = json.dumps(page.layout(main), separators=(",", ":"), ensure_ascii=False)
    return text, page
