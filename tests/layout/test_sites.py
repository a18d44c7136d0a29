import re
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection
from django.http import HttpRequest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from jss_layout.exceptions import SiteUnknown
from jss_layout.models import Site
from jss_layout.sites import SiteDefinition, SitesByHost, environment_site, site_for_host, site_rows
from tests import sensitive

pytestmark = pytest.mark.django_db


def made(name: str, host_names: str, **fields: object) -> Site:
    return Site.objects.create(name=name, host_names=host_names, **fields)


def name_for(host: str) -> str:
    return site_for_host(host).name


@given(names=st.lists(st.text("ab.*", min_size=1, max_size=4)), host=st.text("ab.", max_size=6))
def test_a_host_has_the_site_that_patterns_in_their_order_find(names: list[str], host: str) -> None:
    definitions = [SiteDefinition(str(number), host_names=(n,)) for number, n in enumerate(names)]
    ranked = sorted(names, key=lambda name: ("*" in name, -len(name), name.count("*")))
    matching = (n for n in ranked if re.fullmatch(re.escape(n).replace(r"\*", ".*"), host))
    first = next((names.index(name) for name in matching), None)
    found = SitesByHost(definitions).find(host)
    assert (found and found.name) == (None if first is None else str(first))


def test_without_a_row_the_environments_site_answers(settings: Settings) -> None:
    settings.SITECORE_SITE_NAME = "shop"
    settings.SITECORE_API_HOST = "https://cd.example.com/"
    settings.SITECORE_API_KEY = sensitive.API_KEY
    settings.JSS_LANGUAGES = ["en", "da"]
    settings.SITECORE_ENABLE_TRACKING = False
    assert site_for_host("www.example.com") == SiteDefinition(
        name="shop",
        sitecore_host="https://cd.example.com",
        api_key=sensitive.API_KEY,
        configuration="jss",
        languages=("en", "da"),
        default_language="en",
        enable_tracking=False,
    )


def test_a_row_answers_for_its_host() -> None:
    made(
        "Shop",
        "www.example.com\nexample.com",
        sitecore_host="https://cd.example.com/",
        api_key=sensitive.API_KEY,
        configuration="shop",
        languages="da, en",
        default_language="da",
        enable_tracking=False,
    )
    assert site_for_host("example.com") == SiteDefinition(
        name="Shop",
        sitecore_host="https://cd.example.com",
        api_key=sensitive.API_KEY,
        configuration="shop",
        languages=("da", "en"),
        default_language="da",
        enable_tracking=False,
        host_names=("www.example.com", "example.com"),
    )


def test_the_default_language_is_always_a_language_of_the_site() -> None:
    made("Shop", "example.com", languages="en", default_language="da")
    assert site_for_host("example.com").languages == ("da", "en")


def test_a_key_is_not_shown_where_a_site_is_printed() -> None:
    assert sensitive.API_KEY not in repr(SiteDefinition("Shop", api_key=sensitive.API_KEY))


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("concrete.test.com", "concrete"),
        ("new.new.test.com", "wildcard"),
        ("CONCRETE.Test.com", "concrete"),
        ("concrete.test.com:8443", "concrete"),
        ("a.long.test.com", "longer wildcard"),
        ("multi1", "listed"),
        ("multi2", "listed"),
        ("[2001:DB8:0::1]:8000", "address"),
        ("[2001:db8::1]", "address"),
        ("test.com", "website"),
        ("concreteXtest.com", "website"),
        ("", "website"),
    ],
)
def test_a_concrete_host_comes_before_a_wildcard_and_a_longer_before_a_shorter(
    host: str, name: str
) -> None:
    made("wildcard", "*.test.com")
    made("longer wildcard", "*.long.test.com")
    made("concrete", "concrete.test.com:443")
    made("listed", " multi1 | multi2; ,")
    made("address", "2001:db8::1")
    assert name_for(host) == name


