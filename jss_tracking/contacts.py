"""Who a visitor is known as, and how what is kept of two contacts becomes that of one.

The rules are those of Sitecore's ``IdentifyAs``: an anonymous contact is merged into a known
one; two known contacts are never merged.
"""

from jss_tracking.models import Contact, ContactIdentifier
from jss_tracking.sessions import Session
from jss_tracking.values import invalid

Kind = ContactIdentifier.Kind


def identify(session: Session, source: str, identifier: str) -> Contact:
    """The contact that the source calls so; it is another person if not the session's own.

    Nothing is saved before the session is. Raises ``TrackingError`` for an empty name.
    """
    if not (source and identifier):
        raise invalid("A contact is identified by a source and an identifier; one is empty.")
    current = session.device.contact
    owner = _owner(session, source, identifier)
    if owner is None:
        owner = Contact() if _is_called_by(session, source) else current
        name = {"source": source, "identifier": identifier, "kind": Kind.KNOWN}
        session.identifiers += (ContactIdentifier(contact=owner, **name),)
    elif owner != current and not _is_known(session):
        session.become(owner)
    return owner if owner != current else session.device.contact


def _owner(session: Session, source: str, identifier: str) -> Contact | None:
    for name in session.identifiers:
        if (name.source, name.identifier) == (source, identifier):
            return name.contact
    names = ContactIdentifier.objects.select_related("contact")
    found = names.filter(source=source, identifier=identifier).first()
    return found.contact if found else None


def _is_called_by(session: Session, source: str) -> bool:
    """Whether the source has another name for the session's contact already."""
    current = session.device.contact
    return any(
        name.contact == current and name.source == source for name in session.identifiers
    ) or (current.identifiers.filter(source=source, kind=Kind.KNOWN).exists())


def _is_known(session: Session) -> bool:
    current = session.device.contact
    return current.is_known or any(name.contact == current for name in session.identifiers)
