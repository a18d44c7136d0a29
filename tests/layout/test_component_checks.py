import re
import sys
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.test import override_settings

from jss_layout.components import ComponentRegistry
from tests.layout.pages import templates


def problems(identity: str) -> list[CheckMessage]:
    return [problem for problem in run_checks() if problem.id == f"jss_layout.{identity}"]


def test_a_depth_that_pythons_stack_does_not_hold_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with override_settings(JSS_MAX_DEPTH=34):
        [problem] = problems("W004")
        monkeypatch.setattr(sys, "getrecursionlimit", lambda: 1020)
        assert problems("W004") == []
    assert problem.msg == (
        "JSS_MAX_DEPTH is 34; Python's stack may end before, since 1000 frames hold some 33 "
        "components in one another."
    )
    assert "Set it to 33 or less" in str(problem.hint)


@pytest.mark.parametrize("depth", [30, 33, "deep", None])
def test_a_depth_that_pythons_stack_holds_is_in_order(depth: Any) -> None:
    with override_settings(JSS_MAX_DEPTH=depth):
        assert problems("W004") == []


@pytest.mark.parametrize("policy", [{"nonsense": 1}, {"tags": 3}, {"url_relative": "x"}])
def test_a_policy_that_nh3_does_not_understand_is_found(policy: Any) -> None:
    with override_settings(JSS_RICH_TEXT_POLICY=policy):
        [problem] = problems("E016")
    assert "JSS_RICH_TEXT_POLICY can't be used" in problem.msg
    assert "nh3.Cleaner" in str(problem.hint)


@pytest.mark.parametrize("policy", [None, {}, {"tags": {"p"}}])
def test_a_policy_of_nh3_is_in_order(policy: Any) -> None:
    with override_settings(JSS_RICH_TEXT_POLICY=policy):
        assert problems("E016") == []


def test_a_registered_template_that_does_not_load_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry = ComponentRegistry()
    monkeypatch.setattr("jss_layout.component_checks.registry", registry)
    registry.register("Fine", template="fine.html")
    registry.register("Lost", template="lost.html")
    registry.register(re.compile("Odd.*"), template="odd.html")
    registry.register_default("any.html")
    with templates({"fine.html": "", "odd.html": "{% nonsense %}"}):
        lost, odd, default = problems("E017")
    assert lost.msg.startswith("The component 'Lost' is registered with the template 'lost.html'")
    assert "nonsense" in odd.msg
    assert "The component '*'" in default.msg
    assert "jss_components.py" in str(default.hint)


def test_the_apps_of_the_sample_site_register_what_there_is() -> None:
    assert problems("E017") == []