def test_of_two_wildcards_of_one_length_the_one_with_fewer_stars_has_the_host() -> None:
    made("two stars", "*.*.com")
    made("one star", "*.b.com")
    assert name_for("a.b.com") == "one star"


def test_of_two_sites_with_one_host_the_first_has_it() -> None:
    made("zebra", "example.com")
    made("ape", "example.com")
    assert name_for("example.com") == "zebra"


def test_a_star_alone_is_every_host() -> None:
    made("all", "*")
    assert name_for("any.example.com") == "all"


def test_a_row_without_sitecore_has_the_environments(settings: Settings) -> None:
    settings.SITECORE_API_HOST = "https://cd.example.com"
    settings.SITECORE_API_KEY = sensitive.API_KEY
    made("Shop", "example.com")
    site = site_for_host("example.com")
    assert (site.sitecore_host, site.api_key) == ("https://cd.example.com", sensitive.API_KEY)


def test_the_environments_key_never_goes_to_another_sitecore(settings: Settings) -> None:
    settings.SITECORE_API_HOST = "https://cd.example.com"
    settings.SITECORE_API_KEY = sensitive.API_KEY
    made("Shop", "example.com", sitecore_host="https://other.example.com")
    assert site_for_host("example.com").api_key == ""


def test_rows_that_did_not_change_are_the_same_sites_still() -> None:
    made("Shop", "example.com")
    before = site_for_host("example.com")
    site_rows.forget()
    assert site_for_host("example.com") is before


def test_a_row_follows_the_settings_that_it_leaves_things_to(settings: Settings) -> None:
    made("Shop", "example.com", sitecore_host="")
    assert site_for_host("example.com").sitecore_host == settings.SITECORE_API_HOST
    settings.SITECORE_API_HOST = "https://other.example.com"
    site_rows.forget()
    assert site_for_host("example.com").sitecore_host == "https://other.example.com"


def test_a_site_that_is_saved_changed_or_deleted_is_known_at_once() -> None:
    names = [name_for("example.com")]
    site = made("Shop", "example.com")
    names.append(name_for("example.com"))
    site.name = "Store"
    site.save()
    names.append(name_for("example.com"))
    site.delete()
    names.append(name_for("example.com"))
    assert names == ["website", "Shop", "Store", "website"]


def test_a_site_is_found_without_a_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    made("Shop", "example.com")
    site_for_host("example.com")
    with django_assert_num_queries(0):
        assert name_for("example.com") == "Shop"


def test_without_a_table_the_environments_site_answers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {Site._meta.db_table} RENAME TO gone")
    assert site_for_host("example.com") == environment_site()
    assert caplog.messages == []


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def take_away() -> None:
        def fail(*_: object) -> None:
            raise OperationalError("server closed the connection")

        monkeypatch.setattr(Site.objects, "order_by", fail)

    return take_away


def test_while_the_database_is_down_the_last_known_sites_answer(
    no_database: Callable[[], None], settings: Settings
) -> None:
    settings.SITE_REFRESH_SECONDS = 0
    made("Shop", "example.com")
    site_for_host("example.com")
    no_database()
    assert (name_for("example.com"), name_for("example.org")) == ("Shop", "website")


