"""What is wrong with the components that apps register, and how they are rendered (``check``)."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as CheckWarning
from django.template import Engine, TemplateDoesNotExist, TemplateSyntaxError

from jss_layout.components import registry
from jss_layout.conf import conf
from jss_layout.fields.cleaning import cleaner

# Of Python's stack, for one component within blocks, loops and an include.
FRAMES_A_COMPONENT = 30


@register
def check_depth(**_: Any) -> Iterator[CheckMessage]:
    """``JSS_MAX_DEPTH`` is a depth that Python's stack holds."""
    depth = sys.getrecursionlimit() // FRAMES_A_COMPONENT
    # What is no number is another check's to tell.
    with suppress(TypeError, ValueError):
        if depth < conf.JSS_MAX_DEPTH:
            yield CheckWarning(
                f"JSS_MAX_DEPTH is {conf.JSS_MAX_DEPTH}; Python's stack may end before, since "
                f"{sys.getrecursionlimit()} frames hold some {depth} components in one another.",
                hint=f"Set it to {depth} or less, or raise sys.setrecursionlimit in the settings.",
                id="jss_layout.W004",
            )


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
                f"The component {registration.name or name!r} is registered with the template "
                f"{registration.template!r}, which can't be loaded: {error!r}",
                hint="Write the template, or change the name in the app's jss_components.py.",
                id="jss_layout.E017",
            )
