from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import timezone, translation

from jss_layout.layout import Context as LayoutContext
from jss_layout.layout import parse_layout
from tests.layout.pages import SITE, component, layout_json, show, templates

TEXT = {"components/Text.html": "{% text fields.heading %}"}


def rendered(source: str, **values: Any) -> str:
    return Template("{% load jss %}" + source).render(Context(values))


def shown(source: str, elements: list[Any], **context: Any) -> str:
    """The HTML of a component's own template."""
    with templates({**TEXT, "components/Own.html": source}):
        return show([component("Own", placeholders={"x": elements})], **context)


FIELDS = {
    "text": {"value": "a<\nb"},
    "html": {"value": "<b>x</b>"},
    "image": {"value": {"src": "/-/media/a.png", "alt": "A", "class": "f"}},
    "link": {"value": {"href": "/a", "text": "x"}},
    "file": {"value": {"src": "/a.pdf", "title": "t"}},
    "date": {"value": "2012-05-04T00:00:00Z"},
    "number": {"value": 1234.5},
}


@pytest.mark.parametrize(
    ("tag", "html"),
    [
        ("text fields.text", "a&lt;<br>b"),
        (
            'text fields.text tag="h2" class="x" data_id=3',
            '<h2 class="x" data-id="3">a&lt;<br>b</h2>',
        ),
        ("text fields.text newlines=False", "a&lt;\nb"),
        ("rich_text fields.html", "<div><b>x</b></div>"),
        ('rich_text fields.html tag=""', "<b>x</b>"),
        (
            'image fields.image mw=10 class="t" srcset="5" loading="lazy"',
            '<img alt="A" src="/-/jssmedia/a.png?mw=10" class="f t" '
            'srcset="/-/jssmedia/a.png?mw=5 5w" loading="lazy">',
        ),
        ('link fields.link class="b"', '<a href="/a" class="b">x</a>'),
        ("link fields.link body=word", '<a href="/a">&lt;y&gt;</a>'),
        ('file fields.file class="b"', '<a href="/a.pdf" class="b">t</a>'),
        ('date fields.date format="j F Y" tag="time"',
         '<time datetime="2012-05-04T00:00:00Z">4 May 2012</time>'),
        ("number fields.number decimals=2 grouping=True", "1,234.50"),
    ],
)  # fmt: skip
def test_a_tag_prints_its_field(tag: str, html: str) -> None:
    with timezone.override("UTC"), translation.override("en"):
        assert rendered(f"{{% {tag} %}}", fields=FIELDS, word="<y>") == html


@pytest.mark.parametrize(
    ("tag", "html"),
    [
        ("text fields.text tag='b' as it", "[<b>a&lt;<br>b</b>]"),
        ("link fields.link as it", '[<a href="/a">x</a>]'),
        ("text fields.missing as it", "[]"),
        ("placeholder '' as it", "[<!-- Placeholder name was not defined. -->]"),
    ],
)
def test_a_variable_keeps_what_a_tag_prints(tag: str, html: str) -> None:
    assert rendered(f"{{% {tag} %}}[{{{{ it }}}}]", fields=FIELDS) == html


@pytest.mark.parametrize(
    "tag",
    ["text fields.text fields.link", "text fields.text tag='a' tag='b'", "placeholder 'a' 'b'",
     "placeholder 'a' tag='b'", "link body='x' fields.link"],
)  # fmt: skip
def test_arguments_that_a_tag_does_not_take_are_named(tag: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=tag.split()[0]):
        rendered(f"{{% {tag} %}}", fields=FIELDS)


@pytest.mark.parametrize("tag", ["text", "rich_text", "image", "link", "file", "date", "number"])
@pytest.mark.parametrize("argument", ["", "fields.missing", "missing.at.all", "3", '"text"'])
def test_a_tag_without_its_field_prints_nothing(tag: str, argument: str) -> None:
    assert rendered(f'{{% {tag} {argument} class="x" %}}', fields=FIELDS) == ""


