"""What is kept of every record so that records can be compared: three hashes and a place, 36 bytes."""

from array import array
from typing import TYPE_CHECKING

from finetune_guard.core.datasets.identity import answer_identities, prompt_identities, record_identities
from finetune_guard.core.datasets.places import PLACES, Place
from finetune_guard.core.datasets.schemas import Content

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]


class Fingerprints:
    """The readable records of one file, in its order, up to a cap."""

    def __init__(self, cap: int | None = None) -> None:
        """Keeps nothing yet.

        Args:
            cap: Most records that are kept; a file with more is refused by its base anyway. None for no cap.
        """
        self.cap = cap
        self.full = False
        self.records, self.prompts, self.answers = array("q"), array("q"), array("q")
        self._lines, self._offsets = array("I"), array("Q")

    def __len__(self) -> int:
        return len(self.records)

    def add(self, contents: list[Content], number: int, offsets: list[int]) -> None:
        """Keeps those of the records that could be read; beyond the cap it is only noted that there are more.

        Args:
            contents: Records that follow each other.
            number: Line of the first.
            offsets: Where each line begins.
        """
        readable = [place for place, content in enumerate(contents) if content.prompt or content.answer]
        if self.cap is not None and len(self.records) + len(readable) > self.cap:
            readable, self.full = readable[: self.cap - len(self.records)], True
        prompts = [contents[place].prompt for place in readable]
        answers = [contents[place].answer for place in readable]
        self.records.extend(record_identities(prompts, answers))
        self.prompts.extend(prompt_identities(prompts))
        self.answers.extend(answer_identities(answers))
        self._lines.extend([number + place for place in readable])
        self._offsets.extend([offsets[place] for place in readable])

    def place(self, position: int) -> Place:
        """Where the record at `position` is; positions count readable records from 0."""
        return Place(self._lines[position], self._offsets[position])

    def forget_places(self) -> None:
        """Drops what only findings of this file itself need."""
        self.answers, self._lines, self._offsets = array("q"), array("I"), array("Q")


def repeats(column: "array[int]") -> "Flags":
    """Which values repeat an earlier one.

    Needs 18 bytes a value beside the column while it runs.
    """
    import numpy as np  # noqa: PLC0415  (only where there are records to compare)

    values = np.frombuffer(column, np.int64)
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    again = ranked[1:] == ranked[:-1]
    del ranked
    flags = np.zeros(len(values), np.bool_)
    flags[order[1:][again]] = True
    return flags


def commonest(column: "array[int]") -> "Flags":
    """Where the value of more than half of a column is; nowhere without such a value.

    It is the middle of the sorted column, so that nothing needs counting.
    """
    import numpy as np  # noqa: PLC0415

    values = np.frombuffer(column, np.int64)
    middle = len(values) // 2
    flags: Flags = values == np.partition(values, middle)[middle]
    return flags if count(flags) * 2 > len(values) else np.zeros(len(values), np.bool_)


def held(column: "array[int]", asked: "array[int]") -> "Flags":
    """Which values of `asked` are in `column`.

    Sorts `column` in place: positions in it mean nothing afterwards.
    """
    import numpy as np  # noqa: PLC0415

    known, values = np.frombuffer(column, np.int64), np.frombuffer(asked, np.int64)
    known.sort()
    nearest = np.searchsorted(known, values)
    nearest[nearest == len(known)] = 0
    flags: Flags = known[nearest] == values
    return flags


def count(flags: "Flags") -> int:
    """How many are set."""
    return int(flags.sum())


def first(flags: "Flags") -> list[int]:
    """The first PLACES positions that are set."""
    return [int(position) for position in flags.nonzero()[0][:PLACES]]
