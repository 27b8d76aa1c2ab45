"""Which of a failing night's faults matter: those without which the promise is kept are left out."""

from collections.abc import Callable, Sequence

from tests.simulation.faults import Fault

#: Nights that are played at most.
MOST_NIGHTS = 60

Breaks = Callable[[Sequence[Fault]], bool]


def shrunk(faults: Sequence[Fault], breaks: Breaks, nights: int = MOST_NIGHTS) -> tuple[Fault, ...]:
    """The fewest faults that were found with which the promise still breaks.

    Delta debugging (Zeller and Hildebrandt, IEEE TSE 28, 2002): pieces are left out, first large, then small.

    Args:
        faults: With which it breaks.
        breaks: Plays a night with some of them, and says whether the same promise is broken.
        nights: How many may be played.
    """
    kept, pieces = tuple(faults), 1
    while kept and nights > 0:
        size = -(-len(kept) // pieces)
        for start in range(0, len(kept), size):
            fewer = (*kept[:start], *kept[start + size :])
            nights -= 1
            if breaks(fewer):
                kept, pieces = fewer, max(1, pieces - 1)
                break
            if nights <= 0:
                break
        else:
            if size == 1:
                return kept
            pieces = min(len(kept), 2 * pieces)
    return kept
