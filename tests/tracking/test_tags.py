import html
import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils.translation import gettext_lazy
from pytest_django import Settings

from jss_layout.layout import Route
from jss_layout.sites import SiteDefinition
from tests.sensitive import SITE_API_KEY

SITE = SiteDefinition("shop")
ITEM = "110d559f-dea5-42ea-9c1c-8a5df7e70ef9"

pytestmark = pytest.mark.usefixtures("service")


class Withheld:
    def __getattr__(self, name: str) -> None:
        raise AssertionError(f"request.{name} was read")

    def __str__(self) -> str:
        raise AssertionError("request was printed")


def rendered(source: str, **values: Any) -> str:
    context = {"site": SITE, "route": Route(item_id=ITEM), "request": Withheld(), **values}
    return Template("{% load jss_tracking %}" + source).render(Context(context))


def payload(markup: str) -> Any:
    (value,) = re.findall(r'data-jss-track="([^"]*)"', markup)
    return json.loads(html.unescape(value))


def test_the_client_is_a_module_with_all_it_needs_in_attributes() -> None:
    assert rendered("{% tracker %}") == (
        '<script type="module" src="/static/jss_tracking/tracker.js"'
        ' data-service-url="/sitecore/api/jss/track"'
        f' data-api-key="{SITE_API_KEY}" data-page-id="{ITEM}"'
        ' data-consent="given"></script>'
    )


def test_the_classic_build_is_a_deferred_script() -> None:
    markup = rendered("{% tracker classic=True %}")
    assert '<script defer="" src="/static/jss_tracking/tracker.classic.js"' in markup


def test_the_client_knows_whether_the_server_counted_the_page() -> None:
    assert ' data-counted="false"' in rendered("{% tracker %}", counted="false")


@pytest.mark.parametrize("name", ["csp_nonce", "CSP_NONCE"])
def test_a_nonce_goes_with_the_client(name: str) -> None:
    assert ' nonce="r4nd0m"' in rendered("{% tracker %}", **{name: "r4nd0m"})
    assert "nonce" not in rendered("{% tracker %}")


def test_a_visitor_who_may_not_be_tracked_has_to_agree_first(
    settings: Settings, rf: RequestFactory
) -> None:
    refusing = rf.get("/", headers={"Sec-GPC": "1"})
    assert 'data-consent="required"' in rendered("{% tracker %}", request=refusing)
    assert 'data-consent="given"' in rendered("{% tracker %}", request=rf.get("/"))
    settings.TRACKING_EXPLICIT_CONSENT = True
    assert 'data-consent="required"' in rendered("{% tracker %}", request=rf.get("/"))
    assert 'data-consent="required"' in rendered("{% tracker %}")


def test_the_client_comes_once_a_page() -> None:
    assert rendered("{% tracker %}{% tracker %}").count("<script") == 1


def test_the_client_comes_once_where_an_included_template_has_it_too(
    settings: Settings,
) -> None:
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "libraries": {"jss_tracking": "jss_tracking.templatetags.jss_tracking"},
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {"part.html": "{% load jss_tracking %}{% tracker %}"},
                    )
                ],
            },
        }
    ]
    include = "{% include 'part.html' %}"
    assert rendered(include + include + "{% tracker %}").count("<script") == 1
    assert rendered("{% include 'part.html' only %}{% tracker %}").count("<script") == 1


def test_the_client_comes_again_with_the_next_page() -> None:
    template = Template("{% load jss_tracking %}{% tracker %}")
    pages = [template.render(Context({"site": SITE})) for _ in range(2)]
    assert pages[0] == pages[1] != ""


def test_a_page_without_route_has_no_item() -> None:
    assert 'data-page-id=""' in rendered("{% tracker %}", route=None)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('{% track_event "Download" %}', {"eventId": "Download"}),
        ('{% track_goal "Register" form=3 %}', {"goalId": "Register", "form": 3}),
        (
            '{% track_outcome "Opportunity" monetary_value="12.5" currency_code="EUR" %}',
            {"outcomeId": "Opportunity", "monetaryValue": "12.5", "currencyCode": "EUR"},
        ),
        ('{% track_campaign "Spring" %}', {"campaignId": "Spring"}),
        ('{% track_page_view item "/b?c=1" %}', {"pageId": ITEM, "url": "/b?c=1"}),
    ],
)
def test_each_kind_has_an_element_that_tracker_js_pushes(tag: str, expected: Any) -> None:
    markup = rendered(tag, item=ITEM)
    assert re.fullmatch(r'<template data-jss-track="[^"]*"></template>', markup)
    assert payload(markup) == expected


