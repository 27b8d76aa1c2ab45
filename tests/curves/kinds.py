"""What an injected kind is: a trap or a failure that is put into a real healthy curve."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

Sort = Literal["harmless", "failure", "warning"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to change a healthy curve.

    Attributes:
        name: Lower-case, no dash. A "warning" of the name oscillation is answered by a warning of a signal
            that begins with the name; one of another name by any warning.
        sort: "harmless" must not be stopped, "failure" must be stopped, "warning" is to be warned of and a
            stop counts neither way.
        make: Changes a copy of the losses (finite, above 0, at least 20 of them) and says at which index
            the fault begins, which means nothing for a harmless kind. All chance comes from the generator.
        says: What is done to the curve, in a phrase.
        seen_in: Where the like was seen: public repositories, or nothing where it is a trap of thought.
    """

    name: str
    sort: Sort
    make: Callable[[list[float], Random], tuple[list[float], int]]
    says: str
    seen_in: tuple[str, ...] = ()
