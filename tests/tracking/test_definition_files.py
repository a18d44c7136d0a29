from pathlib import Path
from uuid import UUID

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from pytest_django import Settings

from jss_tracking.definition_files import DefinitionFileError, after_migrate, load_definitions
from jss_tracking.definitions import find_definition
from jss_tracking.models import Definition, TrackedEvent
from tests.layout.content import write
from tests.tracking.browser import Browser

pytestmark = pytest.mark.django_db

GUID = "{B9D3E6C1-5F07-4A7C-9E52-6D3E8A1F2B40}"


def load(tmp_path: Path, text: str) -> int:
    write(tmp_path, {"analytics/site.yml": text})
    return load_definitions(tmp_path)


def test_a_file_names_what_may_be_tracked(tmp_path: Path) -> None:
    text = f"""
        events: [Zoom]
        goals:
          - alias: Test drive
            guid: "{GUID}"
            points: 40
            show_in_profile: false
        outcomes: [Sale]
        campaigns: [{{alias: Spring, channel: Email}}]
        """
    assert load(tmp_path, text) == 4
    drive = find_definition("goal", "test drive")
    assert (drive.guid, drive.points, drive.show_in_profile) == (UUID(GUID), 40, False)
    assert find_definition("campaign", "Spring").channel == "Email"
    assert find_definition("event", "Zoom").points == 0
    assert find_definition("outcome", "Sale")


def test_loading_again_changes_nothing(tmp_path: Path) -> None:
    load(tmp_path, "goals: [Test drive]")
    before = list(Definition.objects.values())
    load(tmp_path, "goals: [test drive]")
    after = list(Definition.objects.values())
    assert len(before) == len(after)
    assert {row["guid"] for row in before} == {row["guid"] for row in after}


def test_space_around_an_alias_is_none_of_it(tmp_path: Path) -> None:
    load(tmp_path, "goals: [' Register ', ' Zoom ']")
    assert find_definition("goal", "Register").points == 25
    assert find_definition("goal", "Zoom").alias == "Zoom"


def test_the_file_wins_for_what_it_names_alone(tmp_path: Path) -> None:
    Definition.objects.filter(alias="Register").update(points=7, show_in_profile=False)
    load(tmp_path, "goals: [{alias: Register, points: 30}]")
    register = find_definition("goal", "Register")
    assert (register.points, register.show_in_profile) == (30, False)
    assert find_definition("goal", "Login").points == 5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("goals: [", "site.yml"),
        ("goals: 5", "goals"),
        ("goels: [Register]", "goels"),
        ("goals: [{alias: X, score: 5}]", "score"),
        ("goals: [{alias: X, points: many}]", "points"),
        ("goals: [{alias: X, guid: nonsense}]", "'nonsense' is no GUID"),
        ("goals: ['']", "1 to 200 printable characters"),
        ("goals: [' ']", "1 to 200 printable characters"),
        (r'goals: ["a\0b"]', "1 to 200 printable characters"),
        ("goals: [{alias: X, points: 99999999999999999999}]", "X: points: "),
        (f"campaigns: [{{alias: X, channel: {'x' * 101}}}]", "X: channel: "),
        (f"goals: [{{alias: Register, guid: '{GUID}'}}]", "another GUID already"),
        (
            f"goals: [{{alias: X, guid: '{GUID}'}}]\nevents: [{{alias: Y, guid: '{GUID}'}}]",
            "event Y",
        ),
    ],
)
def test_a_wrong_file_is_named_with_the_reason_and_nothing_is_loaded(
    tmp_path: Path, text: str, reason: str
) -> None:
    before = Definition.objects.count()
    with pytest.raises(DefinitionFileError) as caught:
        load(tmp_path, text)
    assert "analytics/site.yml" in str(caught.value)
    assert reason in str(caught.value)
    assert Definition.objects.count() == before


def test_without_files_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert load_definitions(tmp_path) == 0
    assert load(tmp_path, "") == 0


def test_migrate_loads_them(tmp_path: Path, settings: Settings) -> None:
    settings.JSS_DATA_DIR = write(tmp_path, {"analytics/a.yaml": "goals: [Test drive]"})
    call_command("migrate", "jss_tracking", verbosity=0)
    assert find_definition("goal", "Test drive")


def test_a_wrong_file_fails_migrate_with_a_message(tmp_path: Path, settings: Settings) -> None:
    settings.JSS_DATA_DIR = write(tmp_path, {"analytics/a.yml": "goals: 5"})
    with pytest.raises(CommandError, match=r"a\.yml"):
        call_command("migrate", "jss_tracking", verbosity=0)


def test_an_older_table_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    class Older:
        def get_model(self, *_: str) -> None:
            raise LookupError

    settings.JSS_DATA_DIR = write(tmp_path, {"analytics/a.yml": "goals: 5"})
    after_migrate("default", Older())  # type: ignore[arg-type]  # as much of a registry as it uses
    after_migrate("other", apps)


class TestUnknown:
    @pytest.fixture(autouse=True)
    def created(self, settings: Settings) -> None:
        settings.TRACKING_CREATE_DEFINITIONS = True

    def test_an_unknown_alias_gets_a_definition_without_points(self) -> None:
        browser = Browser()
        for alias in ("Scrolled", "scrolled"):
            assert browser.track({"eventId": alias}).tracked == 1
        definition = Definition.objects.get(alias="Scrolled")
        assert (definition.kind, definition.points) == ("event", 0)
        assert TrackedEvent.objects.filter(definition=definition).count() == 2

    def test_an_unknown_guid_keeps_it(self) -> None:
        Browser().track({"goalId": GUID}, {"goalId": GUID})
        assert Definition.objects.get(guid=UUID(GUID)).kind == "goal"

    def test_the_guid_of_another_kind_is_an_error_still(self) -> None:
        (error,) = Browser().track({"goalId": "fa72e131-3cfd-481c-8e15-04496e9586dc"}).errors
        assert error.code == "unknown_goal"

    @pytest.mark.parametrize("alias", ["", " ", "x" * 201])
    def test_what_is_no_name_is_an_error_still(self, alias: str) -> None:
        (error,) = Browser().track({"eventId": alias}).errors
        assert error.code == "unknown_event"

    def test_one_that_another_process_made_is_taken(self) -> None:
        find_definition("goal", "Register")
        Definition.objects.bulk_create([Definition(kind="goal", alias="Elsewhere")])
        assert Browser().track({"goalId": "elsewhere"}).tracked == 1
        assert Definition.objects.filter(alias__iexact="elsewhere").count() == 1

    def test_that_of_an_event_that_fails_is_taken_back(self) -> None:
        browser = Browser()
        tracker = browser.request()
        with pytest.raises(RuntimeError), tracker.batch():  # noqa: PT012
            with pytest.raises(RuntimeError), tracker.savepoint():  # noqa: PT012
                find_definition("goal", "Scrolled")
                raise RuntimeError
            assert not Definition.objects.filter(alias="Scrolled").exists()
            raise RuntimeError
        assert browser.track({"goalId": "Scrolled"}).tracked == 1