def test_extra_names_are_written_as_javascript_writes_them() -> None:
    found = payload(rendered('{% track_event "a" long_name_2="x" url_path="y" plain="z" %}'))
    assert found == {"eventId": "a", "longName2": "x", "urlPath": "y", "plain": "z"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("12.50"), "12.50"),
        (date(2026, 1, 2), "2026-01-02"),
        (gettext_lazy("x"), "x"),
        (None, None),
        ([1, {"a": True}], [1, {"a": True}]),
    ],
)
def test_values_of_a_template_become_json(value: Any, expected: Any) -> None:
    assert payload(rendered('{% track_event "a" value=value %}', value=value))["value"] == expected


def test_a_value_cannot_leave_its_attribute() -> None:
    evil = "\"'><script>alert(1)</script>&quot;"
    markup = rendered("{% track_goal evil evil=evil %}", evil=evil)
    assert "<script" not in markup
    assert payload(markup) == {"goalId": evil, "evil": evil}


def test_clicks_and_submits_are_marked_by_attributes() -> None:
    markup = rendered("<a {% track_on 'click' goal='Register' list_no=2 %}>")
    assert markup.startswith('<a data-jss-track-on="click" data-jss-track="')
    assert payload(markup) == {"goalId": "Register", "listNo": 2}


@pytest.mark.parametrize(
    ("tag", "attributes"),
    [
        (
            "{% track_on 'visible' event='a' percent=80 seconds=0.5 %}",
            ' data-jss-track-percent="80" data-jss-track-seconds="0.5"',
        ),
        ("{% track_on 'visible' event='a' %}", ""),
        ("{% track_on 'scroll' event='a' percent='25' %}", ' data-jss-track-percent="25"'),
    ],
)
def test_what_is_seen_has_conditions_beside_its_event(tag: str, attributes: str) -> None:
    markup = rendered(tag)
    assert markup.endswith(f'data-jss-track="{{&quot;eventId&quot;: &quot;a&quot;}}"{attributes}')


@pytest.mark.parametrize("trigger", ["click", "download", "outbound"])
def test_what_is_no_condition_of_a_trigger_belongs_to_the_event(trigger: str) -> None:
    markup = rendered("{% track_on trigger event='a' percent=80 %}", trigger=trigger)
    assert payload(markup) == {"eventId": "a", "percent": 80}


@pytest.mark.parametrize("value", ["half", None])
def test_a_condition_that_is_no_number_is_an_error(value: str | None) -> None:
    with pytest.raises(TemplateSyntaxError, match="percent must be a number"):
        rendered("{% track_on 'visible' event='a' percent=value %}", value=value)


@pytest.mark.parametrize("kind", ["event", "goal", "outcome", "campaign"])
def test_a_click_may_be_of_any_kind(kind: str) -> None:
    markup = rendered("<form {% track_on 'submit' " + kind + "='a' %}>")
    assert payload(markup) == {f"{kind}Id": "a"}


@pytest.mark.parametrize(
    "tag",
    [
        "{% track_on 'hover' goal='a' %}",
        "{% track_on 'click' %}",
        "{% track_on 'click' goal='a' event='b' %}",
        "{% track_on 'click' page='a' %}",
    ],
)
def test_a_trigger_or_kind_that_is_none_is_an_error_that_says_what_there_is(tag: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="outbound and then exactly one of event"):
        rendered(tag)


TAGS = [
    "{% tracker %}",
    "{% track_event 'a' %}",
    "{% track_goal 'a' %}",
    "{% track_outcome 'a' %}",
    "{% track_campaign 'a' %}",
    "{% track_page_view 'a' '/' %}",
    "{% track_on 'click' goal='a' %}",
]


@pytest.mark.parametrize("tag", TAGS)
def test_while_the_service_is_off_tags_emit_nothing(tag: str, settings: Settings) -> None:
    assert rendered(tag) != ""
    settings.TRACKER_SERVICE_ENABLED = False
    assert rendered(tag) == ""


@pytest.mark.parametrize("tag", TAGS)
def test_on_a_site_with_tracking_off_tags_emit_nothing(tag: str) -> None:
    assert rendered(tag, site=SiteDefinition("quiet", enable_tracking=False)) == ""


@pytest.mark.parametrize("tag", TAGS)
def test_without_a_key_for_pages_tags_emit_nothing(tag: str, settings: Settings) -> None:
    settings.SITECORE_API_KEY = ""
    assert rendered(tag) == ""


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("site", [None, "", "shop"])
def test_without_a_site_tags_emit_nothing(tag: str, site: Any) -> None:
    assert rendered(tag, site=site) == ""


@pytest.mark.parametrize("tag", TAGS[1:])
def test_an_id_that_is_missing_emits_nothing(tag: str) -> None:
    assert rendered(tag.replace("'a'", "missing")) == ""


def test_tags_work_in_a_page_of_a_request(rf: RequestFactory) -> None:
    context = RequestContext(rf.get("/"), {"site": SITE})
    assert "goalId" in Template("{% load jss_tracking %}{% track_goal 'a' %}").render(context)
