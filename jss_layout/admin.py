"""Sites and API keys in Django's admin."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jss_layout.hosts import listed
from jss_layout.models import ApiKey, Site


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # no subscript at run time
    """The sites of this host."""

    list_display = ["name", "hosts", "sitecore_host", "languages", "enable_tracking"]
    list_filter = ["enable_tracking"]
    search_fields = ["name", "host_names", "sitecore_host"]

    @admin.display(description=_("hosts"))
    def hosts(self, site: Site) -> str:
        """The host names, on one line."""
        return ", ".join(listed(site.host_names))


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # no subscript at run time
    """The keys that open this host's services. A key is entered once, then only rotated."""

    list_display = ["name", "key", "enabled", "opens", "for_sites", "last_used"]
    list_filter = ["enabled", "opens_layout", "opens_dictionary", "opens_tracking", "sites"]
    search_fields = ["name", "key", "cors_origins"]
    filter_horizontal = ["sites"]
    actions = ["rotate", "enable", "disable"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        """With the sites, which the list shows."""
        return super().get_queryset(request).prefetch_related("sites")

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        obj: ApiKey | None = None,
    ) -> list[str]:
        """A new key may be given; one that exists changes by “Rotate”."""
        return ["key", "last_used"] if obj else ["last_used"]

    @admin.display(description=_("opens"))
    def opens(self, key: ApiKey) -> str:
        """The services, by name."""
        return ", ".join(key.services())

    @admin.display(description=_("sites"))
    def for_sites(self, key: ApiKey) -> str:
        """The sites, by name."""
        return ", ".join(map(str, key.sites.all())) or gettext("every site")

    @admin.action(description=_("Rotate: new keys, the old ones end"), permissions=["change"])
    def rotate(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        """Each gets a new key at once."""
        for key in keys:
            key.rotate()
            self.log_change(request, key, "Rotated.")
            message = gettext("%(name)s has the new key %(key)s; the old one has ended.")
            self.message_user(request, message % {"name": key, "key": key.key})

    @admin.action(description=_("Enable"), permissions=["change"])
    def enable(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        """They open their services."""
        self._enable(request, keys, enabled=True)

    @admin.action(description=_("Disable"), permissions=["change"])
    def disable(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        """They open nothing."""
        self._enable(request, keys, enabled=False)

    def _enable(self, request: HttpRequest, keys: QuerySet[ApiKey], enabled: bool) -> None:
        logged = "Enabled." if enabled else "Disabled."
        message = gettext("%(name)s is enabled.") if enabled else gettext("%(name)s is disabled.")
        for key in keys:
            key.enable(enabled)
            self.log_change(request, key, logged)
            self.message_user(request, message % {"name": key})
