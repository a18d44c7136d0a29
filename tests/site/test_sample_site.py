"""The sample site: every page in both languages, its markup, its links, its error pages."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.template.base import TextNode
from django.template.loader import get_template
from django.test import Client, RequestFactory, override_settings
from django.views.defaults import server_error
from pytest_django import DjangoDbBlocker, Settings

from jss_layout.exceptions import CouldNotContact
from jss_layout.sources.disconnected import DisconnectedSource
from jss_tracking.models import Definition, TrackedEvent
from tests.layout.content import write
from tests.sensitive import SITE_API_KEY

ROOT = Path(__file__).resolve().parent.parent.parent
ROUTES = ROOT / "data" / "routes"
LANGUAGES = ("en", "da")
PATHS = sorted(
    "/" + path.parent.relative_to(ROUTES).as_posix().strip(".") for path in ROUTES.rglob("en.yml")
)
PAGES = [(path, language) for path in PATHS for language in LANGUAGES]
EVERY_PAGE = pytest.mark.parametrize(("path", "language"), PAGES)
LINKS = ("href", "src", "action", "srcset", "poster", "formaction")
BOXES = ("sc-jss-placeholder-error", "No template stands for this component")
BOXES_ARE_SHOWN_ON = "/styleguide/placeholders"

Attributes = dict[str, str | None]


@dataclass
class Markup(HTMLParser):
    """The elements of a page, and the text of some."""

    html: str
    elements: list[tuple[str, Attributes]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]][-1] += data

    def all(self, tag: str) -> list[Attributes]:
        return [attributes for name, attributes in self.elements if name == tag]

    def values(self, *names: str) -> Iterator[str]:
        for _, attributes in self.elements:
            yield from (attributes[name] or "" for name in names if name in attributes)


def address(path: str, language: str) -> str:
    return path if language == "en" else f"/{language}{path}".rstrip("/")


def length(client: Client, link: str) -> int:
    """How many bytes a file has, fetched and closed."""
    response = client.get(link)
    assert response.status_code == 200
    size = len(response.getvalue())
    response.close()
    return size


class Site(dict[tuple[str, str], Markup]):
    """Every page by path and language."""

    def text(self) -> str:
        return "".join(page.html for page in self.values())


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Site:
    """The pages as a developer sees them, boxes of missing and failing components included.

    They are fetched once for all tests, so nothing is counted: that would outlive the test.
    """
    as_developer = override_settings(
        DEBUG=True,
        LAYOUT_SERVICE_TRACKING=False,
        TRACKER_SERVICE_ENABLED=True,
        SITECORE_API_KEY=SITE_API_KEY,
    )
    with django_db_blocker.unblock(), as_developer:
        client = Client()
        return Site({page: shown(client, *page) for page in PAGES})


def shown(client: Client, path: str, language: str, status: int = 200) -> Markup:
    response = client.get(address(path, language))
    assert response.status_code == status
    return Markup(response.content.decode())


def content(path: str, language: str) -> dict[str, Any]:
    page: dict[str, Any] = yaml.safe_load(
        (ROUTES / path.strip("/") / f"{language}.yml").read_text()
    )
    return page


def found(value: Any, key: str) -> Iterator[Any]:
    """Every value of that key, however deep, in order."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name == key:
                yield item
            yield from found(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from found(item, key)


def test_there_is_a_home_page_and_more() -> None:
    assert {"/", "/workshop", "/tracking", "/about", "/contact"} <= set(PATHS)


@EVERY_PAGE
def test_a_page_shows_its_heading_in_its_language(site: Site, path: str, language: str) -> None:
    page, markup = content(path, language), site[path, language]
    assert markup.all("html")[0]["lang"] == language
    assert markup.texts["h1"] == [next(found(page["placeholders"]["jss-main"], "heading"))]
    assert markup.texts["title"] == [page["fields"]["pageTitle"]]


@EVERY_PAGE
def test_no_component_is_missing_or_fails_but_those_to_be_seen(
    site: Site, path: str, language: str
) -> None:
    boxes = [box for box in BOXES if box in site[path, language].html]
    assert boxes == (list(BOXES) if path == BOXES_ARE_SHOWN_ON else [])


@EVERY_PAGE
def test_a_page_stands_on_its_own(site: Site, path: str, language: str) -> None:
    markup = site[path, language]
    external = [
        link for link in markup.values(*LINKS) if not re.match(r"/(?!/)|#|mailto:|tel:", link)
    ]
    assert external == []


@EVERY_PAGE
def test_a_strict_policy_would_block_nothing(site: Site, path: str, language: str) -> None:
    markup = site[path, language]
    inline = [name for _, attributes in markup.elements for name in attributes if name[:2] == "on"]
    assert inline == []
    # The box of a missing component looks as that of JSS; visitors never see it.
    assert [it for it in markup.values("style") if "darkorange" not in it] == []
    assert markup.all("style") == []
    assert all(script.get("src") for script in markup.all("script"))


@EVERY_PAGE
def test_a_page_can_be_found_through_without_seeing_it(
    site: Site, path: str, language: str
) -> None:
    markup = site[path, language]
    for landmark in ("header", "main", "footer"):
        assert len(markup.all(landmark)) == 1
    labels = [nav.get("aria-label") for nav in markup.all("nav")]
    assert all(labels)
    assert len(set(labels)) == len(labels)
    assert markup.all("a")[0]["href"] == "#main"
    assert markup.all("main")[0]["id"] == "main"
    assert all("alt" in image for image in markup.all("img"))


@EVERY_PAGE
def test_headings_skip_no_level(site: Site, path: str, language: str) -> None:
    levels = [
        int(tag[1]) for tag, _ in site[path, language].elements if re.fullmatch("h[1-6]", tag)
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@EVERY_PAGE
def test_ids_are_unique_and_labels_name_a_control(site: Site, path: str, language: str) -> None:
    markup = site[path, language]
    ids = Counter(markup.values("id"))
    assert max(ids.values()) == 1
    assert set(markup.values("for")) <= set(ids)


@EVERY_PAGE
def test_the_language_switch_leads_to_the_same_page(site: Site, path: str, language: str) -> None:
    markup = site[path, language]
    switch = {
        link["hreflang"]: (link["href"], link.get("aria-current"))
        for link in markup.all("a")
        if "hreflang" in link
    }
    assert switch == {
        code: (address(path, code), "true" if code == language else None) for code in LANGUAGES
    }


@EVERY_PAGE
def test_links_stay_in_their_language(site: Site, path: str, language: str) -> None:
    links = [link for link in site[path, language].all("a") if "hreflang" not in link]
    pages = [
        href for link in links if re.match(r"/(?!data/|admin/)", href := link.get("href") or "")
    ]
    assert [href for href in pages if f"{href}/".startswith("/da/") != (language == "da")] == []


@pytest.mark.django_db
def test_every_link_leads_somewhere(site: Site, client: Client) -> None:
    links = {
        re.split("[?#]", link)[0]
        for markup in site.values()
        for link in markup.values(*LINKS)
        if link.startswith("/")
    }
    services = {"/sitecore/api/jss/track/flush", "/sitecore/api/jss/track/consent"}
    pages = {address(*page) for page in PAGES} | {"/admin/"} | services
    media = {link for link in links if link.startswith("/data/media/")}
    static = {link.removeprefix("/static/") for link in links if link.startswith("/static/")}
    assert links - media - {f"/static/{name}" for name in static} == pages
    assert [name for name in static if not finders.find(name)] == []
    assert [link for link in media if not length(client, link)] == []


def test_every_media_file_is_used(site: Site) -> None:
    media = ROOT / "data" / "media"
    files = {path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file()}
    assert files
    assert {name for name in files if f"/data/media/{name}" not in site.text()} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_menu_marks_the_page_that_is_shown(site: Site, language: str) -> None:
    links = site["/workshop", language].all("a")
    current = [link["href"] for link in links if link.get("aria-current") == "page"]
    assert current == [address("/workshop", language)]


@pytest.mark.parametrize("path", PATHS)
def test_danish_is_no_translation_left_undone(path: str) -> None:
    english, danish = content(path, "en"), content(path, "da")
    assert english["id"] == danish["id"]
    for key in ("pageTitle", "description", "heading", "lead", "content", "caption"):
        assert set(found(english, key)) & set(found(danish, key)) == set()


def test_both_dictionaries_have_the_same_phrases() -> None:
    english, danish = (
        yaml.safe_load((ROOT / "data" / "dictionary" / f"{language}.yml").read_text())
        for language in LANGUAGES
    )
    assert english.keys() == danish.keys()


def test_every_phrase_of_a_template_is_in_the_dictionary() -> None:
    known = yaml.safe_load((ROOT / "data" / "dictionary" / "en.yml").read_text())
    used = {
        phrase
        for template in (ROOT / "templates").rglob("*.html")
        for phrase in re.findall(r'{% phrase "([^"]+)" %}', template.read_text())
    }
    assert used
    assert used <= known.keys()


def test_components_nest_five_deep(site: Site) -> None:
    html = site["/workshop", "en"].html
    inner = r'class="columns.*?class="accordion".*?<details.*?<div class="prose"><p>Float glass'
    assert re.search(f'class="section full.*?{inner}', html, re.DOTALL)


def test_the_tracking_page_sends_each_kind_of_event(site: Site) -> None:
    markup = site["/tracking", "en"]
    sent = [json.loads(value) for value in markup.values("data-jss-track")]
    assert sent == [
        {"eventId": "Download"},
        {"goalId": "Instant Demo"},
        {"outcomeId": "Opportunity", "monetaryValue": "4250", "currencyCode": "DKK"},
        {"campaignId": "Sample Campaign"},
        {"goalId": "Register"},
    ]


@pytest.mark.django_db
def test_what_the_site_sends_is_defined(site: Site) -> None:
    kinds = {"eventId": "event", "goalId": "goal", "outcomeId": "outcome", "campaignId": "campaign"}
    sent = {
        (kinds[key], value)
        for markup in site.values()
        for payload in markup.values("data-jss-track")
        for key, value in json.loads(payload).items()
        if key in kinds
    }
    assert len(sent) > 5
    assert sent <= set(Definition.objects.values_list("kind", "alias"))


@pytest.mark.django_db
def test_the_thanks_page_reaches_a_goal_by_itself(client: Client) -> None:
    shown(client, "/tracking/thanks", "en")
    recorded = TrackedEvent.objects.exclude(definition=None).values_list("definition__alias")
    assert list(recorded) == [("Newsletter Signup",)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "language", "heading"),
    [
        ("/nothing/here", "en", "This page is off the scale"),
        ("/nothing/here", "da", "Siden ligger uden for skalaen"),
        ("/.well-known/x", "en", "This page is off the scale"),
    ],
)
def test_a_page_that_does_not_exist_is_a_404_of_the_site(
    client: Client, path: str, language: str, heading: str
) -> None:
    markup = shown(client, path, language, status=404)
    assert markup.texts["h1"] == [heading]
    assert markup.all("html")[0] == {"lang": language, "data-counted": "false"}
    assert "site.css" in markup.html
    assert address("/", language) in {link["href"] for link in markup.all("a")}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "heading"), [("en", "Low pressure over this page"), ("da", "Lavtryk over siden")]
)
def test_a_503_is_of_the_site_and_asks_sitecore_for_nothing_more(
    client: Client, monkeypatch: pytest.MonkeyPatch, language: str, heading: str
) -> None:
    def down(*_: object) -> None:
        raise CouldNotContact("down")

    monkeypatch.setattr(DisconnectedSource, "fetch", down)
    monkeypatch.setattr(DisconnectedSource, "fetch_dictionary", pytest.fail)
    markup = shown(client, "/about", language, status=503)
    assert markup.texts["h1"] == [heading]
    assert "site.css" in markup.html


