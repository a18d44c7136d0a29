"""What is wrong with how events are delivered to Sitecore, for ``manage.py check``."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as CheckWarning
from django.utils.module_loading import import_string

from jss_tracking.conf import conf

WAYS = ("thread", "celery", "command")


@register
def check_delivery(**_: Any) -> Sequence[CheckMessage]:
    """E020: somebody delivers. With Celery, what that needs."""
    if conf.EVENT_DELIVERY == "celery":
        return list(_check_celery())
    if conf.EVENT_DELIVERY in WAYS:
        return []
    hint = f"Set it to one of {', '.join(WAYS)}."
    return [Error(f"EVENT_DELIVERY is {conf.EVENT_DELIVERY!r}.", hint, id="jss_tracking.E020")]


def _check_celery() -> Iterator[CheckMessage]:
    """E021 and W020: there is a Celery app, and it has a broker."""
    try:
        broker = import_string(conf.CELERY_APP).conf.broker_url
    except (ImportError, AttributeError) as error:
        yield Error(
            f"EVENT_DELIVERY is “celery”, and CELERY_APP is {conf.CELERY_APP!r}: {error}",
            "Install the extra (pip install 'django-jss[celery]'), and set CELERY_APP to the "
            "dotted path of a Celery app, such as jss_site.celery.app.",
            id="jss_tracking.E021",
        )
        return
    if not broker:
        yield CheckWarning(
            "EVENT_DELIVERY is “celery”, and Celery has no broker.",
            "Set CELERY_BROKER_URL, such as amqp://user:password@host:5672.",
            id="jss_tracking.W020",
        )
