# What waits to be handed on to Sitecore, and who is handing it on.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("jss_tracking", "0005_experience_profile"),
    ]

    operations = [
        migrations.CreateModel(
            name="SessionLease",
            fields=[
                ("session", models.CharField(max_length=43, primary_key=True, serialize=False)),
                ("owner", models.UUIDField()),
                ("expires", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="QueuedBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("site", models.CharField(max_length=100, verbose_name="site")),
                ("host", models.CharField(max_length=300, verbose_name="host")),
                ("session", models.CharField(blank=True, max_length=43)),
                ("device", models.CharField(blank=True, max_length=43)),
                ("query", models.TextField(blank=True)),
                ("headers", models.JSONField(default=dict)),
                ("payload", models.BinaryField()),
                ("events", models.PositiveIntegerField(verbose_name="events")),
                ("created", models.DateTimeField(verbose_name="arrived")),
                ("state", models.CharField(choices=[("waiting", "waiting"), ("sending", "being sent"), ("set_aside", "set aside")], max_length=16, verbose_name="state")),
                ("tries", models.PositiveIntegerField(default=0, verbose_name="tries")),
                ("due", models.DateTimeField(verbose_name="due")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
            ],
            options={
                "verbose_name": "queued batch",
                "verbose_name_plural": "queued batches",
                "ordering": ["id"],
                "indexes": [models.Index(fields=["state", "due"], name="jss_tracking_batch_due"), models.Index(fields=["session", "id"], name="jss_tracking_batch_session"), models.Index(fields=["device"], name="jss_tracking_batch_device")],
            },
        ),
    ]
