"""Why something was refused is told in the reader's language."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from jss_tracking.models import Refusal
from jss_tracking.profile.reasons import REASONS, Reason, reason

PROTOCOL = Path(__file__).parents[3] / "docs" / "tracker-protocol.md"
NO_GOAL = Refusal(code="unknown_goal", message="No goal is called 'x'; make one in the admin.")


def test_in_english_it_is_the_message_as_it_was_noted() -> None:
    assert reason(NO_GOAL) == Reason(NO_GOAL.message)


def test_in_danish_it_is_what_the_code_means() -> None:
    with override("da"):
        assert reason(NO_GOAL).text.startswith("Der er intet sådant mål")
        assert reason(NO_GOAL).details == ""


def test_where_the_message_tells_more_it_follows() -> None:
    refusal = Refusal(code="invalid_event", message="The key 'goal' is unknown.")
    with override("da"):
        assert reason(refusal).text == "Det er ingen hændelse, som trackeren kender."
        assert reason(refusal).details == "The key 'goal' is unknown."


@pytest.mark.parametrize(("code", "language"), [("of_a_shop", "da"), ("unknown_goal", "de")])
def test_what_is_not_translated_is_the_message_too(code: str, language: str) -> None:
    with override(language):
        assert reason(Refusal(code=code, message="Sold out.")) == Reason("Sold out.")


def test_each_code_that_is_documented_has_a_meaning() -> None:
    text = PROTOCOL.read_text()
    in_table = re.findall(r"code (`[a-z_]+`(?:, `[a-z_]+`)*)", text)
    dropped = re.findall(r'`"?(tracking_off|consent|robot)"', text)
    documented = {*re.findall(r"[a-z_]+", " ".join(in_table)), *dropped} - {"index"}
    assert {"api_key", "too_large", "consent"} < documented
    # Nobody knows then whose it is, so it is not kept.
    assert documented - set(REASONS) == {"site_unknown"}


@pytest.mark.django_db
def test_the_live_page_tells_it(admin_client: Client, settings: Any) -> None:
    settings.LANGUAGE_CODE = "da"
    for code in ("consent", "invalid_json"):
        Refusal.objects.create(refused=timezone.now(), code=code, message=f"As noted, {code}.")
    html = admin_client.get(reverse("admin:jss_tracking_liveevent_changelist")).content.decode()
    assert "<code>consent</code> Den besøgende har ikke sagt ja" in html
    assert "As noted, consent." not in html
    assert 'Indholdet er ikke JSON. <span class="help" lang="en">As noted, invalid_json.' in html
