"""`python -m local.demo`: five stories side by side through the deployed stack; exits 1 if one goes wrong."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from finetune_guard.core.errors import GuardError
from local.demo.endings import Ending, differences
from local.demo.progress import progress_on
from local.demo.stage import machine_for, play
from local.demo.stories import FIVE, Story
from local.demo.telling import summarise, tell
from local.engine.errors import LocalMachineError
from local.engine.places import HOME, Places

#: Columns where nobody says how many there are.
WIDTH = 120


def main() -> int:
    """Reads the command line, runs the stories and tells them."""
    names = [story.name for story in FIVE]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stories", nargs="*", metavar="STORY", help=f"some of: {', '.join(names)}")
    parser.add_argument("--home", type=Path, default=HOME / "demo", help="folder of the demo's own machine")
    parser.add_argument("--keep", action="store_true", help="leave the machine running afterwards")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.stories) - set(names))
    if unknown:
        parser.error(f"no such story: {', '.join(unknown)}; there are {', '.join(names)}")
    chosen = [story for story in FIVE if story.name in (arguments.stories or names)]
    console = _console()
    try:
        return demonstrate(chosen, Places(arguments.home.resolve()), arguments.keep, console)
    except (LocalMachineError, GuardError) as exc:
        console.print(str(exc), markup=False, highlight=False)
        return 1
    except KeyboardInterrupt:
        console.print("Interrupted.")
        return 130


def demonstrate(stories: Sequence[Story], places: Places, keep: bool, console: Console) -> int:
    """Runs the stories and tells them; 0 when each ended as it must, else 1.

    Raises:
        LocalMachineError: The machine could not be set up.
        GuardError: The stack did not answer.
    """

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False)

    begun = time.monotonic()
    with machine_for(stories, places, keep, say) as machine:
        deployed = time.monotonic()
        say(f"Deployed after {deployed - begun:.0f} s. {len(stories)} stories begin, one of them ahead.")
        endings = play(stories, machine, progress_on(console))
    told = time.monotonic()
    _tell_all(endings, console)
    say(f"{deployed - begun:.0f} s to the stack deployed, {told - deployed:.0f} s for the stories.")
    return 1 if any(differences(ending) for ending in endings) else 0


def _tell_all(endings: Sequence[Ending], console: Console) -> None:
    for ending in endings:
        tell(ending, console)
    summarise(endings, console)


def _console() -> Console:
    """As wide as the terminal; wide enough for the tables where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH)


if __name__ == "__main__":
    sys.exit(main())
