"""Devices that were somebody else's before they became a contact's."""

from collections.abc import Sequence
from typing import Any

from jss_tracking.cookies import new_device_id
from jss_tracking.models import Device, Interaction


def leave_visits_of_others(contacts: Sequence[Any]) -> None:
    """Let visits of others at the contacts' devices stay when those go: each has a device anew.

    Works within a transaction only; the devices' visitors wait until it ends. The old id
    stays nobody's: the browser has it still, and would speak for the one who has left it.
    """
    locked = Device.objects.select_for_update(no_key=True).filter(contact__in=contacts)
    devices = {device.pk: device for device in locked.order_by("pk")}
    visits = Interaction.objects.filter(device__in=devices).exclude(contact__in=contacts)
    for device, contact in visits.order_by().values_list("device", "contact").distinct():
        new = _like(devices[device], contact)
        visits.filter(device=device, contact=contact).update(device=new)


def _like(device: Device, contact: Any) -> Device:
    return Device.objects.create(
        id=new_device_id(),
        contact_id=contact,
        created=device.created,
        is_human=device.is_human,
    )