def test_a_500_is_of_the_site_and_nothing_in_it_can_fail() -> None:
    response = server_error(RequestFactory().get("/"))
    markup = Markup(response.content.decode())
    assert response.status_code == 500
    assert markup.texts["h1"] == ["Something broke on our side"]
    template: Any = get_template("500.html")
    assert {type(node) for node in template.template.nodelist} == {TextNode}


@pytest.mark.django_db
def test_a_page_stands_before_its_files_are_collected(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {"staticfiles": {"BACKEND": "jss_site.static_files.StaticFilesStorage"}}
    assert "/static/jss_site/site.css" in shown(client, "/", "en").html
    (tmp_path / "jss_site").mkdir()
    (tmp_path / "jss_site/site.css").write_text("a {}")
    assert re.search(r"/static/jss_site/site\.\w{12}\.css", shown(client, "/", "en").html)


def test_the_style_sheet_asks_for_files_of_the_site_alone() -> None:
    sheet = Path(finders.find("jss_site/site.css") or "")
    urls = re.findall(r"url\(\"?([^\")]+)", sheet.read_text())
    assert urls
    assert [url for url in urls if not (sheet.parent / url).exists()] == []


@pytest.mark.django_db
def test_the_first_component_of_the_readme_shows_where_it_says(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    readme = (ROOT / "README.md").read_text()
    (template,) = re.findall(r"(?s)   ```html\n(.*?)   ```", readme)
    (rendering,) = re.findall(r"(?s)   ```yaml\n(.*?)   ```", readme)
    data = shutil.copytree(ROOT / "data", tmp_path / "data")
    about, below = data / "routes" / "about" / "en.yml", "    - id: visit-the-workshop\n"
    assert below in about.read_text()
    about.write_text(about.read_text().replace(below, rendering.replace("\n   ", "\n")[3:] + below))
    write(tmp_path, {"templates/components/Quote.html": template})
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [engine | {"DIRS": [tmp_path / "templates", *engine["DIRS"]]}]
    settings.JSS_DATA_DIR = data
    html = shown(client, "/about", "en").html
    quote = r"(?s)<ul class=\"people\">.*<blockquote>\s*<p>It has been wrong twice.*call-to-action"
    assert re.search(quote, html)
