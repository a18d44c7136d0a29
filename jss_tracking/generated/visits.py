"""One visit: how it came about, the pages that were read, and what was reached on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from jss_tracking.generated import shop
from jss_tracking.generated.chances import draw_guid
from jss_tracking.models import Contact, Definition, Device, Interaction, TrackedEvent

Kind = TrackedEvent.Kind
Definitions = Mapping[tuple[str, str], Definition]

PAGE_VIEW_SHARE = 0.76
FLUSHED_SHARE = 0.03
LONGEST_STAY = 900.0
"""Seconds that a page is looked at, at most."""


@dataclass
class Visit:
    """An interaction as it grows, and its events."""

    interaction: Interaction
    events: list[TrackedEvent] = field(default_factory=list)

    @property
    def reached(self) -> set[str]:
        """Aliases of all that happened in it."""
        return {event.definition.alias for event in self.events if event.definition}

    def add(self, chance: Random, kind: str, at: datetime, **values: Any) -> None:
        """The next event, on the page that is being looked at."""
        interaction = self.interaction
        page = interaction.current_page
        event = TrackedEvent(
            id=draw_guid(chance),
            interaction=interaction,
            sequence=len(self.events),
            kind=kind,
            timestamp=at,
            page=None if kind == Kind.PAGE_VIEW else page,
            **values,
        )
        self.events.append(event)
        interaction.next_sequence = len(self.events)
        interaction.last_activity = at
        interaction.engagement_value += event.engagement_value
        if kind == Kind.PAGE_VIEW:
            self.leave_page(at)
            interaction.current_page = event

    def leave_page(self, at: datetime) -> None:
        """The page's view ends."""
        page = self.interaction.current_page
        if page is not None:
            page.duration = at - page.timestamp


class Visiting:
    """Makes visits of a site, up to a moment; what is younger than a session goes on."""

    def __init__(
        self, chance: Random, site: str, definitions: Definitions, until: datetime, timeout: int
    ) -> None:
        self._chance, self._site, self._definitions = chance, site, definitions
        self._until, self._alive_since = until, until - timedelta(seconds=timeout)

    def visit(self, contact: Contact, device: Device, began: datetime, size: int) -> Visit:
        """A visit of that many events, earlier if it would last until after now."""
        chance = self._chance
        stays = [min(chance.lognormvariate(3.3, 1.0), LONGEST_STAY) for _ in range(size - 1)]
        over = self._until - timedelta(seconds=sum(stays) + chance.random() * LONGEST_STAY)
        began = min(began, over)
        visit = Visit(
            Interaction(
                id=draw_guid(chance),
                contact=contact,
                device=device,
                site=self._site,
                session_id="".join(chance.choices("abcdefghijklmnopqrstuvwxyz012345", k=24)),
                started=began,
                last_activity=began,
                language=shop.LANGUAGES.draw(chance),
                user_agent=shop.USER_AGENTS.draw(chance),
                address=f"192.0.2.{chance.randrange(0, 256, 16)}",
            )
        )
        self._arrive(visit, began)
        for stay in stays:
            self._go_on(visit, visit.interaction.last_activity + timedelta(seconds=stay))
        self._leave(visit)
        return visit

    def _arrive(self, visit: Visit, at: datetime) -> None:
        """By a campaign, from another site, or straight; on the first page."""
        chance, interaction = self._chance, visit.interaction
        self._look_at(visit, shop.PAGES.draw(chance), at)
        way = chance.random()
        if way < shop.CAMPAIGN_SHARE:
            alias, interaction.channel = shop.CAMPAIGNS.draw(chance)
            interaction.campaign = self._definitions[Kind.CAMPAIGN, alias]
        elif way < shop.CAMPAIGN_SHARE + shop.REFERRAL_SHARE:
            interaction.referrer = shop.REFERRERS.draw(chance)
            interaction.channel = "Referral"
        else:
            interaction.channel = "Direct"

    def _go_on(self, visit: Visit, at: datetime) -> None:
        triggered = visit.interaction.campaign if len(visit.events) == 1 else None
        if triggered:
            visit.add(self._chance, Kind.CAMPAIGN, visit.interaction.started, definition=triggered)
        elif self._chance.random() < PAGE_VIEW_SHARE:
            self._look_at(visit, shop.PAGES.draw(self._chance), at)
        else:
            self._reach(visit, *shop.HAPPENINGS.draw(self._chance), at)

    def _look_at(self, visit: Visit, path: str, at: datetime) -> None:
        visit.add(self._chance, Kind.PAGE_VIEW, at, url=path, item_id=shop.ITEMS[path])

    def _reach(self, visit: Visit, kind: str, alias: str, at: datetime) -> None:
        definition = self._definitions[kind, alias]
        values: dict[str, Any] = {}
        if alias == "Search":
            values["data"] = {"text": shop.SEARCHES.draw(self._chance)}
        if alias in shop.WORTH:
            amount = self._chance.lognormvariate(*shop.WORTH[alias])
            values["monetary_value"] = Decimal(round(amount, 2)).quantize(Decimal("0.0001"))
            values["currency_code"] = shop.CURRENCIES.draw(self._chance)
        values["engagement_value"] = definition.points
        visit.add(self._chance, kind, at, definition=definition, **values)

    def _leave(self, visit: Visit) -> None:
        interaction = visit.interaction
        if interaction.last_activity > self._alive_since:
            return
        flushed = self._chance.random() < FLUSHED_SHARE
        reasons = Interaction.EndReason
        interaction.end_reason = reasons.FLUSHED if flushed else reasons.EXPIRED
        interaction.ended = interaction.last_activity
        visit.leave_page(interaction.last_activity)
