import re
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.template import TemplateSyntaxError

from jss_layout.components import ComponentRegistry, template_names
from jss_layout.layout import Rendering
from tests.layout.pages import templates


@pytest.fixture
def registry() -> ComponentRegistry:
    return ComponentRegistry()


def data(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
    return {}


def other(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
    return {}


def found(registry: ComponentRegistry, name: str, variant: str = "") -> str | None:
    template = registry.resolve(name, variant).template
    return template.name if template else None


@pytest.mark.parametrize(
    ("name", "variant", "names"),
    [
        ("ContentBlock", "", ["ContentBlock", "content_block"]),
        ("ContentBlock", "Wide", ["ContentBlock/Wide", "ContentBlock", "content_block"]),
        ("SXAHeader2Big", "", ["SXAHeader2Big", "sxa_header2_big"]),
        ("Rich Text-Box", "", ["Rich Text-Box", "rich_text_box"]),
        ("promotion", "", ["promotion"]),
        ("Promo (Wide)", "", ["Promo (Wide)", "promo_wide"]),
        ("Q&A, Don't + Do", "A+B", ["Q&A, Don't + Do/A+B", "Q&A, Don't + Do", "q_a_don_t_do"]),
        ("_Base", "", ["_Base", "_base"]),
        ("(+)", "", ["(+)"]),
        ("Hero", "../x", ["Hero", "hero"]),
    ],
)
def test_a_name_leads_to_templates_best_first(name: str, variant: str, names: list[str]) -> None:
    assert template_names(name, variant) == tuple(f"components/{name}.html" for name in names)


@pytest.mark.parametrize(
    "name", ["", "../page", "a/b", "a\\b", ".hidden", "..", "a\x00", "a\nb", "{{x}}", "x" * 101]
)
def test_a_name_that_is_no_file_name_leads_to_no_template(name: str) -> None:
    assert template_names(name) == ()


def test_a_variant_shows_by_its_own_template_and_an_unknown_one_by_the_default(
    registry: ComponentRegistry,
) -> None:
    with templates({"components/Promotion.html": "", "components/Promotion/Wide.html": ""}):
        assert found(registry, "Promotion", "Wide") == "components/Promotion/Wide.html"
        assert found(registry, "Promotion", "Unknown") == "components/Promotion.html"
        assert found(registry, "Promotion") == "components/Promotion.html"


def test_a_snake_case_template_serves_after_the_exact_name(registry: ComponentRegistry) -> None:
    with templates({"components/big_promotion.html": ""}):
        assert found(registry, "BigPromotion") == "components/big_promotion.html"


def test_a_registered_name_comes_first_in_any_case(registry: ComponentRegistry) -> None:
    registry.register("PROMOTION", template="shop/promotion.html")
    with templates({"components/Promotion.html": "", "shop/promotion.html": ""}):
        assert found(registry, "Promotion") == "shop/promotion.html"


@pytest.mark.parametrize("name", ["BigPromotion", "bigpromotion", "BIGPROMOTION"])
@pytest.mark.parametrize(
    ("template", "variant"),
    [("BigPromotion", ""), ("BigPromotion/Wide", "Wide"), ("big_promotion", "")],
)
def test_a_function_goes_with_the_template_of_its_name_in_any_case(
    registry: ComponentRegistry, template: str, variant: str, name: str
) -> None:
    assert registry.register("BigPromotion")(data) is data
    with templates({f"components/{template}.html": ""}):
        component = registry.resolve(name, variant)
    assert component.data.function is data
    assert component.template is not None


def test_the_template_of_the_name_as_sitecore_writes_it_comes_first(
    registry: ComponentRegistry,
) -> None:
    registry.register("PROMOTION")(data)
    with templates({"components/Promotion.html": "", "components/PROMOTION.html": ""}):
        assert found(registry, "Promotion") == "components/Promotion.html"


def test_a_function_may_bring_its_template(registry: ComponentRegistry) -> None:
    registry.register("Promotion", template="shop/promotion.html")(data)
    with templates({"shop/promotion.html": ""}):
        component = registry.resolve("Promotion")
    assert component.data.function is data
    assert component.template is not None


def test_the_first_pattern_that_matches_the_whole_name_wins(registry: ComponentRegistry) -> None:
    registry.register(re.compile("Pro"), template="a.html")
    registry.register(re.compile("Promotion.*"), template="b.html")(data)
    registry.register(re.compile("P.*"), template="c.html")
    with templates({"a.html": "", "b.html": "", "c.html": ""}):
        assert found(registry, "PromotionBig") == "b.html"
        assert registry.resolve("PromotionBig").data.function is data
        assert found(registry, "Pr") == "c.html"


def test_a_template_by_name_comes_before_a_pattern(registry: ComponentRegistry) -> None:
    registry.register(re.compile(".*"), template="a.html")
    with templates({"a.html": "", "components/Promotion.html": ""}):
        assert found(registry, "Promotion") == "components/Promotion.html"


def test_the_default_serves_only_where_nothing_else_does(registry: ComponentRegistry) -> None:
    registry.register_default("default.html")
    registry.register(re.compile("P.*"), template="a.html")
    with templates({"a.html": "", "default.html": ""}):
        assert found(registry, "Promotion") == "a.html"
        assert found(registry, "Other") == "default.html"
        assert found(registry, "../x") == "default.html"


def test_an_unknown_component_names_the_templates_tried(registry: ComponentRegistry) -> None:
    registry.register_default("default.html")
    with templates({}):
        component = registry.resolve("Promotion")
    assert component.template is None
    assert component.tried == (
        "components/Promotion.html",
        "components/promotion.html",
        "default.html",
    )


def test_a_second_owner_is_refused_by_name(registry: ComponentRegistry) -> None:
    registry.register("Promotion")(data)
    with pytest.raises(ImproperlyConfigured, match=r"'promotion'.*test_components\.data.*other"):
        registry.register("promotion")(other)
    with pytest.raises(ImproperlyConfigured, match=r"x\.html"):
        registry.register("promotion", template="x.html")(other)


def test_a_second_owner_wins_where_it_says_so(registry: ComponentRegistry) -> None:
    registry.register("Promotion")(data)
    registry.register("Promotion", override=True)(other)
    assert registry.registered()["promotion"].function is other


def test_an_owner_that_overrides_wins_though_it_comes_first(registry: ComponentRegistry) -> None:
    registry.register("Promotion", template="a.html", override=True)(data)
    registry.register("promotion", template="b.html")(other)
    registry.register("Promotion")(other)
    assert registry.registered()["promotion"].template == "a.html"
    assert registry.registered()["promotion"].function is data


def test_a_pattern_given_twice_stays_where_and_what_it_was(registry: ComponentRegistry) -> None:
    registry.register(re.compile("P.*"), template="a.html")
    registry.register(re.compile(".*"), template="b.html")
    registry.register(re.compile("P.*"), template="c.html")(data)
    with templates({"a.html": "", "b.html": "", "c.html": ""}):
        assert found(registry, "Promotion") == "a.html"
    assert [str(one) for one in registry.fallbacks().values()] == ["a.html", "b.html"]


def test_a_second_default_is_refused_unless_one_overrides(registry: ComponentRegistry) -> None:
    registry.register_default("a.html")
    with pytest.raises(ImproperlyConfigured, match=r"default template.*a\.html.*b\.html"):
        registry.register_default("b.html")
    registry.register_default("c.html", override=True)
    registry.register_default("d.html")
    assert str(registry.fallbacks()["*"]) == "c.html"


def test_a_pattern_needs_a_template(registry: ComponentRegistry) -> None:
    with pytest.raises(ImproperlyConfigured, match="needs a template"):
        registry.register(re.compile("Promotion.*"))(data)


def test_a_template_is_resolved_once(registry: ComponentRegistry) -> None:
    with templates({"components/Promotion.html": ""}):
        assert registry.resolve("Promotion") is registry.resolve("Promotion")


def test_in_debug_a_template_is_resolved_each_time(registry: ComponentRegistry) -> None:
    with templates({"components/Promotion.html": ""}, DEBUG=True):
        assert registry.resolve("Promotion") is not registry.resolve("Promotion")


def test_a_component_knows_whether_its_template_uses_the_request(
    registry: ComponentRegistry,
) -> None:
    files = {
        "components/A.html": "{% uses_request %}",
        "components/B.html": "text",
        "components/C.html": "{% extends 'base.html' %}{% uses_request %}",
    }
    with templates(files):
        assert registry.resolve("A").uses_request
        assert not registry.resolve("B").uses_request
        assert registry.resolve("C").uses_request


def test_a_template_with_a_mistake_is_no_missing_template(registry: ComponentRegistry) -> None:
    with templates({"components/A.html": "{% nonsense %}"}), pytest.raises(TemplateSyntaxError):
        registry.resolve("A")
