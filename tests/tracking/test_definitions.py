from uuid import UUID

import pytest
from django.db import OperationalError
from pytest_django import DjangoAssertNumQueries

from jss_tracking.definitions import definition_rows, find_definition
from jss_tracking.exceptions import TrackerUnavailable, UnknownDefinition
from jss_tracking.models import Definition

pytestmark = pytest.mark.django_db

REGISTER = UUID("8ffb183b-da1a-4c74-8f3a-9729e9fcff6a")


@pytest.mark.parametrize(
    "reference",
    [
        "Register",
        "rEGISTER",
        " Register ",
        "{8FFB183B-DA1A-4C74-8F3A-9729E9FCFF6A}",
        "8ffb183b-da1a-4c74-8f3a-9729e9fcff6a",
        "8FFB183BDA1A4C748F3A9729E9FCFF6A",
    ],
)
def test_a_definition_goes_by_its_alias_in_any_case_and_its_guid_in_any_form(
    reference: str,
) -> None:
    assert find_definition("goal", reference).guid == REGISTER


@pytest.mark.parametrize(
    ("kind", "alias"),
    [
        ("event", "Download"),
        ("goal", "Instant Demo"),
        ("goal", "Newsletter Signup"),
        ("goal", "Login"),
        ("goal", "Brochures Request"),
        ("outcome", "Opportunity"),
        ("outcome", "Product Purchase"),
        ("campaign", "Sample Campaign"),
    ],
)
def test_the_stock_definitions_are_there(kind: str, alias: str) -> None:
    assert find_definition(kind, alias).alias == alias


@pytest.mark.parametrize("reference", ["Sign up", "", "{8FFB183B", str(UUID(int=7))])
def test_an_unknown_definition_is_an_error_that_names_kind_and_reference(reference: str) -> None:
    with pytest.raises(UnknownDefinition) as caught:
        find_definition("goal", reference)
    assert caught.value.code == "unknown_goal"
    assert repr(reference) in str(caught.value)


def test_a_definition_is_found_only_as_what_it_is() -> None:
    with pytest.raises(UnknownDefinition) as caught:
        find_definition("event", str(REGISTER))
    assert caught.value.code == "unknown_event"


def test_a_long_reference_is_not_repeated_whole() -> None:
    with pytest.raises(UnknownDefinition) as caught:
        find_definition("goal", "x" * 100_000)
    assert len(str(caught.value)) < 400


def test_an_alias_that_looks_like_a_guid_is_still_an_alias() -> None:
    alias = "00000000-0000-0000-0000-0000000000ab"
    made = Definition.objects.create(kind="goal", alias=alias)
    assert find_definition("goal", alias) == made


def test_a_lookup_makes_no_query_of_its_own(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    find_definition("goal", "Register")
    with django_assert_num_queries(0):
        find_definition("event", "Download")


def test_a_change_is_seen_at_once_in_the_process_that_made_it() -> None:
    find_definition("goal", "Register")
    Definition.objects.create(kind="goal", alias="Basket", points=3)
    assert find_definition("goal", "basket").points == 3
    Definition.objects.get(alias="Basket").delete()
    with pytest.raises(UnknownDefinition):
        find_definition("goal", "basket")


def test_while_the_database_is_away_no_definition_passes_for_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load() -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as away:
        away.setattr(definition_rows, "_value", None)
        away.setattr(definition_rows, "_load", load)
        with pytest.raises(TrackerUnavailable, match="does not tell its definitions"):
            find_definition("goal", "Register")
    assert find_definition("goal", "Register").guid == REGISTER
