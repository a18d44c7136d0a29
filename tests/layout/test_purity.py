"""Which templates are pure."""

import pytest
from django.core.files.storage import Storage
from django.template import Engine, Library, Node, Template
from django.utils.module_loading import import_string
from pytest_django import Settings

from jss_layout.purity import LOCALE_TAGS, NOT_PURE, PURE, impurity, keeps_locale

TAGS = "tests.layout.memo_tags"

TEMPLATES = {
    "fields.html": (
        "{% load static i18n l10n tz jss_sxa %}{% static 'a.css' %}{% translate 'x' %}"
        "{% for it in fields.items|linked_items %}{% cycle 'a' 'b' %}{{ it.x|default:'y' }}"
        "{% empty %}{% firstof it.a it.b %}{% endfor %}"
        "{% with a=1 %}{% url 'healthz' %}{% endwith %}"
        "{% if a|length > 2 and not b %}{% ifchanged %}x{% endifchanged %}{% endif %}"
        "{% text fields.a tag='p' %}{% linkblock fields.b %}x{% endlinkblock %}"
        "{% placeholderblock 'x' as c %}{{ c }}"
        "{% empty %}{{ when|date:'Y' }}{% endplaceholderblock %}"
        "{% sxa_attributes params 'x' %}{% spaceless %}"
        "{% filter upper %}x{% endfilter %}{% endspaceless %}"
    ),
    "base.html": "{% block a %}{% endblock %}",
    "child.html": "{% extends 'base.html' %}{% block a %}"
    "{% include 'fields.html' with a=1 only %}{% endblock %}",
    "itself.html": "{% if items %}{% include 'itself.html' %}{% endif %}",
    "now.html": "{% now 'Y' %}",
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(
        loaders=[("django.template.loaders.locmem.Loader", TEMPLATES)],
        builtins=["jss_layout.templatetags.jss", TAGS],
        libraries={
            "static": "django.templatetags.static",
            "i18n": "django.templatetags.i18n",
            "l10n": "django.templatetags.l10n",
            "tz": "django.templatetags.tz",
            "cache": "django.templatetags.cache",
            "humanize": "django.contrib.humanize.templatetags.humanize",
            "jss_sxa": "jss_layout.sxa.templatetags.jss_sxa",
            "jss_tracking": "jss_tracking.templatetags.jss_tracking",
        },
    )


@pytest.mark.parametrize("name", ["fields.html", "child.html", "itself.html"])
def test_a_template_of_known_tags_is_pure(engine: Engine, name: str) -> None:
    assert impurity(engine.get_template(name)) == ""


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("{% now 'Y' %}", "django.template.defaulttags.NowNode"),
        ("{% now 'Y' as year %}{{ year }}", "django.template.defaulttags.NowNode"),
        ("{% lorem 3 w random %}", "django.template.defaulttags.LoremNode"),
        ("{% debug %}", "django.template.defaulttags.DebugNode"),
        ("{{ when|timesince }}", "django.template.defaultfilters.timesince_filter"),
        ("{{ when|timeuntil:other }}", "django.template.defaultfilters.timeuntil_filter"),
        ("{{ items|random }}", "django.template.defaultfilters.random"),
        ("{% if when|timesince %}x{% endif %}", "django.template.defaultfilters.timesince_filter"),
        ("{% if a and b|random > 1 %}{% endif %}", "django.template.defaultfilters.random"),
        ("{% for i in items|random %}{% endfor %}", "django.template.defaultfilters.random"),
        ("{% with a=b|random %}{% endwith %}", "django.template.defaultfilters.random"),
        ("{% cycle a b|random %}", "django.template.defaultfilters.random"),
        ("{% firstof a b|random %}", "django.template.defaultfilters.random"),
        ("{% filter random %}x{% endfilter %}", "django.template.defaultfilters.random"),
        ("{% url 'healthz' a|random %}", "django.template.defaultfilters.random"),
        ("{% text fields.a|random %}", "django.template.defaultfilters.random"),
        ("{% text a tag=b|random %}", "django.template.defaultfilters.random"),
        ("{% placeholder names|random %}", "django.template.defaultfilters.random"),
        (
            "{% placeholderblock 'x' as c %}{{ c|random }}{% endplaceholderblock %}",
            "django.template.defaultfilters.random",
        ),
        (
            "{% load i18n %}{% blocktranslate with a=b|random %}{{ a }}{% endblocktranslate %}",
            "django.template.defaultfilters.random",
        ),
        ("{% load cache %}{% cache 9 x %}x{% endcache %}", "django.templatetags.cache.CacheNode"),
        (
            "{% load humanize %}{{ when|naturaltime }}",
            "django.contrib.humanize.templatetags.humanize.naturaltime",
        ),
        ("{% clock %}", f"{TAGS}.clock"),
        ("{% calling %}", f"{TAGS}.Calling"),
        ("{{ number|from_one }}", "functools.partial"),
        ("{% include 'now.html' %}", "django.template.defaulttags.NowNode"),
        (
            "{% extends 'base.html' %}{% block a %}{% now 'Y' %}{% endblock %}",
            "django.template.defaulttags.NowNode",
        ),
    ],
)
def test_a_template_with_anything_else_is_not(engine: Engine, source: str, what: str) -> None:
    assert impurity(engine.from_string(source)) == f"{what} is not known to be pure"


