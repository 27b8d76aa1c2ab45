from dataclasses import replace

from finetune_guard.core.alerts import AlertKind
from finetune_guard.core.asking import answered, open_question, question_alert, with_question
from finetune_guard.core.decisions import Decision, DecisionKind, Reply, RunStatus
from finetune_guard.core.moves import Asked
from tests.builders import START, later, run

WHY = Decision(DecisionKind.ASK, "rehearsal.inconclusive.ask", "Only 8 rows were seen.")
ASKED = Asked("rehearsal-0-0", WHY, 2.5, Reply.REFUSE)


def test_the_time_for_an_answer_begins_when_the_question_is_written_down() -> None:
    (question,) = with_question(run(), ASKED, START).questions
    assert (question.asked_at, question.until) == (START, later(hours=2.5))
    assert (question.about, question.default, question.reply) == ("rehearsal-0-0", Reply.REFUSE, None)
    assert question.sentence == WHY.reason


def test_a_run_that_asks_has_an_open_question_until_it_is_answered() -> None:
    of = with_question(run(), ASKED, START)
    question = open_question(of)
    assert question is not None
    told = answered(of, question, Reply.PROCEED, later(minutes=3))
    assert open_question(told) is None
    assert (told.questions[0].reply, told.questions[0].replied_at) == (Reply.PROCEED, later(minutes=3))


def test_an_answer_changes_no_other_question() -> None:
    other = replace(ASKED, about="rehearsal-1-0")
    of = with_question(with_question(run(), ASKED, START), other, START)
    told = answered(of, of.questions[1], Reply.REFUSE, START)
    assert [question.reply for question in told.questions] == [None, Reply.REFUSE]


def test_a_run_that_asks_nothing_or_is_over_has_no_open_question() -> None:
    assert open_question(run()) is None
    assert open_question(replace(with_question(run(), ASKED, START), status=RunStatus.STOPPED)) is None


def test_the_mail_says_what_is_asked_how_to_answer_and_what_comes_without_one() -> None:
    of = with_question(run(), ASKED, START)
    alert = question_alert(of, of.questions[0])
    assert (alert.kind, alert.job) == (AlertKind.QUESTION, "rehearsal-0-0")
    assert alert.subject == "YOUR ANSWER IS WANTED: support-bot"
    for part in (
        WHY.reason,
        f"finetune-guard answer {of.run_id} proceed",
        f"finetune-guard answer {of.run_id} refuse",
        "Without an answer until 2026-11-24 14:30 UTC: refuse.",
        "nothing is billed meanwhile",
    ):
        assert part in alert.text


def test_each_question_has_one_mail() -> None:
    of = with_question(run(), ASKED, START)
    again = with_question(run(), ASKED, later(minutes=1))
    other = with_question(run(), replace(ASKED, about="rehearsal-1-0"), START)
    ids = [question_alert(each, each.questions[0]).alert_id for each in (of, again, other)]
    assert ids[0] == ids[1] != ids[2]
