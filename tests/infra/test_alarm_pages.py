"""Each alarm has its page, and each page says what the template and the mails say."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from finetune_guard import aws
from finetune_guard.core import errors
from tests.infra.alarm_pages import FOLDER, OF_JOBS, OF_MACHINES, alarms, made_parts, page
from tests.infra.deployed import Deployed

#: A page is read by somebody who was woken: about three screens.
LONGEST = 90
PAGES = sorted(path.stem for path in FOLDER.glob("*.md"))
#: Classes of others: of a record that cannot be read (msgspec), of a function that cannot be loaded (Lambda).
_OF_OTHERS = ("ValidationError", "DecodeError", "ImportModuleError")
_ADAPTERS = "".join(path.read_text("utf-8") for path in Path(aws.__file__).parent.glob("*.py"))
SECTIONS = ("**Now**", "## Causes, the likeliest first", "## Over when", "## Escalate")


@pytest.fixture(scope="module")
def parts(deployed: Deployed) -> Mapping[str, list[str]]:
    return made_parts(deployed)


def test_every_alarm_has_a_page_and_every_page_is_of_an_alarm_or_of_a_mail(deployed: Deployed) -> None:
    assert set(PAGES) == {*alarms(deployed), *OF_MACHINES, *OF_JOBS}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_quotes_the_mail_the_threshold_and_the_question_as_they_are(
    name: str, parts: Mapping[str, list[str]]
) -> None:
    written = (FOLDER / f"{name}.md").read_text("utf-8")
    assert page(name, written, parts) == written, "write it anew: python -m tests.infra.alarm_pages"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_short_and_says_all_that_is_asked_at_night_in_the_same_order(name: str) -> None:
    written = (FOLDER / f"{name}.md").read_text("utf-8")
    assert written.startswith(f"# {name}\n")
    places = [written.find(section) for section in SECTIONS]
    assert -1 not in places
    assert places == sorted(places)
    assert len(written.splitlines()) <= LONGEST


@pytest.mark.parametrize("name", PAGES)
def test_a_page_leads_only_to_pages_that_are_there(name: str) -> None:
    written = (FOLDER / f"{name}.md").read_text("utf-8")
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", written)
    assert [link for link in links if not (FOLDER / link).is_file()] == []


def test_the_entry_leads_to_every_page() -> None:
    entry = (FOLDER.parent / "operations.md").read_text("utf-8")
    assert [name for name in PAGES if f"(alarms/{name}.md)" not in entry] == []


def test_every_mail_of_a_machine_to_the_ops_topic_has_a_page(deployed: Deployed) -> None:
    told = {
        name
        for machine in deployed.machines()
        for name, state in deployed.definition(machine)["States"].items()
        if state.get("Resource", "").endswith(":sns:publish")
    }
    assert told == set(OF_MACHINES.values())


@pytest.mark.parametrize("name", PAGES)
def test_an_error_that_a_page_names_is_one_that_can_come(name: str) -> None:
    named = set(re.findall(r"`(\w+(?:Error|Exception))`", (FOLDER / f"{name}.md").read_text("utf-8")))
    assert named <= {*vars(errors), *_OF_OTHERS}


@pytest.mark.parametrize("name", PAGES)
def test_what_was_being_done_is_named_as_the_adapters_name_it(name: str) -> None:
    named = re.findall(r'at "([^"]+)"|or "([^"]+)"\*\*', (FOLDER / f"{name}.md").read_text("utf-8"))
    doing = {found for pair in named for found in pair if found}
    assert [words for words in doing if f'translated("{words}' not in _ADAPTERS] == []
