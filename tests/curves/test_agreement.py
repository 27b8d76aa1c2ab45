"""What `replay --labels` calls against the label is what the scorer calls wrong."""

from finetune_guard.core.agreement import disagreement
from finetune_guard.core.labels import read_labels
from tests.curves.corpus import LABELS, real_cases
from tests.curves.judged import answer_of, exhibit, replayed
from tests.curves.scoring import row


def test_the_page_and_the_scorer_find_the_same_real_curves_wrong() -> None:
    labels = read_labels(str(LABELS), LABELS.read_bytes())
    by_page, by_scorer = set(), set()
    for case in real_cases():
        shown = exhibit(case)
        said = replayed(shown)
        if disagreement(labels[case.run.id], said, shown.curve.training.step):
            by_page.add(case.run.id)
        if row(case, answer_of(said)).how():
            by_scorer.add(case.run.id)

    assert by_page == by_scorer
    assert by_page
