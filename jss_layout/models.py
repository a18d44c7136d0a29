"""What is kept in the admin: the sites of this host, and the keys that open its services."""

from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jss_layout.conf import conf
from jss_layout.hosts import bare_host, is_host_name, is_language, is_web_address, listed

SERVICES = ("layout", "dictionary", "tracking")


def validate_host_names(text: str) -> None:
    """Every entry is a host name or address; ``*`` stands for any text."""
    for entry in listed(text):
        if not is_host_name(entry):
            message = gettext(
                "“%(entry)s” is no host name. Write names such as www.example.com or "
                "*.example.com, one a line, without https:// and without a path."
            )
            raise ValidationError(message % {"entry": entry})


def validate_sitecore_host(text: str) -> None:
    """``http(s)://host[:port]`` and nothing behind it."""
    if not is_web_address(text):
        message = gettext(
            "“%(entry)s” is no address of a Sitecore. Write scheme and host, such as "
            "https://cd.example.com, without path or query."
        )
        raise ValidationError(message % {"entry": text})


def validate_cors_origins(text: str) -> None:
    """Every entry is an origin. ``*`` is none: browsers refuse it where cookies are sent."""
    for entry in listed(text):
        if not is_web_address(entry):
            message = gettext(
                "“%(entry)s” is no origin. Write scheme, host and, if need be, port, such as "
                "https://app.example.com, one a line; there is no wildcard, since browsers "
                "send cookies to none."
            )
            raise ValidationError(message % {"entry": entry})


def validate_languages(text: str) -> None:
    """Every entry is a language code."""
    for entry in listed(text):
        if not is_language(entry):
            message = gettext("“%(entry)s” is no language. Write codes such as en or da-DK.")
            raise ValidationError(message % {"entry": entry})


class Site(models.Model):
    """A site: the hosts that show it, and the Sitecore that it comes from."""

    name = models.CharField(
        _("name"), max_length=100, unique=True, help_text=_("As in Sitecore; goes up as sc_site.")
    )
    host_names = models.TextField(
        _("host names"),
        validators=[validate_host_names],
        help_text=_(
            "One a line; * stands for any text: *.example.com. A host without * comes before one "
            "with, a longer one before a shorter one; ports do not count."
        ),
    )
    sitecore_host = models.CharField(
        _("Sitecore host"),
        max_length=255,
        blank=True,
        validators=[validate_sitecore_host],
        help_text=_("Such as https://cd.example.com. Empty: the environment's SITECORE_API_HOST."),
    )
    api_key = models.UUIDField(
        _("Sitecore API key"),
        null=True,
        blank=True,
        help_text=_(
            "Goes up to the Sitecore host. Empty: the environment's SITECORE_API_KEY, if the host "
            "is the environment's too."
        ),
    )
    configuration = models.CharField(
        _("Layout Service configuration"),
        max_length=100,
        default="jss",
        validators=[RegexValidator(r"^[\w.-]+\Z", _("Letters, digits, “.”, “_” and “-” only."))],
    )
    languages = models.CharField(
        _("languages"),
        max_length=500,
        default="en",
        validators=[validate_languages],
        help_text="en, da-DK, …",
    )
    default_language = models.CharField(
        _("default language"), max_length=20, default="en", validators=[validate_languages]
    )
    enable_tracking = models.BooleanField(
        _("enable tracking"),
        default=True,
        help_text=_("Off: no analytics cookies pass, and nothing is counted."),
    )

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A host belongs to one site, and there is at least one."""
        hosts = {bare_host(entry) for entry in listed(self.host_names)}
        if not hosts:
            raise ValidationError({"host_names": gettext("Name at least one host.")})
        if own := hosts.intersection(map(bare_host, conf.SITECORE_SITE_HOST_NAMES)):
            message = gettext(
                "%(hosts)s is the environment's: SITECORE_SITE_HOST_NAMES names it."
            ) % {"hosts": ", ".join(sorted(own))}
            raise ValidationError({"host_names": message})
        for other in Site.objects.exclude(pk=self.pk):
            taken = hosts.intersection(map(bare_host, listed(other.host_names)))
            if taken:
                message = gettext("%(hosts)s belongs to the site %(site)s already.") % {
                    "hosts": ", ".join(sorted(taken)),
                    "site": other,
                }
                raise ValidationError({"host_names": message})


class ApiKey(models.Model):
    """A key that opens services of this host to callers; never sent to Sitecore."""

    name = models.CharField(
        _("name"), max_length=100, unique=True, help_text=_("Whose key this is.")
    )
    key = models.UUIDField(_("key"), default=uuid4, unique=True, help_text=_("Sent as sc_apikey."))
    enabled = models.BooleanField(_("enabled"), default=True)
    opens_layout = models.BooleanField(_("opens the Layout Service"), default=False)
    opens_dictionary = models.BooleanField(_("opens the dictionary"), default=False)
    opens_tracking = models.BooleanField(_("opens the tracker"), default=False)
    sites = models.ManyToManyField(
        Site,
        blank=True,
        related_name="api_keys",
        verbose_name=_("sites"),
        help_text=_("None chosen: every site."),
    )
    cors_origins = models.TextField(
        _("CORS origins"),
        blank=True,
        validators=[validate_cors_origins],
        help_text=_(
            "Sites of other hosts whose pages may call, one a line, such as "
            "https://app.example.com. A site's own pages and callers that are no browser need none."
        ),
    )
    last_used = models.DateTimeField(
        _("last used"), null=True, editable=False, help_text=_("To the hour.")
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A key that opens nothing is a mistake; one to be kept for later is disabled."""
        if not self.services():
            raise ValidationError(gettext("Choose at least one service that the key opens."))

    def services(self) -> tuple[str, ...]:
        """Names of the services that the key opens."""
        return tuple(name for name in SERVICES if getattr(self, f"opens_{name}"))

    def rotate(self) -> None:
        """Give it a new key; the old one opens nothing from now on."""
        self.key = uuid4()
        self.save(update_fields=["key"])

    def enable(self, enabled: bool) -> None:
        """Let it open its services, or no longer."""
        self.enabled = enabled
        self.save(update_fields=["enabled"])