def test_while_nobody_could_ever_read_the_sites_a_host_gets_none(
    no_database: Callable[[], None], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SITE_REFRESH_SECONDS = 1.5
    no_database()
    with pytest.raises(SiteUnknown) as error:
        site_for_host("example.com")
    assert error.value.retry_after == 2
    assert caplog.messages == [
        "The database does not answer, the last known rows hold: server closed the connection"
    ]


@pytest.mark.parametrize("host", ["example.com", "EXAMPLE.com:8000", "a.example.org"])
def test_the_environments_own_hosts_need_no_database(
    no_database: Callable[[], None], settings: Settings, host: str
) -> None:
    settings.SITECORE_SITE_HOST_NAMES = ["Example.com", "*.example.org"]
    no_database()
    assert site_for_host(host) == environment_site()
    with pytest.raises(SiteUnknown):
        site_for_host("www.example.com")


def test_the_environments_own_hosts_are_no_others(settings: Settings) -> None:
    made("Shop", "example.com")
    settings.SITECORE_SITE_HOST_NAMES = ["example.com"]
    assert name_for("example.com") == "website"
    with pytest.raises(ValidationError) as error:
        Site(name="Store", host_names="www.example.com | Example.com").full_clean()
    assert error.value.message_dict == {
        "host_names": ["example.com is the environment's: SITECORE_SITE_HOST_NAMES names it."]
    }


# What is told while nobody knows whose the host is

JSON = "application/json"
TEXT = "text/plain"


@pytest.mark.parametrize("mode", ["connected", "disconnected"])
@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", TEXT),
        ("/sitecore/api/layout/render/jss?item=/", JSON),
        ("/sitecore/api/jss/dictionary/website/en", JSON),
        ("/sitecore/api/jss/track/flush", JSON),
    ],
)
def test_a_host_that_may_be_any_sites_is_told_to_come_again(
    no_database: Callable[[], None], settings: Settings, path: str, content_type: str, mode: str
) -> None:
    settings.JSS_MODE, settings.SITECORE_API_HOST = mode, "https://cd.example.com"
    settings.TRACKER_SERVICE_ENABLED = True
    settings.SITECORE_API_KEY = sensitive.SITE_API_KEY
    no_database()
    headers = {"sc-apikey": sensitive.SITE_API_KEY}
    answer = Client().get(path, headers=headers)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Content-Type"] == content_type
    assert "private" in answer["Cache-Control"]
    assert b"The sites of this server can't be read at the moment." in answer.content


def test_health_needs_no_site_and_readiness_says_so(
    no_database: Callable[[], None], settings: Settings
) -> None:
    settings.JSS_MODE, settings.SITECORE_API_HOST = "connected", "https://cd.example.com"
    no_database()
    assert Client().get("/healthz").status_code == 200
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["errors"] == {
        "sites": "The sites of this server can't be read at the moment. Try again later."
    }


def test_another_exception_is_not_taken_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_request: HttpRequest) -> None:
        raise LookupError("a defect")

    monkeypatch.setattr("jss_layout.request.site_of", fail)
    with pytest.raises(LookupError):
        Client().get("/")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"host_names": "https://example.com"}, "“https://example.com” is no host name."),
        ({"host_names": "a.com, b c"}, "“b c” is no host name."),
        ({"host_names": " , "}, "Name at least one host."),
        ({"host_names": "b.com, TAKEN.com:80"}, "taken.com belongs to the site Other already."),
        ({"sitecore_host": "cd.example.com"}, "“cd.example.com” is no address of a Sitecore."),
        ({"sitecore_host": "https://cd.example.com/x"}, "is no address of a Sitecore."),
        ({"sitecore_host": "https://cd.example.com?x=1"}, "is no address of a Sitecore."),
        ({"api_key": "no-guid"}, "is not a valid UUID."),
        ({"languages": "en, d"}, "“d” is no language."),
        ({"default_language": "english_"}, "“english_” is no language."),
        ({"configuration": "a/b"}, "Letters, digits, “.”, “_” and “-” only."),
    ],
)
def test_a_site_that_could_not_work_is_refused_with_the_way_out(
    fields: dict[str, str], message: str
) -> None:
    made("Other", "taken.com")
    site = Site(**({"name": "Shop", "host_names": "example.com"} | fields))
    with pytest.raises(ValidationError) as refused:
        site.full_clean()
    assert any(message in text for text in refused.value.messages)


def test_a_site_that_works_is_accepted() -> None:
    site = Site(
        name="Shop",
        host_names="example.com\n*.example.com | [::1]:8000",
        sitecore_host="https://cd.example.com:8443",
        api_key=sensitive.SITE_API_KEY,
    )
    site.full_clean()
    site.save()
    site.full_clean()
    assert str(site) == "Shop"
