"""The overview: numbers of a period, as charts and tables."""
# ruff: noqa: ARG002  # the signatures are Django's

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jss_tracking.admin.read_only import ReadOnly
from jss_tracking.models import DailyFigure
from jss_tracking.profile.overview import TOP, Line, Overview, Period, overview

Kind = DailyFigure.Kind

USUAL_DAYS = 30
PERIODS = (7, USUAL_DAYS, 90, 365)
LONGEST = 731
"""Days of the longest period: two years, one of which may be a leap year."""

RANKINGS: tuple[tuple[Kind, Promise, Promise, Promise | str], ...] = (
    (Kind.CHANNEL, _("Channels"), _("Visits"), _("Value")),
    (Kind.CAMPAIGN, _("Campaigns"), _("Visits"), _("Value")),
    (Kind.GOAL, _("Goals reached"), _("Times"), _("Value")),
    (Kind.OUTCOME, _("Outcomes"), _("Times"), _("Worth")),
    (Kind.PAGE, _("Top pages"), _("Views"), ""),
    (Kind.ENTRY_PAGE, _("Entry pages"), _("Visits"), ""),
    (Kind.EXIT_PAGE, _("Exit pages"), _("Visits"), ""),
)


EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
"""Days that may be asked for: around the first and the last of a calendar there are none."""


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
    )


class PeriodForm(forms.Form):
    """The first and the last day of a period."""

    first = _day(_("From"))
    last = _day(_("To"))

    def clean(self) -> dict[str, Any]:
        """The days in their order, and not too many."""
        data: dict[str, Any] = super().clean() or {}
        if "first" in data and "last" in data:
            length = Period(data["first"], data["last"]).length
            if length < 1:
                raise forms.ValidationError(_("The period ends before it begins."))
            if length > LONGEST:
                raise forms.ValidationError(_("A period has at most two years."))
        return data


@dataclass(frozen=True, slots=True)
class Ranking:
    """A chart with its table: what is ranked, by what, and what else is told of each line."""

    id: str
    title: Promise
    counted: Promise
    amount: Promise | str
    lines: tuple[Line, ...]
    hidden: int

    @property
    def has_money(self) -> bool:
        """Whether the lines tell of money rather than of engagement value."""
        return self.id == Kind.OUTCOME


@admin.register(DailyFigure)
class OverviewAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # no subscript at run time
    """The numbers of a period, in the place of a list of daily figures."""

    def change_view(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """A figure has no page of its own: back to all of them."""
        return redirect("admin:jss_tracking_dailyfigure_changelist")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The overview of the period that is asked for, or of the latest 30 days."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        period, form = _asked(request)
        found = overview(period)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Overview"),
            "overview": found,
            "rankings": list(_rankings(found)),
            "periods": PERIODS,
            "form": form,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/jss_tracking/overview.html", context)


def _asked(request: HttpRequest) -> tuple[Period, PeriodForm]:
    """The period, by its length or by its days, and a form to change it."""
    if "first" in request.GET or "last" in request.GET:
        form = PeriodForm(request.GET)
        if form.is_valid():
            return Period(form.cleaned_data["first"], form.cleaned_data["last"]), form
        return Period.latest(USUAL_DAYS), form
    days = request.GET.get("days", "")
    chosen = int(days) if days in map(str, PERIODS) else USUAL_DAYS
    period = Period.latest(chosen)
    return period, PeriodForm({"first": period.first, "last": period.last})


def _rankings(found: Overview) -> Iterator[Ranking]:
    for kind, title, counted, amount in RANKINGS:
        lines = found.rankings[kind]
        yield Ranking(kind, title, counted, amount, lines[:TOP], max(len(lines) - TOP, 0))
