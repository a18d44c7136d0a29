"""Template tags that let a page track without a line of script.

Those of events take ``site`` and ``route`` from the template context and nothing of the
visitor's request, so they work in a component's template as they do in a page's. They emit
nothing while the tracker service is off, while the site has tracking off, or where its pages
have no API key. ``{% visitor_identification %}`` and ``{% consent %}`` are about the visitor:
they belong into a page's template.
"""

import json
import re
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from django.template import Context, TemplateSyntaxError
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jss_layout.api_keys import page_api_key
from jss_layout.attributes import html_attributes
from jss_layout.context import read
from jss_layout.headers import carries_analytics
from jss_layout.layout import Context as LayoutContext
from jss_layout.layout import Route
from jss_layout.sites import SiteDefinition, site_for_host
from jss_tracking.conf import conf
from jss_tracking.consent import choice
from jss_tracking.finders import classic_build
from jss_tracking.identification import FOLDER, SCRIPT, human_flag

register = template.Library()

NOTHING = SafeString("")
TRIGGERS = ("click", "submit", "visible", "scroll", "download", "outbound")
CONDITIONS = {"visible": ("percent", "seconds"), "scroll": ("percent",)}
KINDS = {"event": "eventId", "goal": "goalId", "outcome": "outcomeId", "campaign": "campaignId"}
EMITTED = "jss_tracking.tracker"


@register.simple_tag(takes_context=True)
def tracker(context: Context, classic: bool = False) -> SafeString:
    """``{% tracker %}``: the client, ``tracker.js``; the second on a page emits nothing.

    ``{% tracker classic=True %}`` is the build that is no ES module.
    """
    key = _api_key(context)
    # The lowest layer is one for the page's template, what it extends and what it includes.
    page = context.render_context.dicts[0]
    if not key or EMITTED in page:
        return NOTHING
    page[EMITTED] = "yes"
    if classic:
        kind, script = {"defer": ""}, classic_build(conf.TRACKER_SCRIPT)
    else:
        kind, script = {"type": "module"}, conf.TRACKER_SCRIPT
    values = {**kind, "src": static(script), **_page(context)}
    return SafeString(f"<script{html_attributes(values)}></script>")


@register.simple_tag(takes_context=True)
def track_event(context: Context, event_id: Any, **extra: Any) -> SafeString:
    """``{% track_event "Download" file="a.pdf" %}``: a page event when the page is shown."""
    return _element(context, "eventId", event_id, extra)


@register.simple_tag(takes_context=True)
def track_goal(context: Context, goal_id: Any, **extra: Any) -> SafeString:
    """``{% track_goal "Register" %}``: a goal when the page is shown."""
    return _element(context, "goalId", goal_id, extra)


@register.simple_tag(takes_context=True)
def track_outcome(context: Context, outcome_id: Any, **extra: Any) -> SafeString:
    """``{% track_outcome "Opportunity" monetary_value="12.5" currency_code="EUR" %}``."""
    return _element(context, "outcomeId", outcome_id, extra)


@register.simple_tag(takes_context=True)
def track_campaign(context: Context, campaign_id: Any, **extra: Any) -> SafeString:
    """``{% track_campaign "Newsletter" %}``: a campaign when the page is shown."""
    return _element(context, "campaignId", campaign_id, extra)


@register.simple_tag(takes_context=True)
def track_page_view(context: Context, page_id: Any, url: Any, **extra: Any) -> SafeString:
    """``{% track_page_view "{110D559F-…}" "/step-2" %}``: a page view besides the page's own."""
    return _element(context, "pageId", page_id, {"url": url, **extra})


@register.simple_tag(takes_context=True)
def track_on(context: Context, trigger: str, **values: Any) -> SafeString:
    """``<a {% track_on "click" goal="Register" %}>``: attributes; ``"submit"`` for a form.

    ``"visible"`` takes ``percent`` (50) and ``seconds`` (1), ``"scroll"`` ``percent`` (50) of
    the page's height. ``"download"`` and ``"outbound"`` are clicks on links to files and to
    other hosts, in the element or the element itself.

    Raises ``TemplateSyntaxError`` for another trigger, a condition that is no number, and
    unless there is exactly one of ``event``, ``goal``, ``outcome`` and ``campaign``.
    """
    kinds = KINDS.keys() & values.keys()
    if trigger not in TRIGGERS or len(kinds) != 1:
        raise TemplateSyntaxError(
            f"{{% track_on %}} takes one of {', '.join(TRIGGERS)} and then exactly one of "
            f"{', '.join(KINDS)}; it has {trigger!r} and {', '.join(sorted(values)) or 'nothing'}."
        )
    conditions = {
        f"data-jss-track-{name}": _number(name, values.pop(name))
        for name in CONDITIONS.get(trigger, ())
        if name in values
    }
    kind = kinds.pop()
    payload = _payload(KINDS[kind], values.pop(kind), values)
    if not payload or not _api_key(context):
        return NOTHING
    marks = {"data-jss-track-on": trigger, "data-jss-track": payload, **conditions}
    return SafeString(html_attributes(marks).lstrip())


