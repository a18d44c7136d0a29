"""The site's Celery, for ``EVENT_DELIVERY=celery``; see ``docs/delivery.md``."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jss_site.settings")

app = Celery("jss_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
