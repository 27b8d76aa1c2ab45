import math

from hypothesis import example, given
from hypothesis import strategies as st

from finetune_guard.cli.picture import BORDER, LABEL, Part, picture

PARTS = st.lists(
    st.lists(st.floats(), max_size=80).map(lambda losses: Part("n", tuple(losses))), min_size=1, max_size=6
)


def test_a_falling_curve_falls_from_the_first_line_to_the_last() -> None:
    assert picture([Part("", (4.0, 3.0, 2.0, 1.0))], 80, height=2) == [
        "         4 ┤█▃",
        "         1 ┤██▆▁",
        "",
    ]


def test_parts_stand_beside_each_other_on_one_scale_with_their_names_below() -> None:
    lines = picture([Part("one", (4.0,) * 4), Part("two", (1.0,) * 4)], 80, height=2)
    assert lines == ["         4 ┤████┊", "         1 ┤████┊▁▁▁▁", "            one  two"]


def test_a_loss_that_is_not_finite_stands_at_the_top() -> None:
    top, bottom, _ = picture([Part("", (1.0, math.nan, 1.0))], 80, height=2)
    assert top[LABEL + 2 :] == " ×"
    assert bottom[LABEL + 2 :] == "▁ ▁"


def test_nothing_is_drawn_without_a_loss() -> None:
    assert picture([Part("a", ())], 80) == []


def test_a_part_without_a_loss_has_no_border() -> None:
    assert BORDER not in "".join(picture([Part("a", (1.0, 2.0)), Part("b", ())], 80))


@given(PARTS, st.integers(30, 120), st.integers(2, 8))
@example([*(Part("n", (0.0,)) for _ in range(3)), Part("n", (0.0,) * 20)], 30, 2)
def test_any_losses_fit_the_width_and_the_height(parts: list[Part], width: int, height: int) -> None:
    lines = picture(parts, width, height)
    assert all(len(line) <= width for line in lines)
    assert len(lines) in (0, height + 1)