def test_a_template_that_extends_another_of_its_name_is_what_that_one_is() -> None:
    own = "{% extends 'a.html' %}{% block x %}y{% endblock %}"
    files = [{"a.html": own}, {"a.html": own}, {"a.html": "{% block x %}{% endblock %}{% clock %}"}]
    loaders = [("django.template.loaders.locmem.Loader", each) for each in files]
    engine = Engine(loaders=loaders, builtins=[TAGS])
    found = engine.get_template("a.html")
    assert impurity(found) == f"{TAGS}.clock is not known to be pure"
    assert not keeps_locale(found)


def no_values() -> dict[str, str]:
    return {}


def test_each_template_without_a_name_is_looked_at(engine: Engine) -> None:
    library = Library()
    for name, source in (("one", "x"), ("other", "{% clock %}")):
        library.inclusion_tag(engine.from_string(source), name=name)(no_values)
    own = Engine()
    own.template_builtins.append(library)
    declared = {__name__}
    assert impurity(own.from_string("{% one %}"), declared) == ""
    assert impurity(own.from_string("{% one %}{% other %}"), declared) == (
        f"{TAGS}.clock is not known to be pure"
    )


class Partial(Node):
    """As Django 6.0's own, which looks a part of the template up as it renders."""

    def __init__(self, **partials: Template) -> None:
        self.partial_name = "card"
        self.partial_mapping = partials


def test_a_partial_is_what_the_part_is_that_it_shows(engine: Engine) -> None:
    template = engine.from_string("x")
    template.nodelist.append(Partial(card=engine.from_string("{% clock %}")))
    assert impurity(template, {__name__}) == f"{TAGS}.clock is not known to be pure"
    template.nodelist[-1] = Partial()
    assert impurity(template, {__name__}) == (
        "a template that it extends or includes can't be known: 'card'"
    )


class SigningStorage(Storage):
    def url(self, name: str | None) -> str:
        return f"/{name}?expires=1"


def test_addresses_of_static_files_that_may_expire_are_not_pure(
    engine: Engine, settings: Settings
) -> None:
    template = engine.from_string("{% load static %}{% static 'a.css' %}")
    assert impurity(template) == ""
    backend = f"{__name__}.{SigningStorage.__name__}"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}
    assert impurity(template) == "django.templatetags.static.StaticNode is not known to be pure"
    assert impurity(template, {"django.templatetags.static"}) == ""


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{% include name %}", "its name is name"),
        ("{% include 'no.html'|default:name %}", "its name is 'no.html'|default:name"),
        ("{% include 'missing.html' %}", "missing.html"),
        ("{% extends name %}", "its name is name"),
    ],
)
def test_a_template_with_parts_that_nobody_knows_is_not(
    engine: Engine, source: str, why: str
) -> None:
    assert impurity(engine.from_string(source)) == (
        f"a template that it extends or includes can't be known: {why}"
    )


@pytest.mark.parametrize("declared", [TAGS, f"{TAGS}.clock"])
def test_a_module_or_a_single_tag_is_declared_pure(engine: Engine, declared: str) -> None:
    assert impurity(engine.from_string("{% clock %}"), {declared}) == ""


def test_declared_filters_count_as_well(engine: Engine) -> None:
    template = engine.from_string("{% load humanize %}{{ number|intcomma }}")
    assert impurity(template, {"django.contrib.humanize.templatetags.humanize.intcomma"}) == ""
    assert impurity(template) != ""


def test_a_template_that_sets_no_language_and_no_time_zone_keeps_them(engine: Engine) -> None:
    assert keeps_locale(engine.get_template("child.html"))


@pytest.mark.parametrize(
    "source",
    [
        "{% load i18n %}{% if a %}{% language 'da' %}x{% endlanguage %}{% endif %}",
        "{% load tz %}{% timezone 'Asia/Tokyo' %}x{% endtimezone %}",
        "{% now 'Y' %}",
        "{% danish %}x{% enddanish %}",
        "{% include 'now.html' %}",
        "{% include name %}",
    ],
)
def test_a_template_that_may_set_another_one_does_not(engine: Engine, source: str) -> None:
    assert not keeps_locale(engine.from_string(source))


def test_what_is_known_of_tags_exists() -> None:
    for path in NOT_PURE | LOCALE_TAGS:
        assert path.rpartition(".")[0] in PURE
        assert callable(import_string(path))
