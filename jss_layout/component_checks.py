"""What is wrong with the components that apps register (``manage.py check``)."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.template import Engine, TemplateDoesNotExist, TemplateSyntaxError

from jss_layout.components import registry
from jss_layout.fields.cleaning import cleaner


@register
def check_rich_text_policy(**_: Any) -> Iterator[CheckMessage]:
    """``JSS_RICH_TEXT_POLICY`` is one that nh3 understands."""
    try:
        cleaner()
    except (TypeError, ValueError) as error:
        yield Error(
            f"JSS_RICH_TEXT_POLICY can't be used: {error}",
            hint="Set it to a dict of options of nh3.Cleaner, such as "
            '{"tags": {"p", "a"}}, to {} for those of nh3, or leave it unset.',
            id="jss_layout.E016",
        )


@register
def check_component_templates(**_: Any) -> Iterator[CheckMessage]:
    """A template that an app registers for a component exists and has no mistake."""
    for name, registration in (registry.registered() | registry.fallbacks()).items():
        if registration.template is None:
            continue
        try:
            Engine.get_default().get_template(registration.template)
        except (TemplateDoesNotExist, TemplateSyntaxError) as error:
            yield Error(
                f"The component {name!r} is registered with the template "
                f"{registration.template!r}, which can't be loaded: {error!r}",
                hint="Write the template, or change the name in the app's jss_components.py.",
                id="jss_layout.E017",
            )
