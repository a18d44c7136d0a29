"""The styleguide shows each example beside its true source."""

import json
import re
from html import unescape
from pathlib import Path

import msgspec
import pytest
from django.template.loader import get_template
from django.test import Client, RequestFactory

from jss_layout import fields, sxa
from jss_layout.layout import Rendering, parse_element
from jss_layout.templatetags.jss import register
from jss_site.styleguide.jss_components import styleguide_example

PAGES = ("/styleguide", "/styleguide/placeholders", "/styleguide/sxa")
SXA = Path(sxa.__file__).parent / "templates" / "components"


@pytest.fixture
def html(client: Client, db: None) -> str:
    return "".join(client.get(page).content.decode() for page in PAGES)


def test_every_sxa_component_and_variant_is_shown(html: str) -> None:
    names = {f"components/{path.relative_to(SXA)}" for path in SXA.rglob("*.html")}
    assert names <= set(re.findall("<summary>(.*?)</summary>", html))


def test_every_tag_for_fields_and_placeholders_is_shown(html: str) -> None:
    tags = {*register.tags}
    assert len(tags & set(vars(fields))) > 5
    assert [tag for tag in sorted(tags) if not re.search(rf"{{% {tag}\b", html)] == []


def test_what_two_components_add_to_their_page_shows_once_and_last(html: str) -> None:
    added = '<template id="styleguide-addition">shown once</template>'
    assert html.count(added) == 1
    assert re.search(re.escape(added) + r"\s*</body>", html)


def test_what_is_shown_is_the_template_that_made_it(html: str) -> None:
    shown = re.findall(
        r"<summary>(components/.*?)</summary>\s*<pre.*?><code>(.*?)</code>", html, re.DOTALL
    )
    assert len(shown) > 30
    for name, source in shown:
        assert unescape(source) == get_template(name).template.source.strip()  # type: ignore[attr-defined]  # of Django's engine


def test_the_html_that_came_out_is_shown_too(html: str) -> None:
    out = re.search('example__shown">(.*?)</div>\\s*<details.*?<code>(.*?)</code>', html, re.DOTALL)
    assert out
    assert unescape(out[2]) == out[1].strip()


def test_what_does_not_show_is_seen_not_to(client: Client, db: None) -> None:
    html = client.get("/styleguide/placeholders").content.decode()
    _, section = html.split("<h2>What does not show</h2>")
    examples = dict(re.findall(r"<h3>(.*?)</h3>(.*?)</article>", section, re.DOTALL))
    hidden = examples["Hidden, and unknown"].partition("<details")[0]
    assert re.findall('class="thing">(.*?)<', hidden) == ["The glass", "The hand"]
    assert "There was a problem loading this section." in examples["A component that fails"]
    shown = re.findall("<dd>(.*?)</dd>", examples["Raw elements"])
    assert [unescape(it) for it in shown] == [
        '<code><code kind="open" type="text/sitecore">{"title":"&lt;b&gt;"}</code></code>',
        '<code><script type="text/sitecore">{"title":"\\u003c/script\\u003e"}</script></code>',
        "\N{EN DASH}",
    ]


def test_every_filter_for_fields_is_shown(html: str) -> None:
    assert [it for it in sorted(register.filters) if f"|{it}" not in html] == []


def test_every_page_s_footer_leads_to_it(client: Client, db: None) -> None:
    assert 'href="/styleguide"' in client.get("/").content.decode()
    assert 'href="/da/styleguide"' in client.get("/da").content.decode()


def test_what_has_no_template_has_no_source() -> None:
    inner = [{"componentName": "Nobody"}, {"name": "code", "type": "text/sitecore"}, None]
    rendering = parse_element(
        msgspec.Raw(json.dumps({"componentName": "X", "placeholders": {"example": inner}}).encode())
    )
    assert isinstance(rendering, Rendering)
    assert styleguide_example(rendering, RequestFactory().get("/")) == {"sources": {}}
    assert styleguide_example(Rendering(), RequestFactory().get("/")) == {"sources": {}}