@register.simple_tag(takes_context=True)
def visitor_identification(context: Context) -> SafeString:
    """``{% visitor_identification %}``, in the head: while it is unknown that a person visits.

    That is what the analytics cookie says which goes down with the page, or else the one
    that came. Where the layout has no timestamp there is nothing to identify.
    """
    request, layout_context = context.get("request"), context.get("context")
    if request is None or not isinstance(layout_context, LayoutContext):
        return NOTHING
    timestamp = layout_context.visitor_identification_timestamp
    if not timestamp or not _is_unidentified(request):
        return NOTHING
    script = reverse("jss_tracking:visitor_identification", args=[FOLDER + SCRIPT])
    return format_html(
        '<meta name="VIcurrentDateTime" content="{}">'
        '<meta name="VirtualFolder" content="{}">'
        "<script{} defer></script>",
        timestamp,
        script.removesuffix(FOLDER + SCRIPT),
        SafeString(html_attributes({"src": script, "nonce": _nonce(context)})),
    )


@register.inclusion_tag("jss_tracking/consent.html", takes_context=True)
def consent(context: Context) -> dict[str, Any]:
    """``{% consent %}``: a form by which the visitor agrees to be tracked, or takes it back."""
    request, site = context.get("request"), context.get("site")
    if request is None or not isinstance(site, SiteDefinition) or not site.enable_tracking:
        return {}
    return {
        "site": site,
        "language": context.get("language"),
        "chosen": choice(request, site),
        "is_explicit": conf.TRACKING_EXPLICIT_CONSENT,
        "action": reverse("jss_tracking:consent"),
        "page": request.get_full_path(),
    }


def _is_unidentified(request: HttpRequest) -> bool:
    cookies = getattr(request, "page_cookies", ())
    return (
        carries_analytics(request, site_for_host(request.get_host()))
        and human_flag(request.META.get("HTTP_COOKIE", ""), cookies) is not True
    )


def _page(context: Context) -> dict[str, Any]:
    """What the client needs to know of the page; None is left out."""
    route, request, site = context.get("route"), context.get("request"), context["site"]
    if isinstance(request, HttpRequest):
        may_be_tracked = carries_analytics(request, site)
    else:
        may_be_tracked = not conf.TRACKING_EXPLICIT_CONSENT
    return {
        "nonce": _nonce(context),
        "data-service-url": reverse("jss_tracking:track_event").removesuffix("/event"),
        "data-api-key": _api_key(context),
        "data-page-id": route.item_id if isinstance(route, Route) else "",
        "data-counted": context.get("counted"),
        "data-consent": "given" if may_be_tracked else "required",
    }


def _nonce(context: Context) -> Any:
    """Of the Content-Security-Policy, as Django 6 or django-csp gives it; None without one."""
    return context.get("csp_nonce", context.get("CSP_NONCE"))


def _number(name: str, value: Any) -> str:
    try:
        return f"{float(value):g}"
    except (TypeError, ValueError):
        raise TemplateSyntaxError(
            f"{{% track_on %}}: {name} must be a number, not {value!r}."
        ) from None


def _element(context: Context, key: str, value: Any, extra: dict[str, Any]) -> SafeString:
    """An element that shows nothing and may stand anywhere; ``tracker.js`` pushes it."""
    payload = _payload(key, value, extra)
    if not payload or not _api_key(context):
        return NOTHING
    return format_html('<template data-jss-track="{}"></template>', payload)


def _payload(key: str, value: Any, extra: dict[str, Any]) -> str:
    """The event as JSON; empty where the id is, as when a variable is missing."""
    if value is None or value == "":
        return ""
    names = {_camel(name): item for name, item in extra.items()}
    return json.dumps({key: str(value), **names}, cls=DjangoJSONEncoder, ensure_ascii=False)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def _api_key(context: Context) -> str:
    """The key for the pages of this site; ``""`` where nothing is to be emitted."""
    site = context.get("site")
    if not (conf.TRACKER_SERVICE_ENABLED and isinstance(site, SiteDefinition)):
        return ""
    return read(context, page_api_key, site) if site.enable_tracking else ""
