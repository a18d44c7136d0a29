from typing import Any

import pytest
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.test import RequestFactory, override_settings

from jss_layout.request import LayoutRequest, is_item_path, layout_request, split_language
from jss_layout.sites import SiteDefinition

SITE = SiteDefinition(name="shop", languages=("da", "pt-BR"), default_language="en")


@pytest.fixture(autouse=True)
def site(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts that were asked for."""
    hosts: list[str] = []

    def site_of(request: HttpRequest) -> SiteDefinition:
        hosts.append(host := request.get_host())
        return (
            SITE if host == "shop.example:8000" else SiteDefinition("dark", enable_tracking=False)
        )

    def headers_up(request: Any, site: SiteDefinition) -> dict[str, str]:
        return {"Cookie": f"passed for {site.name}"}

    monkeypatch.setattr("jss_layout.request.site_of", site_of)
    monkeypatch.setattr("jss_layout.request.headers_up", headers_up)
    return hosts


def asked(
    path: str, method: str = "GET", host: str = "shop.example:8000", **extra: Any
) -> LayoutRequest:
    request = RequestFactory(headers={"host": host}).generic(method, path, **extra)
    return layout_request(request)


@pytest.mark.parametrize(
    ("path", "language", "item"),
    [
        ("/", "en", "/"),
        ("/about", "en", "/about"),
        ("/about/us/", "en", "/about/us"),
        ("//about//us", "en", "/about/us"),
        ("/da", "da", "/"),
        ("/da/", "da", "/"),
        ("/DA/about", "da", "/about"),
        ("/pt-br/about", "pt-BR", "/about"),
        ("/en/about", "en", "/about"),
        ("/br/about", "en", "/br/about"),
        ("/dance", "en", "/dance"),
        ("/da/da", "da", "/da"),
    ],
)
def test_an_address_names_language_and_item(path: str, language: str, item: str) -> None:
    assert split_language(path, SITE) == (language, item)


def test_a_request_asks_for_its_item_on_its_site(site: list[str]) -> None:
    request = asked("/da/caf%C3%A9%20au%20lait?sc_camp=%7BA%7D&sc_trk=+&other=1")
    assert request == LayoutRequest(
        item="/café au lait",
        site=SITE,
        language="da",
        tracking=True,
        headers={"Cookie": "passed for shop"},
        query={"sc_camp": "{A}"},
    )
    assert site == ["shop.example:8000"]


def test_cookies_never_show_where_a_request_is_printed() -> None:
    assert "passed" not in repr(asked("/"))


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        ({}, True),
        ({"method": "HEAD"}, False),
        ({"headers": {"sec-purpose": "prefetch"}}, False),
        ({"headers": {"purpose": "prefetch"}}, False),
        ({"host": "dark.example"}, False),
    ],
)
def test_only_a_page_that_a_visitor_sees_counts(options: dict[str, Any], counts: bool) -> None:
    assert asked("/", **options).tracking is counts


@override_settings(LAYOUT_SERVICE_TRACKING=False)
def test_the_setting_turns_counting_off_and_leaves_headers_alone() -> None:
    request = asked("/")
    assert request.tracking is False
    assert request.headers == {"Cookie": "passed for shop"}


@override_settings(LAYOUT_SERVICE_QUERY_PARAMETERS=("campaign",))
def test_a_site_says_which_parameters_pass() -> None:
    assert asked("/?campaign=a&campaign=b&sc_camp=c").query == {"campaign": "b"}


@override_settings(ALLOWED_HOSTS=["shop.example"])
def test_an_unknown_host_is_djangos_to_refuse() -> None:
    with pytest.raises(DisallowedHost):
        asked("/", host="evil.example")


@pytest.mark.parametrize("path", ["/", "/about", "/a..b", "/a.b/c", "/café", "/phpinfo", "/…/x"])
def test_a_path_may_be_an_items(path: str) -> None:
    assert is_item_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd", "/a/..", "/./a", "/a/./b", "/..\\a", "\\..", "/a\x00b", "/a\nb", "/\x7f",
        "/" + "a" * 2048, "/" + "é" * 1024, "/favicon.ico", "/.well-known/security.txt",
        "/index.php", "/WP-ADMIN/x", "/.git/config", "/a/.env",
    ],
)  # fmt: skip
def test_a_path_may_be_no_items(path: str) -> None:
    assert not is_item_path(path)


@pytest.mark.parametrize("url", ["static/", "/static/", "/app/static/"])
def test_a_static_file_is_no_item(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jss_layout.request.get_script_prefix", lambda: "/app/")
    with override_settings(STATIC_URL=url):
        assert not is_item_path("/static/site.css")
        assert is_item_path("/statics")


@pytest.mark.parametrize("url", ["https://cdn.example.com/static/", "/", None])
def test_static_files_may_be_elsewhere(url: str | None) -> None:
    with override_settings(STATIC_URL=url):
        assert is_item_path("/static/site.css")


def test_a_site_says_which_paths_are_no_items() -> None:
    with override_settings(JSS_NON_ITEM_PATHS=[r"^/internal/"]):
        assert not is_item_path("/Internal/x")
        assert is_item_path("/favicon.ico")
    with override_settings(JSS_NON_ITEM_PATHS=[]):
        assert is_item_path("/internal/")