@pytest.mark.parametrize("tag", ["text", "rich_text", "date", "number", "file"])
def test_a_tag_prints_an_editors_markup_in_an_editor_alone(tag: str) -> None:
    field = {"value": "1", "editable": "<i>e</i>"}
    context = LayoutContext({"pageEditing": True})
    assert "<i>e</i>" in rendered(f"{{% {tag} field %}}", field=field, context=context)
    assert "<i>" not in rendered(f"{{% {tag} field %}}", field=field)
    off = rendered(f"{{% {tag} field editable=False %}}", field=field, context=context)
    assert "<i>" not in off


def test_a_link_may_stand_around_its_own_html() -> None:
    source = '{% linkblock fields.link class="b" %}<b>{{ n }}</b>{% endlinkblock %}'
    assert rendered(source, fields=FIELDS, n="<1>") == '<a href="/a" class="b"><b>&lt;1&gt;</b></a>'
    assert rendered("{% linkblock fields.none %}<b>{% endlinkblock %}", fields=FIELDS) == ""


def test_a_tag_may_keep_its_html_in_a_variable() -> None:
    assert rendered("{% text fields.html as h %}[{{ h }}]", fields=FIELDS) == (
        "[&lt;b&gt;x&lt;/b&gt;]"
    )


def test_a_template_asks_whether_a_field_is_empty() -> None:
    source = "{% if fields.image|is_empty %}1{% endif %}{% if fields.none|is_empty %}2{% endif %}"
    assert rendered(source, fields=FIELDS) == "2"


# Phrases


@pytest.fixture
def dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    def phrases(site: Any, language: str) -> dict[str, str]:
        assert (site, language) == (SITE, "da")
        return {"more": "Læs <mere>"}

    monkeypatch.setattr("jss_layout.templatetags.jss.phrases", phrases)


@pytest.mark.usefixtures("dictionary")
def test_a_phrase_comes_from_the_dictionary_of_site_and_language() -> None:
    source = '{% phrase "more" %} {% phrase "<gone>" %}'
    assert rendered(source, site=SITE, language="da") == "Læs &lt;mere&gt; &lt;gone&gt;"


def test_without_a_site_a_phrase_is_its_key() -> None:
    assert rendered('{% phrase "more" %}') == "more"


# Placeholders


def test_a_page_shows_the_placeholders_of_its_route() -> None:
    with templates(TEXT):
        layout = parse_layout(layout_json({"jss-main": [component("Text", {"heading": "a"})]}))
        source = '{% placeholder "jss-main" %}{% placeholder "other" %}'
        assert rendered(source, layout=layout, site=SITE, language="en") == "a"


def test_all_placeholders_of_a_page_count_together() -> None:
    elements = [component("Text", {"heading": "a"})]
    layout = parse_layout(layout_json({"one": elements, "two": elements}))
    source = '{% placeholder "one" %}{% placeholder "two" %}{% placeholder "one" %}'
    with templates(TEXT, JSS_MAX_COMPONENTS=1):
        html = rendered(source, layout=layout)
    assert html.startswith("a<div>")
    assert html.count("<div>") == 1


@pytest.mark.parametrize("values", [{}, {"layout": "x", "site": "y", "language": 3}])
def test_a_page_without_a_layout_has_no_placeholders(values: Any) -> None:
    assert rendered('{% placeholder "jss-main" %}', **values) == ""


@pytest.mark.parametrize("argument", ["None", '""', "params.nope"])
def test_a_placeholder_without_a_name_leaves_a_comment(argument: str) -> None:
    comment = "<!-- Placeholder name was not defined. -->"
    assert rendered(f"{{% placeholder {argument} %}}", params={}) == comment
    block = (
        f"{{% placeholderblock {argument} as it %}}x{{% empty %}}none{{% endplaceholderblock %}}"
    )
    assert rendered(block, params={}) == comment


