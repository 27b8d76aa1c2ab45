"""Every wrong answer that is left, with what is known of it: what the gallery shows."""

import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from finetune_guard.core.findings import Finding, Severity
from finetune_guard.core.replaying import Replayed
from tests.curves.corpus import Case, real_cases
from tests.curves.figures import Published
from tests.curves.injecting import injected
from tests.curves.judged import DEFAULT, Shown, answer_of, exhibit, replayed
from tests.curves.scoring import How, row
from tests.curves.sets import INJECTED, REAL
from tests.curves.standard_kinds import level


@dataclass(frozen=True, slots=True)
class Item:
    """One wrong answer.

    Attributes:
        case: The curve.
        how: What is wrong, of the first set in which something is.
        sets: By the name of each set in which the answer is wrong: what is wrong there.
        replayed: What the detectors said, shown what that first set shows.
    """

    case: Case
    how: How
    sets: dict[str, How]
    replayed: Replayed

    @property
    def id(self) -> str:
        """The run's."""
        return self.case.run.id

    @property
    def seed(self) -> int:
        """Of an injected curve."""
        return INJECTED[next(iter(self.sets))][1]


class OutdatedError(Exception):
    """The published figures are not those of the detectors as they are."""


def real_items(published: Published) -> list[Item]:
    """Misses, false stops and false warnings on real curves, whatever was shown of them."""
    found = (_real(case, published) for case in real_cases())
    return [item for item in found if item]


def injected_items(published: Published) -> list[Item]:
    """Misses and false stops on the injected curves of the published seeds."""
    return [item for name in INJECTED for item in _injected(name, published)]


def _real(case: Case, published: Published) -> Item | None:
    wrong = {name: published.sets[name].wrong.get(case.run.id) for name in REAL}
    sets = {name: one.how for name, one in wrong.items() if one}
    if not sets:
        return None
    first = next(iter(sets))
    return _item(case, sets, REAL[first])


def _injected(name: str, published: Published) -> Iterator[Item]:
    wrong = published.sets[name].wrong
    for case in injected(*INJECTED[name]):
        if (one := wrong.get(case.run.id)) and one.how != "warned wrongly":
            yield _item(case, {name: one.how}, Shown.ALL)


def _item(case: Case, sets: dict[str, How], shown: Shown) -> Item:
    how = next(iter(sets.values()))
    said = replayed(exhibit(case, shown))
    if row(case, answer_of(said)).how() != how:
        raise OutdatedError(
            f"{case.run.id} is no longer {how}: the detectors changed. Run `make quality` first."
        )
    return Item(case, how, sets, said)


def facts(item: Item) -> str:
    """What is known of a wrong answer, from the curve and the findings alone."""
    if item.how == "missed":
        return f"{_begins(item)} {_suspected(item)}"
    if item.how == "warned wrongly":
        return _told("Warned", next(one for one in item.replayed.findings if _is_warning(one)))
    stop = next(one for one in item.replayed.findings if one.may_stop)
    if item.how == "stopped early":
        return f"{_told('Stopped', stop)} {_begins(item)}"
    return _told("Stopped", stop)


def wait(rows: int) -> int:
    """Rows that a blip may last in a run of so many, as delivered."""
    limits = DEFAULT.loss_spike
    return max(limits.wait_points, math.floor(limits.wait_share * rows))


def onset_index(case: Case) -> int:
    """Index of the first row that shows the fault; of a harmless curve 0."""
    onset = case.label.onset_step or 0
    return sum(step < onset for step in case.run.steps())


def _begins(item: Item) -> str:
    rows, onset = len(item.case.run), onset_index(item.case)
    begins = f"Begins at step {item.case.label.onset_step:g}, {rows - onset} of {rows} rows left"
    losses = item.case.run.losses()
    after = [loss for loss in losses[onset:] if math.isfinite(loss)]
    before = level(losses, onset - 1, 20) if onset else 0
    if not after or not before > 0:
        return f"{begins}."
    height = statistics.median(after[-5:]) / before
    return f"{begins}; ends at {height:.2f} times the level before{_noise(losses[:onset])}."


def _noise(losses: list[float]) -> str:
    positive = [loss for loss in losses if loss > 0 and math.isfinite(loss)]
    moves = [abs(math.log(after / before)) for before, after in pairwise(positive)]
    if not moves:
        return ""
    return f", where a row differs from the next by {100 * statistics.median(moves):.0f} %"


def _suspected(item: Item) -> str:
    onset = item.case.label.onset_step or 0
    seen = [one for one in item.replayed.findings if _is_warning(one) and (one.detected_step or 0) >= onset]
    asked = f"A blip may last {wait(len(item.case.run))} rows."
    if not seen:
        return f"Nothing was said. {asked}"
    return f"Warned of at step {seen[0].detected_step} ({_words(seen[0])}), never sure. {asked}"


def _is_warning(finding: Finding) -> bool:
    return finding.severity is not Severity.INFO


def _told(verb: str, finding: Finding) -> str:
    return f"{verb} at step {finding.detected_step} ({_words(finding)}): {finding.sentence}"


def _words(finding: Finding) -> str:
    return finding.signal.value.replace("_", " ")
