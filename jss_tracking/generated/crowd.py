"""All who visit: who they are, how often they come, and what each of their visits is."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from jss_tracking.generated import shop
from jss_tracking.generated.calendar import Calendar
from jss_tracking.generated.chances import draw_guid
from jss_tracking.generated.visits import Visit, Visiting
from jss_tracking.models import Contact, ContactIdentifier, Device

EVENTS_OF_VISIT = 4
"""In the mean."""

FAITHFULNESS, MOST_FAITHFUL = 1.2, 60.0
"""How often people come again: exponent of a Pareto distribution, and where it is cut off."""

SECOND_DEVICE_SHARE = 0.15
SAYS_NAME_SHARE = 0.5
"""Of those who reach what asks for a name, as part of all of them."""


@dataclass
class Person:
    """A contact with all that is kept of it."""

    contact: Contact
    devices: list[Device]
    identifiers: list[ContactIdentifier] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)


def crowd(
    chance: Random, contacts: int, events: int, calendar: Calendar, visiting: Visiting
) -> Iterator[Person]:
    """So many people, with so many events altogether; there must be one for each of them."""
    sizes = iter(_sizes(chance, max(contacts, events // EVENTS_OF_VISIT), events))
    faith = [min(chance.paretovariate(FAITHFULNESS), MOST_FAITHFUL) for _ in range(contacts)]
    again = max(events // EVENTS_OF_VISIT - contacts, 0)
    returns = Counter(chance.choices(range(contacts), weights=faith, k=again))
    for number in range(contacts):
        moments = calendar.visits(1 + returns[number])
        person = _person(chance, moments)
        for began, size in zip(moments, sizes, strict=False):
            device = chance.choice(person.devices)
            person.visits.append(visiting.visit(person.contact, device, began, size))
        person.contact.last_seen = max(visit.interaction.started for visit in person.visits)
        _say_name(chance, person, number)
        yield person


def _sizes(chance: Random, visits: int, events: int) -> list[int]:
    """How many events each visit has: few mostly, and all of them together ``events``."""
    sizes = [1 + int(chance.expovariate(1 / (EVENTS_OF_VISIT - 0.5))) for _ in range(visits)]
    missing = events - sum(sizes)
    step = 1 if missing > 0 else -1
    while missing:
        number = chance.randrange(visits)
        if sizes[number] + step > 0:
            sizes[number] += step
            missing -= step
    return sizes


def _person(chance: Random, moments: Sequence[datetime]) -> Person:
    contact = Contact(id=draw_guid(chance), created=moments[0], last_seen=moments[-1])
    count = 2 if len(moments) > 1 and chance.random() < SECOND_DEVICE_SHARE else 1
    devices = [
        Device(id=draw_guid(chance).hex, contact=contact, created=moments[0], is_human=True)
        for _ in range(count)
    ]
    return Person(contact, devices)


def _say_name(chance: Random, person: Person, number: int) -> None:
    """Some of those who reached what one says a name for are known from then on."""
    reached = {alias for visit in person.visits for alias in visit.reached}
    if not reached & shop.IDENTIFYING or chance.random() > SAYS_NAME_SHARE:
        return
    person.contact.is_known = True
    name = f"{chance.choice(shop.FIRST_NAMES)}.{chance.choice(shop.LAST_NAMES)}".lower()
    person.identifiers.append(
        ContactIdentifier(
            contact=person.contact,
            source=shop.SOURCES.draw(chance),
            identifier=f"{name}.{number}@example.com",
            kind=ContactIdentifier.Kind.KNOWN,
        )
    )