ONLY = '{% include "part.html" with field=fields.heading only %}'


def test_a_part_of_a_component_included_with_only_is_edited() -> None:
    field = {"value": "a", "editable": "<i>e</i>"}
    files = {"components/Own.html": ONLY, "part.html": "{% text field %}"}
    own = component("Own") | {"fields": {"heading": field}}
    with templates(files):
        assert show([own], pageEditing=True) == "<span><i>e</i></span>"
        assert show([own]) == "a"


def test_a_part_of_a_component_included_with_only_has_its_phrases_and_placeholders(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "jss_layout.templatetags.jss.phrases", lambda site, language: {"k": site.name + language}
    )
    files = {**TEXT, "part.html": '{% phrase "k" %} {% placeholder "x" %}'}
    with templates({**files, "components/Own.html": ONLY}):
        html = show([component("Own", placeholders={"x": [A]})])
    assert html == "shopen a"


def test_a_part_of_a_page_included_with_only_knows_the_page_that_a_tag_asked_for() -> None:
    layout = parse_layout(layout_json({"x": [A]}))
    source = '{% placeholder "x" %}{% include "part.html" only %}'
    with templates({**TEXT, "part.html": '{% placeholder "x" %}'}):
        assert rendered(source, layout=layout, site=SITE) == "aa"


A, B = component("Text", {"heading": "a"}), component("Text", {"heading": "b"})
CHROME = {"name": "code", "type": "text/sitecore", "contents": "", "attributes": {}}
CHROME_HTML = '<code type="text/sitecore"></code>'
BLOCK = (
    '{% placeholderblock "x" as it %}<li>{{ it_counter }}{{ it }}</li>{% empty %}none'
    "{% endplaceholderblock %}"
)


def test_a_block_stands_around_each_component_and_no_chrome() -> None:
    assert shown(BLOCK, [CHROME, A, CHROME, B]) == (
        f"{CHROME_HTML}<li>1a</li>{CHROME_HTML}<li>2b</li>"
    )


@pytest.mark.parametrize("elements", [[], [None], [component("Unknown")]])
def test_a_block_says_what_shows_without_components(elements: list[Any]) -> None:
    assert shown(BLOCK, elements) == "none"


def test_a_block_keeps_chromes_of_an_empty_placeholder() -> None:
    wrapped = f'<div class="sc-jss-empty-placeholder">{CHROME_HTML}none</div>'
    assert shown(BLOCK, [CHROME], pageEditing=True) == wrapped


def test_a_block_needs_neither_a_variable_nor_an_empty_part() -> None:
    source = '{% placeholderblock "x" %}<li>{{ component }}</li>{% endplaceholderblock %}{{ it }}'
    assert shown(source, [A]) == "<li>a</li>"
    assert shown(source, []) == ""


def test_a_block_finds_the_tag_of_the_request() -> None:
    source = (
        '{% placeholderblock "x" %}{% uses_request %}{{ request.path }}{% endplaceholderblock %}'
    )
    assert shown(source, [A]) == "/about"


@pytest.mark.parametrize("words", ["", '"x" as', '"x" in y', '"x" as y z'])
def test_a_block_with_other_words_is_refused(words: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="takes a name and a variable"):
        rendered(f"{{% placeholderblock {words} %}}{{% endplaceholderblock %}}")


def test_a_template_asks_for_a_checkbox_and_for_linked_items() -> None:
    source = (
        "{% if fields.sale|is_checked %}sale{% endif %}"
        "{% for item in fields.articles|linked_items %}{% text item.fields.title %}{% endfor %}"
    )
    item = {"fields": {"title": {"value": "a"}}}
    shown = {"sale": {"value": True}, "articles": [item, None, item]}
    with templates({}):
        assert rendered(source, fields=shown) == "saleaa"
        assert rendered(source, fields={"articles": {"value": "text"}}) == ""
