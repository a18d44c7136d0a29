"""The definitions that a Sitecore comes with, under Sitecore's own GUIDs.

Sitecore has no stock campaign; the sample one is for trying ``?sc_camp=`` out.
"""

from uuid import UUID

from django.db import migrations

# kind, alias, GUID of the item, points
STOCK_DEFINITIONS = (
    ("event", "Download", "fa72e131-3cfd-481c-8e15-04496e9586dc", 0),
    ("event", "Search", "0c179613-2073-41ab-992e-027d03d523bf", 0),
    ("event", "Error", "c8bf254a-9ccc-4e16-9009-82b7cd33e4be", 0),
    ("event", "Field Completed", "2ca692cb-bdb2-4c9d-a3b5-917b3656c46a", 0),
    ("event", "Field Error", "ea27aca5-432f-424a-b000-26ba5f8ae60a", 0),
    ("goal", "Register", "8ffb183b-da1a-4c74-8f3a-9729e9fcff6a", 25),
    ("goal", "Instant Demo", "28a7c944-b8b6-45ad-a635-6f72e8f81f69", 20),
    ("goal", "Newsletter Signup", "1779cc42-ef7a-4c58-bf19-fa85d30755c9", 10),
    ("goal", "Login", "66722f52-2d13-4dcc-90fc-ea7117cf2298", 5),
    ("goal", "Brochures Request", "968897f1-328a-489d-88e8-be78f4370958", 15),
    ("outcome", "Opportunity", "bf6b8ee3-9ffb-4c58-9cb4-301c1c710f89", 0),
    ("outcome", "Marketing Lead", "52054874-4767-47dc-8099-8c08bfa307aa", 0),
    ("outcome", "Sales Lead", "c2d9dfbc-e465-45fd-ba21-0a06ebe942d6", 0),
    ("outcome", "Contact Acquisition", "75d53206-47b3-4391-bd48-75c42e5fc2ce", 0),
    ("outcome", "Product Purchase", "9016e456-95cb-42e9-ad58-997d6d77ae83", 0),
    # Not Sitecore's: uuid5(NAMESPACE_DNS, "sample-campaign.django-jss")
    ("campaign", "Sample Campaign", "5e18f8f8-04d0-5620-b6d7-7f1cb39a3228", 0),
)


def add_stock_definitions(apps, schema_editor):
    Definition = apps.get_model("jss_tracking", "Definition")
    Definition.objects.using(schema_editor.connection.alias).bulk_create(
        [
            Definition(kind=kind, alias=alias, guid=UUID(guid), points=points)
            for kind, alias, guid, points in STOCK_DEFINITIONS
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("jss_tracking", "0001_initial")]

    operations = [migrations.RunPython(add_stock_definitions, migrations.RunPython.noop)]
